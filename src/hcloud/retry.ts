/** Pure: shall a request be sent again, and after how long. */

import type { HcloudError } from "./errors.ts";

/** As in hcloud-go and hcloud-python. */
export const MAX_RETRIES = 5;

/** Refused by the API, or never sent: nothing was done, so that reads and writes alike can be sent again. */
const NOTHING_DONE = new Set(["conflict", "rate_limit_exceeded", "connection_refused"]);

/** Failures of a moment, after which nobody but the API knows whether it acted. */
const IN_DOUBT = new Set(["bad_gateway", "timeout", "connection_lost", "timed_out"]);

/** Answers that say nothing about what was done; the official clients do not send a write again after them. */
const UNREADABLE = new Set(["malformed_reply", "response_too_large", "redirected"]);

/**
 * Whether a read or a write may simply be sent again, after so many retries. A refusal that does not bear the API's error
 * comes from something in front of it, and of a write says nothing.
 */
export function mayRetry(method: string, { code, notFromApi }: HcloudError, retries = 0): boolean {
  if (NOTHING_DONE.has(code)) return method === "GET" || !notFromApi;
  // Cut or empty it may be better next time; a page that answers in the API's place stays one.
  if (code === "malformed_reply") return method === "GET" && retries === 0;
  return method === "GET" && (IN_DOUBT.has(code) || code === "server_error" || code === "unavailable");
}

const NEVER_SENT = new Set([
  "connection_refused",
  "dns_failed",
  "tls_failed",
  "proxy_failed",
  "request_too_large",
  "deadline_exceeded",
]);

export function wasNeverSent({ code }: HcloudError): boolean {
  return NEVER_SENT.has(code);
}

/** Whether a failed write may have been carried out, so that its target has to be read. */
export function isInDoubt({ code, status = 0, notFromApi }: HcloudError): boolean {
  return status >= 500 || IN_DOUBT.has(code) || UNREADABLE.has(code) || notFromApi;
}

/** Whether a write in doubt may be sent once more when its target shows that it was not carried out. */
export function mayResend({ code, notFromApi }: HcloudError): boolean {
  return IN_DOUBT.has(code) || (notFromApi && NOTHING_DONE.has(code));
}

/**
 * Milliseconds to wait before retry number `retry` (from 0): 1 s, then 1–2, 1–4, 1–8, 1–16, by `random` in [0, 1).
 * Never until `RateLimit-Reset`: that is when the bucket is full again, while one request is back after a second.
 */
export function backoffMs(retry: number, random: number): number {
  const cap = Math.min(60, 2 ** retry);
  return Math.round(((cap - 1) * random + 1) * 1000);
}
