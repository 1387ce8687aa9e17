/** Decides whether a read is sent again, and after how long any request is. */

import { meaningOf } from "./error-table.ts";
import type { HcloudError } from "./errors.ts";

/** As in hcloud-go and hcloud-python. */
export const MAX_RETRIES = 5;

/** Whether a read that failed may be sent again, after so many retries. */
export function mayRetryRead(error: HcloudError, retries = 0): boolean {
  const { retry } = meaningOf(error);
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
