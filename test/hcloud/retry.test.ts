import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HcloudError } from "../../src/hcloud/errors.ts";
import {
  backoffMs,
  isInDoubt,
  MAX_RETRIES,
  mayResend,
  mayRetry,
  wasNeverSent,
} from "../../src/hcloud/retry.ts";

interface Row {
  code: string;
  status?: number;
  read: boolean;
  write: boolean;
  inDoubt: boolean;
  resend: boolean;
  /** It came without an error of the API. */
  notFromApi?: boolean;
}

const refused = { read: false, write: false, inDoubt: false, resend: false };
const again = { read: true, write: true, inDoubt: false, resend: false };
const doubtful = { read: true, write: false, inDoubt: true, resend: true };
const failed = { read: true, write: false, inDoubt: true, resend: false };
const unreadable = { read: false, write: false, inDoubt: true, resend: false };

const ROWS: Row[] = [
  { code: "json_error", status: 400, ...refused },
  { code: "unauthorized", status: 401, ...refused },
  { code: "token_readonly", status: 401, ...refused },
  { code: "forbidden", status: 403, ...refused },
  { code: "maintenance", status: 403, ...refused },
  { code: "resource_limit_exceeded", status: 403, ...refused },
  { code: "not_found", status: 404, ...refused },
  { code: "method_not_allowed", status: 405, ...refused },
  { code: "uniqueness_error", status: 409, ...refused },
  { code: "conflict", status: 409, ...again },
  { code: "deprecated_api_endpoint", status: 410, ...refused },
  { code: "resource_unavailable", status: 412, ...refused },
  { code: "invalid_input", status: 422, ...refused },
  { code: "service_error", status: 422, ...refused },
  { code: "unsupported_error", status: 422, ...refused },
  { code: "locked", status: 423, ...refused },
  { code: "protected", status: 423, ...refused },
  { code: "rate_limit_exceeded", status: 429, ...again },
  { code: "server_error", status: 500, ...failed },
  { code: "bad_gateway", status: 502, ...doubtful },
  { code: "unavailable", status: 503, ...failed },
  { code: "timeout", status: 504, ...doubtful },
  { code: "a_code_of_tomorrow", status: 422, ...refused },
  { code: "a_code_of_tomorrow", status: 507, ...unreadable },
  { code: "connection_refused", ...again },
  { code: "connection_lost", ...doubtful },
  { code: "timed_out", ...doubtful },
  { code: "dns_failed", ...refused },
  { code: "tls_failed", ...refused },
  { code: "proxy_failed", ...refused },
  { code: "deadline_exceeded", ...refused },
  { code: "http_404", status: 404, notFromApi: true, ...unreadable },
  { code: "http_408", status: 408, notFromApi: true, ...unreadable },
  { code: "forbidden", status: 403, notFromApi: true, ...unreadable },
  { code: "conflict", status: 409, notFromApi: true, ...doubtful },
  { code: "rate_limit_exceeded", status: 429, notFromApi: true, ...doubtful },
  { code: "token_missing", ...refused },
  { code: "redirected", status: 302, ...unreadable },
  { code: "malformed_reply", status: 200, ...unreadable, read: true },
  { code: "response_too_large", ...unreadable },
  { code: "outcome_unknown", ...refused },
];

function errorOf({
  code,
  status,
  notFromApi = false,
}: Pick<Row, "code" | "status" | "notFromApi">): HcloudError {
  return new HcloudError(code, "", { status, notFromApi });
}

describe("what is sent again", () => {
  test("a read whose answer could not be understood, once", () => {
    const error = new HcloudError("malformed_reply", "", { status: 200 });
    expect([0, 1, 2].map((retries) => mayRetry("GET", error, retries))).toEqual([true, false, false]);
  });

  test.each(ROWS)("after $code ($status): reads $read, writes $write", ({ read, write, ...row }) => {
    const error = errorOf(row);
    expect(mayRetry("GET", error)).toBe(read);
    for (const method of ["PUT", "POST", "DELETE"]) expect(mayRetry(method, error)).toBe(write);
  });

  test.each(ROWS)("a write that failed with $code ($status) is in doubt: $inDoubt", (row) => {
    const error = errorOf(row);
    expect(isInDoubt(error)).toBe(row.inDoubt);
    expect(mayResend(error)).toBe(row.resend);
  });

  test("what was never sent is known by its code alone, and is never in doubt", () => {
    const errors = ROWS.map(errorOf);
    const unsent = errors.filter(wasNeverSent);
    expect(unsent.map(({ code }) => code)).toEqual([
      "connection_refused",
      "dns_failed",
      "tls_failed",
      "proxy_failed",
      "deadline_exceeded",
    ]);
    expect(unsent.filter(isInDoubt)).toEqual([]);
  });

  test("a write is never both repeated blindly and in doubt", () => {
    for (const row of ROWS) {
      const error = errorOf(row);
      expect(mayRetry("PUT", error) && isInDoubt(error), row.code).toBe(false);
    }
  });
});

describe("the wait before a retry", () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  test("is exactly a second the first time", () => {
    fc.assert(fc.property(random, (r) => backoffMs(0, r) === 1000));
  });

  test("is from one second to 2^n, and at most a minute", () => {
    fc.assert(
      fc.property(fc.nat(40), random, (retry, r) => {
        const wait = backoffMs(retry, r);
        expect(wait).toBeGreaterThanOrEqual(1000);
        expect(wait).toBeLessThanOrEqual(Math.min(60, 2 ** retry) * 1000);
        expect(Number.isInteger(wait)).toBe(true);
      }),
    );
  });

  test("is spread over the whole of that range", () => {
    expect([1, 2, 3, 4, 9].map((retry) => backoffMs(retry, 0))).toEqual([1000, 1000, 1000, 1000, 1000]);
    expect([1, 2, 3, 4, 9].map((retry) => backoffMs(retry, 0.999_999_9))).toEqual([
      2000, 4000, 8000, 16_000, 60_000,
    ]);
  });

  test("never adds up to more than half a minute", () => {
    const longest = Array.from({ length: MAX_RETRIES }, (_, retry) => backoffMs(retry, 1));
    expect(longest.reduce((sum, wait) => sum + wait)).toBe(31_000);
  });
});
