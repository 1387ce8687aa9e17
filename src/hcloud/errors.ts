/** The one error type of the Hetzner Cloud client: what the API refused, and what failed on the way to it. */

import { classifyError, isClientCode } from "./error-table.ts";

export interface InvalidField {
  name: string;
  messages: string[];
}

interface Details {
  /** HTTP status, where there was an answer. */
  status?: number | undefined;
  /** The API's `X-Correlation-Id`, the handle its support asks for. */
  correlationId?: string | undefined;
  /** Of `invalid_input`: which fields, and what about them. */
  fields?: InvalidField[];
  /** True when no error body of the API came with the status: a proxy or gateway answered. */
  notFromApi?: boolean;
  cause?: unknown;
}

export class HcloudError extends Error {
  /** A code of the API (`not_found`, `protected`, ...) or of this client. */
  readonly code: string;
  readonly status: number | undefined;
  readonly correlationId: string | undefined;
  readonly fields: InvalidField[];
  readonly notFromApi: boolean;
  /** What a change would have replaced of which nobody knows whether it was made; for the audit line. */
  previous: object | undefined;

  constructor(code: string, message: string, details: Details = {}) {
    super(message, { cause: details.cause });
    this.name = "HcloudError";
    this.code = code;
    this.status = details.status;
    this.correlationId = details.correlationId;
    this.fields = details.fields ?? [];
    this.notFromApi = details.notFromApi ?? false;
  }
}

/**
 * What a status means when no error body of the API says it. 404 is not among them: whatever stands in front of the API
 * answers it too, and an image must not pass for deleted because of that.
 */
const CODE_BY_STATUS: Record<number, string> = {
  400: "json_error",
  401: "unauthorized",
  403: "forbidden",
  405: "method_not_allowed",
  409: "conflict",
  410: "deprecated_api_endpoint",
  412: "resource_unavailable",
  422: "invalid_input",
  423: "locked",
  429: "rate_limit_exceeded",
  500: "server_error",
  502: "bad_gateway",
  503: "unavailable",
  504: "timeout",
};

/**
 * The error of an answer that is not a success. `body` is the parsed JSON or undefined; nothing of a body that is not
 * the API's error object reaches the message.
 */
export function errorFromResponse(
  status: number,
  body: unknown,
  correlationId: string | undefined,
): HcloudError {
  if (status >= 300 && status < 400) {
    return new HcloudError("redirected", "the answer was a redirect, which is never followed", {
      status,
      correlationId,
    });
  }
  const error = isObject(body) && isObject(body["error"]) ? body["error"] : undefined;
  const code = error?.["code"];
  if (!error || typeof code !== "string" || !/^[a-z][a-z0-9_]{0,63}$/.test(code) || isClientCode(code)) {
    const known = CODE_BY_STATUS[status] ?? (status >= 500 ? "server_error" : `http_${status}`);
    return new HcloudError(known, `HTTP ${status} without an error of the API`, {
      status,
      correlationId,
      notFromApi: true,
    });
  }
  const message = typeof error["message"] === "string" ? error["message"] : "";
  return new HcloudError(code, message, {
    status,
    correlationId,
    fields: parseInvalidFields(error["details"]),
  });
}

function parseInvalidFields(details: unknown): InvalidField[] {
  if (!isObject(details) || !Array.isArray(details["fields"])) return [];
  return details["fields"].filter(isObject).map(({ name, messages }) => ({
    name: typeof name === "string" ? name : "",
    messages: Array.isArray(messages) ? messages.filter((message) => typeof message === "string") : [],
  }));
}

const TLS_ERROR_CODE =
  /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO|UND_ERR_PRX_TLS|HOSTNAME_MISMATCH)/;

/**
 * The error of a request without a usable response; `error` is what undici or the socket threw. A request that was written to
 * a connection may have arrived, whatever broke then.
 */
export function errorFromTransport(error: unknown, isWritten = false): HcloudError {
  const code = findErrorCode(error);
  const make = (own: string, message: string) => new HcloudError(own, message, { cause: error });
  if (!isWritten && code === "ECONNREFUSED") return make("connection_refused", "the connection was refused");
  if (isProxyRefusal(error)) return make("proxy_failed", "the proxy refused to connect to the API");
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return make("dns_failed", "the host name could not be resolved");
  if (!isWritten && TLS_ERROR_CODE.test(code))
    return make("tls_failed", `no trusted TLS connection (${code})`);
  if (code === "UND_ERR_CONNECT_TIMEOUT" || isConnectError(error)) {
    return make("connection_refused", "no connection could be made");
  }
  if (/TIMEOUT$|^ETIMEDOUT$/.test(code)) return make("timed_out", "no complete answer came in time");
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") return make("response_too_large", "the answer was too large");
  return make("connection_lost", "the connection broke before the answer was complete");
}

/** Connecting tries several addresses at once, and fails with an error for each. */
function isConnectError(error: unknown): boolean {
  return error instanceof AggregateError || (isObject(error) && error["syscall"] === "connect");
}

/** undici has no code of its own for this. */
function isProxyRefusal(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("Proxy response");
}

function findErrorCode(error: unknown): string {
  if (error instanceof AggregateError) return findErrorCode(error.errors[0]);
  if (!isObject(error)) return "";
  if (typeof error["code"] === "string") return error["code"];
  return findErrorCode(error["cause"]);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether an image failed for a reason that would fail every other image too. */
export function failsForEveryImage(error: unknown): boolean {
  return error instanceof HcloudError && classifyError(error).failsForEveryImage;
}

/** Whether the API said that there is no such image or action; while it fails (5xx) it is not believed. */
export function isNotFound(error: unknown): error is HcloudError {
  return (
    error instanceof HcloudError && error.code === "not_found" && classifyError(error).effect === "unchanged"
  );
}
