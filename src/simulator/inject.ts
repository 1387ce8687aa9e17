/** Makes requests to the simulated API go wrong, by rules. */

import type { ServerResponse } from "node:http";
import { routeOf, type SimulatorReply } from "./api.ts";
import type { FaultRule } from "./faults.ts";
import type { Intercept, RecordedRequest } from "./http.ts";

const HUGE = 20_000_000;
const PAGE = "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1><p>nginx</p></body></html>";

/** One request that goes wrong. */
interface Hit {
  request: RecordedRequest;
  response: ServerResponse;
  /** Handles the request and returns the answer it should have had. */
  apply(): SimulatorReply;
}

/** An intercept that spoils what its rules fit; the first rule that still hits wins. `goDown` stops the listening. */
export function injectFaults(rules: readonly FaultRule[], goDown: (ms?: number) => void): Intercept {
  const counted = rules.map((rule) => ({ rule, seen: 0 }));
  for (const { rule } of counted) if (rule.fault === "connection_refused" && !rule.skip) goDown(rule.ms);

  return (request, response, apply) => {
    let hit: FaultRule | undefined;
    for (const one of counted) {
      const { rule } = one;
      if (!fits(rule, request)) continue;
      one.seen++;
      const { skip = 0, times = Number.POSITIVE_INFINITY } = rule;
      if (rule.fault === "connection_refused") {
        if (one.seen === skip) response.once("finish", () => goDown(rule.ms));
      } else if (!hit && one.seen > skip && one.seen <= skip + times) hit = rule;
    }
    if (!hit) return undefined;
    spoil(hit, { request, response, apply });
    return "handled";
  };
}

function fits({ method, path }: FaultRule, request: RecordedRequest): boolean {
  if (method !== undefined && method !== request.method) return false;
  return path === undefined || path === request.path || path === routeOf(request.path);
}

function spoil(rule: FaultRule, hit: Hit): void {
  const { response, request } = hit;
  /** The right answer; where it has no body, as of a deletion, some body. */
  const text = () => JSON.stringify(hit.apply().body ?? {});
  if ("applied" in rule && rule.applied) hit.apply();
  switch (rule.fault) {
    case "status": {
      const { status, code = "server_error", message = "", body, headers } = rule;
      answer(response, status, body ?? apiError(code, message), headers);
      break;
    }
    case "reset":
      response.socket?.resetAndDestroy();
      break;
    case "reset_in_body":
      response.writeHead(200, { "Content-Type": "application/json", "Content-Length": text().length });
      response.write(half(text()), () => response.socket?.resetAndDestroy());
      break;
    case "truncated_json":
      answer(response, 200, half(text()));
      break;
    case "html":
      answer(response, rule.status ?? 502, PAGE, { "Content-Type": "text/html" });
      break;
    case "empty_body":
      answer(response, 200, "");
      break;
    case "wrong_type":
      answer(response, 200, rule.body ?? []);
      break;
    case "slow_headers":
      slowly(response, rule.ms, hit.apply(), [text()]);
      break;
    case "slow_body":
      slowly(response, rule.ms, hit.apply(), text());
      break;
    case "huge_body":
      answer(response, 200, { images: "x".repeat(rule.bytes ?? HUGE) });
      break;
    case "redirect":
      answer(response, rule.status ?? 302, "", { Location: rule.location });
      break;
    case "rate_limited":
      answer(response, 429, apiError("rate_limit_exceeded", "limit of requests reached"), rule.headers);
      break;
    case "quote_token": {
      const token = request.headers["authorization"]?.replace(/^Bearer +/i, "") ?? "";
      const said = rule.part === "half" ? half(token) : token;
      answer(response, rule.status ?? 403, apiError("forbidden", `the token ${said} may not do this`));
      break;
    }
  }
}

const apiError = (code: string, message: string) => ({ error: { code, message, details: null } });

const half = (text: string) => text.slice(0, text.length >> 1);

/** A string is sent as it is, anything else as JSON. */
function answer(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(text);
}

/** Sends the pieces with so many milliseconds before each. */
function slowly(response: ServerResponse, ms: number, reply: SimulatorReply, pieces: Iterable<string>): void {
  const left = [...pieces];
  const isBodiless = reply.body === undefined;
  if (left.length > 1) response.writeHead(reply.status, reply.headers).flushHeaders();
  const timer = setInterval(() => {
    const piece = left.shift();
    if (!response.headersSent) response.writeHead(reply.status, reply.headers);
    if (piece !== undefined && !isBodiless) response.write(piece);
    if (left.length > 0) return;
    clearInterval(timer);
    response.end();
  }, ms);
  response.once("close", () => clearInterval(timer));
}
