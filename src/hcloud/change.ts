/** The one path of a change: read the image, compare it, send, and find out what became of it. */

import type { Client } from "./client.ts";
import { classifyError } from "./error-table.ts";
import { HcloudError } from "./errors.ts";
import type { Permit } from "./request-queue.ts";
import { mayRetryRead, type OnRetry } from "./retry.ts";
import type { Image } from "./types.ts";

/** A read this old, in ms, is repeated before a change is sent: another client may have changed the image. */
const MAX_READ_AGE_MS = 1_000;

/** A read of the same call that is younger, in ms, serves as the read before the change. */
const RECENT_MS = 500;

/** How often a slow read is repeated before the change is given up. */
const MAX_SLOW_READS = 3;

/** How often a change is sent again whose outcome is unknown. */
const MAX_RESENDS = 1;

/** An image as it was read; null when it is gone. Times are the clock's milliseconds. */
export interface Reading {
  image: Image | null;
  /** When the request left: the image is at least as old. */
  sentAt: number;
}

/** What became of a change. Only `done` claims that it was made, only `refused` and `notSent` that it was not. */
export type Outcome<T> =
  | { outcome: "done"; value: T }
  /** The API refused it, or the image is no longer what it was meant for. */
  | { outcome: "refused"; error: Error }
  | { outcome: "notSent"; error: HcloudError }
  | { outcome: "unknown"; error: HcloudError };

export interface Change<T> {
  /** Reads the image; under the permit once, otherwise as often as reads are retried. Throws {@link HcloudError}. */
  read(permit?: Permit): Promise<Reading>;
  /** The last read of the call, if any. */
  lastRead(): Reading | undefined;
  /** Other reads that the change depends on, before the image itself is read; returns why it must not be made. */
  prepare?: ((permit: Permit) => Promise<Error | null>) | undefined;
  /** When what `prepare` read was last found fresh, in the clock's ms. Default when `prepare` ended. */
  preparedAt?: (() => number | undefined) | undefined;
  /** Requests that `prepare` may need. */
  preparations?: number | undefined;
  /** Why the image is not what the change was decided on; null when it is. */
  mismatch(image: Image): Error | null;
  /** What the change would have returned, when the image shows that it was made; otherwise undefined. */
  valueIfDone(image: Image | null): T | undefined;
  /** `notAfter` is the last moment at which the change may leave this machine. */
  send(permit: Permit, image: Image, notAfter: number): Promise<T>;
}

export interface ChangeSession {
  client: Client;
  ticket: number;
  signal: AbortSignal;
  /** The last moment for sending, in the clock's milliseconds; later there is only time for reading. */
  deadline: number;
  /** Called before each wait for a retry. */
  onRetry?: OnRetry | undefined;
}

/** Makes a change. Rejects only for defects; every failure of the API or on the way to it is an {@link Outcome}. */
export async function change<T>(session: ChangeSession, spec: Change<T>): Promise<Outcome<T>> {
  const { client, ticket, signal, deadline } = session;
  const { clock } = client;
  /** Of the last attempt whose outcome is unknown. */
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
    const wait = shouldRetry ? client.retryDelay(retry, deadline) : null;
    if (wait === null) return finish(error);
    session.onRetry?.(error, wait);
    try {
      await clock.sleep(wait, signal);
    } catch (reason) {
      if (!signal.aborted) throw reason;
      return lost ? unknown(cancelledError(), null) : notSent(cancelledError());
    }
  }

  /** The outcome, or why there is none yet and whether the change itself was sent. */
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

  /** The image as read right before the change, or the outcome when there is nothing more to send. */
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
      // What was prepared must not wait longer than the read: the read may have begun late.
      const sentAt = spec.prepare ? Math.min(preparedAt, reading.sentAt) : reading.sentAt;
      if (isYoungerThan(MAX_READ_AGE_MS, { sentAt }, clock.now())) return { image, sentAt };
    }
    throw new HcloudError("too_slow", "every read took more than a second");
  }

  /** Nothing more is sent: what the image shows decides where an attempt was lost. */
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

const notSent = (error: HcloudError): Outcome<never> => ({ outcome: "notSent", error });

const goneError = () => new HcloudError("not_found", "", { status: 404 });

const cancelledError = () => new HcloudError("cancelled", "");

/** Says what was read after the loss and when; an image that shows no change yet may still change. */
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

/** The value of a change that was made. Throws the error of any other outcome. */
export function unwrap<T>(outcome: Outcome<T>): T {
  if (outcome.outcome === "done") return outcome.value;
  throw outcome.error;
}
