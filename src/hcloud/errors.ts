/** The one error type of the Hetzner Cloud client: for refusals by the API, and for failures of the connection. */

import { isObject } from "../json.ts";
import { classifyError, isClientCode } from "./error-table.ts";

export interface InvalidField {
  name: string;
  messages: string[];
}

interface Details {
  /** The HTTP status, when there was a response. */
  status?: number | undefined;
  /** The API's `X-Correlation-Id`, for which Hetzner's support asks. */
  correlationId?: string | undefined;
  /** The invalid fields of `invalid_input`, and what is wrong with them. */
  fields?: InvalidField[];
  /** Whether the response had no error object of the API: a proxy or gateway answered. */
  notFromApi?: boolean;
  cause?: unknown;
}

/** The error of a request; what its code means is in error-table.ts. */
export class HcloudError extends Error {
  /** The error code of the API (`not_found`, `protected`, ...) or of this client. */
  readonly code: string;
  readonly status: number | undefined;
  readonly correlationId: string | undefined;
  readonly fields: InvalidField[];
  readonly notFromApi: boolean;
  /** The values that a change with an unknown outcome would have replaced, for its audit line. */
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
 * The error code of a status when the response has no error object of the API. 404 is omitted: a proxy answers 404 too, and an image
 * must not pass for deleted because of a proxy.
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
 * Returns the error of a response that is not a success. `body` is the parsed JSON or undefined; the message contains nothing of a
 * body that is not the API's error object.
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
 * Returns the error of a request without a usable response; `error` is what undici or the socket threw. A request that was written
 * to a connection may have arrived, whatever failed later.
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

/** Whether connecting failed: Node tries several addresses concurrently, and throws an error for each. */
function isConnectError(error: unknown): boolean {
  return error instanceof AggregateError || (isObject(error) && error["syscall"] === "connect");
}

/** Whether the proxy refused: undici has no error code for this. */
function isProxyRefusal(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("Proxy response");
}

function findErrorCode(error: unknown): string {
  if (error instanceof AggregateError) return findErrorCode(error.errors[0]);
  if (!isObject(error)) return "";
  if (typeof error["code"] === "string") return error["code"];
  return findErrorCode(error["cause"]);
}

/** Whether an image failed for a reason that fails every other image too. */
export function failsForEveryImage(error: unknown): boolean {
  return error instanceof HcloudError && classifyError(error).failsForEveryImage;
}

/** Whether the API said that there is no such image or action. A `not_found` with a 5xx status does not count. */
export function isNotFound(error: unknown): error is HcloudError {
  return (
    error instanceof HcloudError && error.code === "not_found" && classifyError(error).effect === "unchanged"
  );
}
