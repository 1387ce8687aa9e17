/** Makes requests to the simulated API fail, by the rules of a fault file. */

import type { ServerResponse } from "node:http";
import { findRoute, type SimulatorReply } from "./api.ts";
import type { FaultRule } from "./faults.ts";
import type { Intercept, RecordedRequest } from "./request.ts";

const HUGE_BODY_BYTES = 20_000_000;
const PAGE = "<!DOCTYPE html><html><body><h1>Bad Gateway</h1><p>nginx</p></body></html>";

/** A request that a rule makes fail. */
interface Hit {
  request: RecordedRequest;
  response: ServerResponse;
  /** Handles the request and returns the reply without the fault. */
  apply(): SimulatorReply;
}

/** Returns an intercept that makes matching requests fail by the first rule that still applies. `goDown` stops listening. */
export function injectFaults(rules: readonly FaultRule[], goDown: (ms?: number) => void): Intercept {
  const counted = rules.map((rule) => ({ rule, seen: 0 }));
  for (const { rule } of counted) if (rule.fault === "connection_refused" && !rule.skip) goDown(rule.ms);

  return (request, response, apply) => {
    let hit: FaultRule | undefined;
    for (const one of counted) {
      const { rule } = one;
      if (!matchesRule(rule, request)) continue;
      const over = ++one.seen - (rule.skip ?? 0);
      if (rule.fault !== "connection_refused") {
        if (over > 0 && over <= (rule.times ?? over)) hit ??= rule;
      } else if (over === 0) {
        // The next request must need a new connection.
        response.shouldKeepAlive = false;
        response.once("close", () => goDown(rule.ms));
      }
    }
    if (!hit) return undefined;
    spoil(hit, { request, response, apply });
    return "handled";
  };
}

function matchesRule({ method, path }: FaultRule, request: RecordedRequest): boolean {
  if (method !== undefined && method !== request.method) return false;
  return path === undefined || path === request.path || path === findRoute(request.path);
}

function spoil(rule: FaultRule, hit: Hit): void {
  const { response, request } = hit;
  if ("applied" in rule && rule.applied) hit.apply();
  switch (rule.fault) {
    case "status": {
      const { status, code = "server_error", message = "", body, headers } = rule;
      respond(response, status, body === undefined ? createErrorBody(code, message) : body, headers);
      break;
    }
    case "reset":
      response.socket?.resetAndDestroy();
      break;
    case "reset_in_body": {
      const { status, headers, text } = serializeReply(hit.apply());
      response.writeHead(status, { ...headers, "Content-Length": Buffer.byteLength(text) });
      response.write(cutInHalf(text), () => response.socket?.resetAndDestroy());
      break;
    }
    case "truncated_json": {
      const { status, headers, text } = serializeReply(hit.apply());
      respond(response, status, cutInHalf(text), headers);
      break;
    }
    case "html":
      respond(response, rule.status ?? 502, PAGE, { "Content-Type": "text/html" });
      break;
    case "empty_body":
      respond(response, 200, "");
      break;
    case "wrong_type":
      respond(response, 200, JSON.stringify(rule.body === undefined ? [] : rule.body));
      break;
    case "slow_headers":
      respondSlowly(response, rule.ms, hit.apply(), (text) => [text]);
      break;
    case "slow_body":
      respondSlowly(response, rule.ms, hit.apply(), (text) => [...text]);
      break;
    case "huge_body":
      respond(response, 200, { images: "x".repeat(rule.bytes ?? HUGE_BODY_BYTES) });
      break;
    case "redirect":
      respond(response, rule.status ?? 302, "", { Location: rule.location });
      break;
    case "rate_limited":
      respond(
        response,
        429,
        createErrorBody("rate_limit_exceeded", "limit of requests reached"),
        rule.headers,
      );
      break;
    case "quote_token": {
      const token = request.headers["authorization"]?.replace(/^Bearer +/i, "") ?? "";
      const quoted = rule.part === "half" ? cutInHalf(token) : token;
      respond(
        response,
        rule.status ?? 403,
        createErrorBody("forbidden", `the token ${quoted} may not do this`),
      );
      break;
    }
  }
}

const createErrorBody = (code: string, message: string) => ({ error: { code, message, details: null } });

const cutInHalf = (text: string) => text.slice(0, text.length >> 1);

/** Sends a string as it is, any other body as JSON. */
function respond(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(text);
}

/** Returns the reply as text. A reply without a body, as after a deletion, gets an empty object, which a fault can cut. */
function serializeReply({ status, headers, body }: SimulatorReply) {
  return { status: body === undefined ? 200 : status, headers, text: JSON.stringify(body ?? {}) };
}

/** Sends the reply in pieces, with `ms` milliseconds before each. */
function respondSlowly(
  response: ServerResponse,
  ms: number,
  { status, headers, body }: SimulatorReply,
  cut: (text: string) => string[],
): void {
  const left = body === undefined ? [""] : cut(JSON.stringify(body));
  response.writeHead(status, headers);
  if (left.length > 1) response.flushHeaders();
  const timer = setInterval(() => {
    response.write(left.shift() ?? "");
    if (left.length > 0) return;
    clearInterval(timer);
    response.end();
  }, ms);
  response.once("close", () => clearInterval(timer));
}
