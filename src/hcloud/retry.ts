/** Decides whether and for how long a read is sent again, and after how long any request is. */

import { classifyError } from "./error-table.ts";
import type { HcloudError } from "./errors.ts";

/** As in hcloud-go and hcloud-python. */
export const MAX_RETRIES = 5;

/** How long one read is tried; times in ms. */
export interface Patience {
  retries: number;
  /** The longest that one attempt lasts. */
  attemptMs: number;
  /** From the first attempt on. The wait for its permit comes before: a used-up rate limit is no failure. */
  totalMs: number;
}

/** For a single read that somebody waits for. 12 s allow two attempts of 5 s that get no response. */
export const QUICK: Patience = { retries: 2, attemptMs: 5_000, totalMs: 12_000 };

/** Until the deadline, with the client's own limits. */
export const PATIENT: Patience = {
  retries: Number.POSITIVE_INFINITY,
  attemptMs: Number.POSITIVE_INFINITY,
  totalMs: Number.POSITIVE_INFINITY,
};

/** Gets why an attempt failed, and the ms until the next. */
export type OnRetry = (error: HcloudError, wait: number) => void;

/** How the requests of one call are retried. */
export interface RetryOptions {
  /**
   * How long a read is tried until a change is sent. Default {@link PATIENT}, as for reading all pages, for a change, and for
   * what became of it.
   */
  patience?: Patience;
  /** Called before each wait for a retry. */
  onRetry?: OnRetry;
}

/** Whether a read that failed may be sent again, after so many retries. */
export function mayRetryRead(error: HcloudError, retries = 0): boolean {
  const { retry } = classifyError(error);
  // A response that was cut may be whole next time; a page that answers in the API's place stays one.
  return retry === "any" || retry === "read" || (retry === "read_once" && retries === 0);
}

/**
 * Milliseconds to wait before retry number `retry` (from 0): 1 s, then 1–2, 1–4, 1–8, 1–16, by `random` in [0, 1).
 * Never until `RateLimit-Reset`: at that time the limit is full again, while one request is back after a second.
 */
export function backoffMs(retry: number, random: number): number {
  const cap = Math.min(60, 2 ** retry);
  return Math.round(((cap - 1) * random + 1) * 1000);
}
