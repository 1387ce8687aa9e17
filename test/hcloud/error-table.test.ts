import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { classifyError, type Effect, type ErrorMeaning, isClientCode } from "../../src/hcloud/error-table.ts";
import { errorFromResponse, failsForEveryImage, HcloudError, isNotFound } from "../../src/hcloud/errors.ts";

interface Row {
  code: string;
  /** Undefined where there was no response. */
  status?: number;
  /** Whether something in front of the API answered. */
  notFromApi?: true;
  effect: Effect;
  retry: ErrorMeaning["retry"];
  failsForEveryImage?: true;
}

const refused = { effect: "unchanged", retry: "never" } as const;
const refusedForNow = { effect: "unchanged", retry: "any" } as const;
const notSent = { effect: "not_sent", retry: "never" } as const;
const lost = { effect: "unknown", retry: "any" } as const;
const failed = { effect: "unknown", retry: "read" } as const;
const notUnderstood = { effect: "unknown", retry: "read_once" } as const;
const unknown = { effect: "unknown", retry: "never" } as const;

const OF_THE_API: Row[] = [
  { code: "json_error", status: 400, ...refused },
  { code: "unauthorized", status: 401, ...refused, failsForEveryImage: true },
  { code: "token_readonly", status: 401, ...refused, failsForEveryImage: true },
  { code: "forbidden", status: 403, ...refused },
  { code: "maintenance", status: 403, ...refused },
  { code: "resource_limit_exceeded", status: 403, ...refused },
  { code: "not_found", status: 404, ...refused },
  { code: "method_not_allowed", status: 405, ...refused },
  { code: "conflict", status: 409, ...refusedForNow },
  { code: "deprecated_api_endpoint", status: 410, ...refused },
  { code: "resource_unavailable", status: 412, ...refused },
  { code: "invalid_input", status: 422, ...refused },
  { code: "service_error", status: 422, ...refused },
  { code: "locked", status: 423, ...refused },
  { code: "protected", status: 423, ...refused },
  { code: "rate_limit_exceeded", status: 429, ...refusedForNow, failsForEveryImage: true },
  { code: "server_error", status: 500, ...failed },
  { code: "bad_gateway", status: 502, ...lost },
  { code: "unavailable", status: 503, ...failed },
  { code: "timeout", status: 504, ...lost },
];

const OF_THE_CLIENT: Row[] = [
  { code: "token_missing", ...notSent, failsForEveryImage: true },
  { code: "connection_refused", effect: "not_sent", retry: "any" },
  { code: "dns_failed", ...notSent },
  { code: "tls_failed", ...notSent },
  { code: "proxy_failed", ...notSent },
  { code: "request_too_large", ...notSent },
  { code: "deadline_exceeded", ...notSent },
  { code: "too_slow", ...notSent },
  { code: "stale_read", ...notSent, retry: "any" },
  { code: "connection_lost", ...lost },
  { code: "timed_out", ...lost },
  { code: "response_too_large", ...unknown },
  { code: "redirected", status: 302, ...unknown },
  { code: "malformed_reply", status: 200, ...notUnderstood },
  { code: "outcome_unknown", ...unknown },
  { code: "cancelled", ...refused },
];

/** A code that the API adds later means what its status says. */
const UNLISTED: Row[] = [
  { code: "uniqueness_error", status: 409, ...refused },
  { code: "unsupported_error", status: 422, ...refused },
  { code: "a_code_of_tomorrow", status: 401, ...refused, failsForEveryImage: true },
  { code: "a_code_of_tomorrow", status: 429, ...refused },
  { code: "a_code_of_tomorrow", status: 499, ...refused },
  { code: "a_code_of_tomorrow", status: 500, ...unknown },
  { code: "a_code_of_tomorrow", status: 507, ...unknown },
  { code: "a_code_of_tomorrow", ...refused },
];

