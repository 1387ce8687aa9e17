/** What becomes of a write whose answer was lost: its target is read, and tells. */

import { HcloudError } from "./errors.ts";
import { isInDoubt, mayResend, wasNeverSent } from "./retry.ts";

export interface Settled<T> {
  attempt(): Promise<T>;
  /** What the write would have answered, or undefined while its target shows no trace of it. */
  readBack(): Promise<T | undefined>;
  /** As `readBack`, but it throws when the target is no longer what the write was meant for. */
  lookAgain?(): Promise<T | undefined>;
  signal: AbortSignal;
}

/**
 * Runs a write, and settles it when its outcome is in doubt: carried out → done; not carried out → looked at again, and sent
 * once more; target unreadable → `outcome_unknown`.
 */
export async function settle<T>({ attempt, readBack, lookAgain, signal }: Settled<T>): Promise<T> {
  try {
    return await attempt();
  } catch (lost) {
    if (!(lost instanceof HcloudError) || !isInDoubt(lost)) throw lost;
    const done = await read(readBack, lost);
    if (done !== undefined) return done;
    if (!mayResend(lost)) throw unchanged(lost);
    const late = lookAgain && (await read(lookAgain, lost));
    return late === undefined ? resend(lost) : late;
  }

  async function resend(lost: HcloudError): Promise<T> {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof HcloudError)) throw error;
      if (wasNeverSent(error)) throw unchanged(lost);
      const done = await read(readBack, error);
      if (done !== undefined) return done;
      if (isInDoubt(error)) throw unchanged(error);
      // What refuses the second may be the first, still under way.
      throw unknown(lost, `sent again it was refused (${error.code}: ${error.message})`);
    }
  }

  async function read(how: () => Promise<T | undefined>, error: HcloudError): Promise<T | undefined> {
    try {
      return await how();
    } catch (readError) {
      signal.throwIfAborted();
      if (!(readError instanceof HcloudError) || readError.code === "not_found") throw readError;
      throw unknown(error, `reading the target afterwards failed too (${readError.message})`);
    }
  }
}

function unchanged(error: HcloudError): HcloudError {
  return new HcloudError(error.code, error.message, { ...error, unchanged: true, cause: error });
}

function unknown(error: HcloudError, more: string): HcloudError {
  return new HcloudError("outcome_unknown", [error.message, more].filter(Boolean).join("; "), {
    correlationId: error.correlationId,
    cause: error,
  });
}
