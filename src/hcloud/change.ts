/** The one path of a change: reads the image, compares it, sends the change, and finds out the outcome. */

import type { Client } from "./client.ts";
import { classifyError } from "./error-table.ts";
import { HcloudError } from "./errors.ts";
import type { Permit } from "./request-queue.ts";
import { mayRetryRead, type OnRetry } from "./retry.ts";
import type { Image } from "./types.ts";

/** The greatest age of a read when the change is sent, in ms: later, another client may have changed the image. */
const MAX_READ_AGE_MS = 1_000;

/** The greatest age at which a read of the same call serves as the read before the change, in ms. */
const RECENT_MS = 500;

/** Reads of an image, each too slow, before the change is given up. */
const MAX_SLOW_READS = 3;

/** Resends of a change with an unknown outcome. */
const MAX_RESENDS = 1;

/** An image as it was read; null when the image is gone. Times are ms of the clock. */
export interface Reading {
  image: Image | null;
  /** The time at which the request left: the image is as it was at that time or later. */
  sentAt: number;
}

/** The outcome of a change. Only `done` claims that the change was made, only `refused` and `notSent` that it was not. */
export type Outcome<T> =
  | { outcome: "done"; value: T }
  /** The API refused the change, or the image no longer is as it was when the change was decided on. */
  | { outcome: "refused"; error: Error }
  | { outcome: "notSent"; error: HcloudError }
  | { outcome: "unknown"; error: HcloudError };

/** A change of one image; `T` is its value. */
export interface Change<T> {
  /** Reads the image; with a permit once, otherwise with the retries of a read. Throws {@link HcloudError}. */
  read(permit?: Permit): Promise<Reading>;
  /** Returns the last read of the call, if any. */
  lastRead(): Reading | undefined;
  /** Makes other reads that the change depends on, before the image is read. Returns why the change must not be made, or null. */
  prepare?: ((permit: Permit) => Promise<Error | null>) | undefined;
  /** Returns when the data of `prepare` was last known to be current, in ms of the clock. Default: when `prepare` ended. */
  preparedAt?: (() => number | undefined) | undefined;
  /** The number of requests that `prepare` may need. */
  preparations?: number | undefined;
  /** Returns why the image is not as it was when the change was decided on; null when it is. */
  mismatch(image: Image): Error | null;
  /** Returns the value of the change when the image shows that the change was made; otherwise undefined. */
  valueIfDone(image: Image | null): T | undefined;
  /** Sends the change. `notAfter` is the last moment at which the request may leave this machine, in ms of the clock. */
  send(permit: Permit, image: Image, notAfter: number): Promise<T>;
}

/** The call that makes a change. */
export interface ChangeSession {
  client: Client;
  ticket: number;
  signal: AbortSignal;
  /** The last moment for sending, in ms of the clock; later there is only time for reading. */
  deadline: number;
  /** Called before each wait for a retry. */
  onRetry?: OnRetry | undefined;
}

