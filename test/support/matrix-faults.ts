/** Every fault of the simulator in all its forms, with the error codes that a result may have. */

import type { FaultRule } from "../../src/simulator/faults.ts";

export interface TriedFault {
  /** The fault, without the requests that it hits. */
  rule: FaultRule;
  /** Possible error codes; several if they depend on the request. */
  codes: string[];
  /** The server retries a read after this fault. */
  passes?: boolean;
  /** The API sends no response within the time limit of one attempt. */
  waits?: boolean;
}

/** Larger than the response limit in these tests. */
export const TOO_LARGE_BYTES = 200_001;

const REFUSALS: [status: number, codes: string[]][] = [
  [400, ["json_error"]],
  [401, ["unauthorized", "token_readonly"]],
  [403, ["forbidden", "resource_limit_exceeded"]],
  [404, ["not_found"]],
  [405, ["method_not_allowed"]],
  [409, ["conflict"]],
  [410, ["deprecated_api_endpoint"]],
  [412, ["resource_unavailable"]],
  [418, ["invented_later"]],
  [422, ["invalid_input", "service_error", "protected"]],
  [423, ["locked"]],
  [429, ["rate_limit_exceeded"]],
];
const FAILURES: [status: number, code: string][] = [
  [500, "server_error"],
  [502, "bad_gateway"],
  [503, "unavailable"],
  [503, "maintenance"],
  [504, "timeout"],
  [599, "invented_later"],
];
const PASSING = new Set([
  "conflict",
  "rate_limit_exceeded",
  "server_error",
  "bad_gateway",
  "unavailable",
  "timeout",
]);

/** Errors in the API's format. A refusal never follows an applied change, a failure can. */
const told: TriedFault[] = [
  ...REFUSALS.flatMap(([status, codes]) => codes.map((code) => ({ status, code }))).map(named),
  ...FAILURES.flatMap(([status, code]) => either({ status, code })).map(named),
];

function named(shape: { status: number; code: string; applied?: boolean }): TriedFault {
  return {
    rule: { fault: "status", message: "because", ...shape },
    codes: [shape.code],
    passes: PASSING.has(shape.code),
  };
}

/** Returns the fault before and after the request takes effect. */
function either<T extends object>(shape: T): (T & { applied?: boolean })[] {
  return [shape, { ...shape, applied: true }];
}

/** Pages of a proxy or gateway, by status. */
const PAGES: [status: number, code: string][] = [
  [200, "malformed_reply"],
  [400, "json_error"],
  [401, "unauthorized"],
  [403, "forbidden"],
  [404, "http_404"],
  [408, "http_408"],
  [429, "rate_limit_exceeded"],
  [500, "server_error"],
  [502, "bad_gateway"],
  [503, "unavailable"],
  [504, "timeout"],
  [520, "server_error"],
];
const pages: TriedFault[] = PAGES.flatMap(([status, code]) =>
  // A gateway that refuses a request does not forward the request first.
  (status === 200 || status === 408 || status >= 500 ? either({ status }) : [{ status }]).map((shape) => ({
    rule: { fault: "html", ...shape },
    codes: [code],
    passes: PASSING.has(code),
  })),
);

const HEADERS = ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"];
const VALUES = [
  [undefined, "3600", "soon"],
  [undefined, "0", "-1"],
  [undefined, "1795435200", '"never"'],
];

/** Rate limits with each of the three headers absent, present or invalid. */
const limited: TriedFault[] = Array.from({ length: 27 }, (_, n) => {
  const values = [n % 3, Math.floor(n / 3) % 3, Math.floor(n / 9)].map((which, i) => VALUES[i]?.[which]);
  const headers = Object.fromEntries(
    HEADERS.flatMap((name, i) => (values[i] === undefined ? [] : [[name, values[i]]])),
  );
  return { rule: { fault: "rate_limited", headers }, codes: ["rate_limit_exceeded"], passes: true };
});

const unreadable: TriedFault[] = [
  { rule: { fault: "truncated_json" }, codes: ["malformed_reply"] },
  ...either({ fault: "empty_body" as const }).map((rule) => ({ rule, codes: ["malformed_reply"] })),
  ...[null, "text", 7, [], { image: [], images: {}, action: 3, actions: "no", pricing: null }].map(
    (body) => ({
      rule: { fault: "wrong_type" as const, body },
      codes: ["malformed_reply"],
    }),
  ),
  ...either({ fault: "wrong_type" as const, body: {} }).map((rule) => ({ rule, codes: ["malformed_reply"] })),
  ...either({ fault: "huge_body" as const, bytes: TOO_LARGE_BYTES }).map((rule) => ({
    rule,
    codes: ["response_too_large"],
  })),
  ...[301, 302, 303, 307, 308]
    .flatMap((status) => either({ fault: "redirect" as const, status, location: "http://127.0.0.1:9/v1" }))
    .map((rule) => ({ rule, codes: ["redirected"] })),
  ...(["whole", "half"] as const).flatMap((part) =>
    [403, 422].map((status) => ({
      rule: { fault: "quote_token" as const, part, status },
      codes: ["forbidden"],
    })),
  ),
];

const broken: TriedFault[] = [
  ...either({ fault: "reset" as const }).map((rule) => ({ rule, codes: ["connection_lost"], passes: true })),
  { rule: { fault: "reset_in_body" }, codes: ["connection_lost"], passes: true },
  { rule: { fault: "connection_refused" }, codes: ["connection_refused", "connection_lost"], passes: true },
];

const LATE_MS = 60_000;
const waiting: TriedFault[] = [
  ...either({ fault: "no_answer" as const }),
  { fault: "slow_headers" as const, ms: LATE_MS },
  { fault: "slow_body" as const, ms: LATE_MS },
].map((rule) => ({ rule, codes: ["timed_out"], passes: true, waits: true }));

export const TRIED_FAULTS: TriedFault[] = [
  ...told,
  ...pages,
  ...limited,
  ...unreadable,
  ...broken,
  ...waiting,
];
