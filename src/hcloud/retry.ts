/** Decides whether a failed read is sent again, for how long, and how long any retry waits. */

import { classifyError } from "./error-table.ts";
import type { HcloudError } from "./errors.ts";

/** Retries of a request, as in hcloud-go and hcloud-python. */
export const MAX_RETRIES = 5;

/** The limits within which one read is tried. */
export interface Patience {
  retries: number;
  /** The longest duration of one attempt. */
  attemptMs: number;
  /** The longest duration from the first attempt on, without the wait for its permit: a used-up rate limit is no failure. */
  totalMs: number;
}

/** The patience of a single read that a user waits for: 12 s allow two attempts of 5 s without a response. */
export const QUICK: Patience = { retries: 2, attemptMs: 5_000, totalMs: 12_000 };

/** The patience that lasts until the deadline, with the client's own limits. */
export const PATIENT: Patience = {
  retries: Number.POSITIVE_INFINITY,
  attemptMs: Number.POSITIVE_INFINITY,
  totalMs: Number.POSITIVE_INFINITY,
};

/** A function that gets the error of an attempt, and the wait until the next attempt in ms. */
export type OnRetry = (error: HcloudError, wait: number) => void;

/** The retries of the requests of one call. */
export interface RetryOptions {
  /**
   * The limits within which a read is tried before the first change is sent. Default {@link PATIENT}, which always holds for reading
   * all pages, for a change and for its outcome.
   */
  patience?: Patience;
  /** Called before each wait for a retry. */
  onRetry?: OnRetry;
}

/** Whether a failed read may be sent again after so many retries. */
export function mayRetryRead(error: HcloudError, retries = 0): boolean {
  const { retry } = classifyError(error);
  // A truncated response may be complete next time; a web page in place of the API stays a web page.
  return retry === "any" || retry === "read" || (retry === "read_once" && retries === 0);
}

/**
 * Returns the wait before retry number `retry` (from 0), in ms: 1 s, then 1–2, 1–4, 1–8, 1–16 s, by `random` in [0, 1).
 * Does not wait for `RateLimit-Reset`: at that time the limit is full, but one request is allowed after a second.
 */
export function backoffMs(retry: number, random: number): number {
  const cap = Math.min(60, 2 ** retry);
  return Math.round(((cap - 1) * random + 1) * 1000);
}