/** Something in front of the API may have passed a change on before it answered; a failing API may have made it. */
const AMBIGUOUS: Row[] = [
  { code: "http_404", status: 404, notFromApi: true, ...unknown },
  { code: "http_408", status: 408, notFromApi: true, ...unknown },
  { code: "unauthorized", status: 401, notFromApi: true, ...unknown, failsForEveryImage: true },
  { code: "forbidden", status: 403, notFromApi: true, ...unknown },
  { code: "locked", status: 423, notFromApi: true, ...unknown },
  { code: "conflict", status: 409, notFromApi: true, ...lost },
  { code: "rate_limit_exceeded", status: 429, notFromApi: true, ...lost, failsForEveryImage: true },
  { code: "unavailable", status: 503, notFromApi: true, ...failed },
  { code: "not_found", status: 500, ...unknown },
  { code: "protected", status: 502, ...unknown },
  { code: "conflict", status: 503, ...lost },
];

const errorOf = ({ code, status, notFromApi }: Pick<Row, "code" | "status" | "notFromApi">) =>
  new HcloudError(code, "", { status, notFromApi: notFromApi === true });

describe("classifyError", () => {
  test.each([...OF_THE_API, ...OF_THE_CLIENT, ...UNLISTED, ...AMBIGUOUS])(
    "gives $code ($status, not from the API: $notFromApi) the effect $effect and retry $retry",
    ({ effect, retry, failsForEveryImage: forEvery = false, ...row }) => {
      expect(classifyError(row)).toMatchObject({ effect, retry, failsForEveryImage: forEvery });
      expect(classifyError(errorOf(row))).toEqual(classifyError(row));
      expect(failsForEveryImage(errorOf(row))).toBe(forEvery);
    },
  );

  test("derives an unlisted code from its status: the token, the API, or a proxy", () => {
    const told = (status: number, notFromApi = false) =>
      classifyError({ code: "new_code", status, notFromApi }).happened;
    const ofCode = (code: string) => classifyError({ code }).happened;
    expect(told(401)).toBe(ofCode("unauthorized"));
    expect(told(418)).toBe(ofCode("service_error"));
    expect(told(599)).toBe(ofCode("server_error"));
    expect(told(418, true)).toBe(ofCode("malformed_reply"));
    expect(told(401, true)).toBe(ofCode("malformed_reply"));
    expect(told(599, true)).toBe(ofCode("server_error"));
  });

  test("every code has a test", () => {
    const source = readFileSync("src/hcloud/error-table.ts", "utf8");
    const codes = source.matchAll(/^ {2}(\w+): (?:unchanged|notSent|unknown)\(/gm);
    const tried = [...OF_THE_API, ...OF_THE_CLIENT].map(({ code }) => code);
    expect(tried.toSorted()).toEqual(Array.from(codes, ([, code]) => code).toSorted());
  });
});

describe("errorFromResponse", () => {
  test.each(OF_THE_CLIENT)("never believes a response that says $code, a code of this client", ({ code }) => {
    expect(isClientCode(code)).toBe(true);
    for (const status of [404, 409, 423, 502]) {
      const said = errorFromResponse(status, { error: { code, message: "", details: null } }, undefined);
      expect({ ...said }).toEqual({ ...errorFromResponse(status, undefined, undefined) });
      expect(said).toMatchObject({ code: expect.not.stringMatching(`^${code}$`), notFromApi: true });
      expect(classifyError(said).effect).toBe("unknown");
    }
  });

  test.each([...OF_THE_API, ...UNLISTED])("believes a response that says $code", ({ code, status = 400 }) => {
    expect(isClientCode(code)).toBe(false);
    const said = errorFromResponse(status, { error: { code, message: "because" } }, undefined);
    expect(said).toMatchObject({ code, status, message: "because", notFromApi: false });
  });

  test("treats the names of an object's own members like any other code", () => {
    for (const code of ["constructor", "toString", "__proto__"]) {
      expect(isClientCode(code)).toBe(false);
      expect(classifyError({ code, status: 418 }).effect).toBe("unchanged");
    }
  });
});

describe("isNotFound", () => {
  test("isNotFound is true only for the API's own not_found", () => {
    expect(isNotFound(errorOf({ code: "not_found", status: 404 }))).toBe(true);
    expect(isNotFound(errorOf({ code: "http_404", status: 404, notFromApi: true }))).toBe(false);
    expect(isNotFound(errorOf({ code: "gone", status: 404 }))).toBe(false);
    expect(isNotFound(errorOf({ code: "not_found", status: 500 }))).toBe(false);
    expect(isNotFound(new Error("not_found"))).toBe(false);
    expect(failsForEveryImage(new Error("unauthorized"))).toBe(false);
  });
});
