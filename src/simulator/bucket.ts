/** The project's rate limit: a token bucket, and the headers that describe its state. */

/** A token bucket: it allows `limit` requests immediately, then one more every 3600 / limit seconds. */
export interface Bucket {
  /** Requests per hour, and the most requests that can remain. */
  limit: number;
  /** The remaining requests, with fractions. At 0, the next request gets a 429. */
  tokens: number;
  /** The time at which `tokens` was last computed, in ms since the epoch. */
  updated: number;
}

const HOUR_MS = 3_600_000;

/** Returns a full bucket; `limit` is in requests per hour, `now` in ms since the epoch. */
export function createBucket(limit: number, now: number): Bucket {
  return { limit, tokens: limit, updated: now };
}

/** Takes one token from the bucket. Returns false when the bucket is empty. */
export function takeToken(bucket: Bucket, now: number): boolean {
  const elapsed = Math.max(0, now - bucket.updated);
  bucket.tokens = Math.min(bucket.limit, bucket.tokens + (elapsed * bucket.limit) / HOUR_MS);
  bucket.updated = now;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

/** Returns the headers. `RateLimit-Reset` is the Unix time at which the bucket is full again, not the time for a retry. */
export function formatRateLimitHeaders(bucket: Bucket): Record<string, string> {
  const missing = Math.max(0, bucket.limit - bucket.tokens);
  const full = bucket.updated + (bucket.limit > 0 ? (missing / bucket.limit) * HOUR_MS : 0);
  return {
    "RateLimit-Limit": String(bucket.limit),
    "RateLimit-Remaining": String(Math.max(0, Math.floor(bucket.tokens))),
    "RateLimit-Reset": String(Math.ceil(full / 1000)),
  };
}
