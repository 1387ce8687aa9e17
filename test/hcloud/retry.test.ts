import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HcloudError } from "../../src/hcloud/errors.ts";
import { backoffMs, MAX_RETRIES, mayRetryRead } from "../../src/hcloud/retry.ts";

describe("mayRetryRead", () => {
  const retried = (error: HcloudError) => [0, 1, 2, 4].map((retries) => mayRetryRead(error, retries));

  test.each([
    [409, "conflict"],
    [429, "rate_limit_exceeded"],
    [500, "server_error"],
    [502, "bad_gateway"],
    [503, "unavailable"],
    [504, "timeout"],
    [undefined, "connection_refused"],
    [undefined, "connection_lost"],
    [undefined, "timed_out"],
  ])("allows every retry after %s %s", (status, code) => {
    expect(retried(new HcloudError(code, "", { status }))).toEqual([true, true, true, true]);
  });

  test("allows one retry after a response that could not be understood", () => {
    const error = new HcloudError("malformed_reply", "", { status: 200 });
    expect(retried(error)).toEqual([true, false, false, false]);
    expect(mayRetryRead(error)).toBe(true);
  });

  test.each([
    [404, "not_found"],
    [423, "locked"],
    [403, "forbidden"],
    [507, "a_code_of_tomorrow"],
    [302, "redirected"],
    [undefined, "dns_failed"],
    [undefined, "deadline_exceeded"],
    [undefined, "too_slow"],
  ])("allows no retry after %s %s", (status, code) => {
    expect(retried(new HcloudError(code, "", { status }))).toEqual([false, false, false, false]);
  });

  test.each([
    [404, "http_404", false],
    [403, "forbidden", false],
    [409, "conflict", true],
    [503, "unavailable", true],
  ])("treats a %i without an error of the API like %s", (status, code, isRetried) => {
    const error = new HcloudError(code, "", { status, notFromApi: true });
    expect(mayRetryRead(error, 1)).toBe(isRetried);
  });
});

describe("backoffMs", () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  test("returns exactly a second before the first retry", () => {
    fc.assert(fc.property(random, (r) => backoffMs(0, r) === 1000));
  });

  test("returns from one second to 2^n, and at most a minute", () => {
    fc.assert(
      fc.property(fc.nat(40), random, (retry, r) => {
        const wait = backoffMs(retry, r);
        expect(wait).toBeGreaterThanOrEqual(1000);
        expect(wait).toBeLessThanOrEqual(Math.min(60, 2 ** retry) * 1000);
        expect(Number.isInteger(wait)).toBe(true);
      }),
    );
  });

  test("spreads the waits over the whole of that range", () => {
    expect([1, 2, 3, 4, 9].map((retry) => backoffMs(retry, 0))).toEqual([1000, 1000, 1000, 1000, 1000]);
    expect([1, 2, 3, 4, 9].map((retry) => backoffMs(retry, 0.999_999_9))).toEqual([
      2000, 4000, 8000, 16_000, 60_000,
    ]);
  });

  test("adds up to at most half a minute", () => {
    const longest = Array.from({ length: MAX_RETRIES }, (_, retry) => backoffMs(retry, 1));
    expect(longest.reduce((sum, wait) => sum + wait)).toBe(31_000);
  });
});