/** Makes a change. Rejects only for defects: every failure of the API or the connection is an {@link Outcome}. */
export async function change<T>(session: ChangeSession, spec: Change<T>): Promise<Outcome<T>> {
  const { client, ticket, signal, deadline } = session;
  const { clock } = client;
  /** The error of the last attempt with an unknown outcome. */
  let lost: HcloudError | undefined;
  /** Last refusal by the API; reported when a later retry never leaves this machine. */
  let refused: HcloudError | undefined;
  let resends = 0;

  for (let retry = 0; ; retry++) {
    const attempt = await tryOnce();
    if ("outcome" in attempt) return attempt;
    const { error, wasSent } = attempt;
    if (signal.aborted) return lost || wasSent ? unknown(cancelledError(), null) : notSent(cancelledError());
    if (!(error instanceof HcloudError)) throw error;
    const { effect, retry: allowedRetry } = classifyError(error);
    if (wasSent && effect === "unknown") lost = error;
    if (wasSent && effect === "unchanged") refused = error;
    const isResend = wasSent && lost === error && ++resends > MAX_RESENDS;
    const shouldRetry = wasSent ? allowedRetry === "any" && !isResend : mayRetryRead(error, retry);
    const wait = shouldRetry ? client.getRetryDelay(retry, deadline) : null;
    if (wait === null) return finish(error);
    session.onRetry?.(error, wait);
    try {
      await clock.sleep(wait, signal);
    } catch (reason) {
      if (!signal.aborted) throw reason;
      return lost ? unknown(cancelledError(), null) : notSent(cancelledError());
    }
  }

  /** Returns the outcome, or why there is none yet and whether the change itself was sent. */
  async function tryOnce(): Promise<Outcome<T> | { error: unknown; wasSent: boolean }> {
    let wasSent = false;
    let permit: Permit | undefined;
    try {
      const requests = 2 + (spec.preparations ?? 0);
      permit = await client.acquire({ ticket, signal, deadline, requests });
      const readiness = await readTarget(permit);
      if (!("image" in readiness)) return readiness;
      signal.throwIfAborted();
      if (clock.now() >= deadline)
        throw new HcloudError("deadline_exceeded", "the reads before took too long");
      wasSent = true;
      const { image, sentAt } = readiness;
      return { outcome: "done", value: await spec.send(permit, image, sentAt + MAX_READ_AGE_MS) };
    } catch (error) {
      return { error, wasSent };
    } finally {
      permit?.end();
    }
  }

  /** Returns the image as read right before the change, or the outcome when nothing is to be sent. */
  async function readTarget(permit: Permit): Promise<{ image: Image; sentAt: number } | Outcome<T>> {
    for (let reads = 0; reads < MAX_SLOW_READS; reads++) {
      const reason = await spec.prepare?.(permit);
      const preparedAt = spec.preparedAt?.() ?? clock.now();
      const last = spec.lastRead();
      const isReusable = last && !lost && !refused && isRecent(last, clock.now());
      const reading = isReusable ? last : await spec.read(permit);
      const { image } = reading;
      const done = lost && spec.valueIfDone(image);
      if (done !== undefined) return { outcome: "done", value: done };
      if (!image) return lost ? unknown(lost, reading) : { outcome: "refused", error: goneError() };
      const mismatch = reason ?? spec.mismatch(image);
      if (mismatch) return lost ? unknown(lost, reading) : { outcome: "refused", error: mismatch };
      // The data of `prepare` must not be older than the read may be: the read may have begun late.
      const sentAt = spec.prepare ? Math.min(preparedAt, reading.sentAt) : reading.sentAt;
      if (isYoungerThan(MAX_READ_AGE_MS, { sentAt }, clock.now())) return { image, sentAt };
    }
    throw new HcloudError("too_slow", "every read took more than a second");
  }

  /** Returns the outcome when no attempt follows: after a lost attempt, the image decides. */
  async function finish(error: HcloudError): Promise<Outcome<T>> {
    if (!lost) return refused ? { outcome: "refused", error: refused } : notSent(error);
    try {
      const reading = await spec.read();
      const done = spec.valueIfDone(reading.image);
      return done === undefined ? unknown(lost, reading) : { outcome: "done", value: done };
    } catch (readError) {
      if (signal.aborted) return unknown(cancelledError(), null);
      if (!(readError instanceof HcloudError)) throw readError;
      return unknown(lost, readError);
    }
  }
}

/** Whether a read of the same call serves as the read before a change. */
export function isRecent(reading: Reading, now: number): boolean {
  return isYoungerThan(RECENT_MS, reading, now);
}

function isYoungerThan(ms: number, { sentAt }: Pick<Reading, "sentAt">, now: number): boolean {
  return sentAt <= now && now - sentAt <= ms;
}

export const notSent = (error: HcloudError): Outcome<never> => ({ outcome: "notSent", error });

const goneError = () => new HcloudError("not_found", "", { status: 404 });

const cancelledError = () => new HcloudError("cancelled", "");

/** Returns an unknown outcome; its message has the time of the last read, because the change may still take effect later. */
function unknown(lost: HcloudError, seen: Reading | HcloudError | null): Outcome<never> {
  const { code, correlationId } = lost;
  const why = [code, lost.message].filter(Boolean).join(": ");
  const message = seen ? `${why}; ${describe(seen)}` : why;
  return {
    outcome: "unknown",
    error: new HcloudError("outcome_unknown", message, { correlationId, cause: lost }),
  };
}

function describe(seen: Reading | HcloudError): string {
  if (seen instanceof HcloudError) return `the image could not be read afterwards (${seen.code})`;
  const time = `${new Date(seen.sentAt).toISOString().slice(11, 19)} UTC`;
  if (!seen.image) return `at ${time} the image was gone`;
  return `at ${time} the image did not show the change`;
}

/** Returns the value of a change that was made. Throws the error of any other outcome. */
export function unwrap<T>(outcome: Outcome<T>): T {
  if (outcome.outcome === "done") return outcome.value;
  throw outcome.error;
}
