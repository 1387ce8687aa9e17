/** The project's allowance: bursts up to `limit`, then one more request every 3600 / limit seconds. */
export interface Bucket {
  /** Requests per hour, and the most that can be saved up. */
  limit: number;
  /** What is left; a fraction of a request counts towards the next. Set it to 0 to make the next request a 429. */
  tokens: number;
  /** When `tokens` was last brought up to date, in ms since the epoch. */
  updated: number;
}

const HOUR_MS = 3_600_000;

export function createBucket(limit: number, now: number): Bucket {
  return { limit, tokens: limit, updated: now };
}

/** Takes one request out of the bucket; false when it is empty. */
export function takeToken(bucket: Bucket, now: number): boolean {
  const elapsed = Math.max(0, now - bucket.updated);
  bucket.tokens = Math.min(bucket.limit, bucket.tokens + (elapsed * bucket.limit) / HOUR_MS);
  bucket.updated = now;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

/** `RateLimit-Reset` is the UNIX second at which the bucket is full again, not the one at which to retry. */
export function formatRateLimitHeaders(bucket: Bucket): Record<string, string> {
  const missing = Math.max(0, bucket.limit - bucket.tokens);
  const full = bucket.updated + (bucket.limit > 0 ? (missing / bucket.limit) * HOUR_MS : 0);
  return {
    "RateLimit-Limit": String(bucket.limit),
    "RateLimit-Remaining": String(Math.max(0, Math.floor(bucket.tokens))),
    "RateLimit-Reset": String(Math.ceil(full / 1000)),
  };
}
