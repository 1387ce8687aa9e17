/** Sends one request over HTTP and reads its response. Knows the token and the limits of time and size, but no retries. */

import { setImmediate as nextTurn } from "node:timers/promises";
import type { Dispatcher } from "undici";
import type { Clock } from "./clock.ts";
import { errorFromResponse, errorFromTransport, HcloudError } from "./errors.ts";
import { startExchange } from "./exchange.ts";
import type { ResponseHeaders } from "./rate-limit.ts";

export type HttpMethod = "GET" | "PUT" | "POST" | "DELETE";

/** The time limits of a request, and the size limit of a response. */
export interface TransportLimits {
  connectMs: number;
  headersMs: number;
  bodyMs: number;
  attemptMs: number;
  responseBytes: number;
}

export interface TransportOptions {
  /** The base URL of all routes, such as `https://api.hetzner.cloud/v1`. */
  endpoint: string;
  token: string | null;
  userAgent: string;
  limits: TransportLimits;
  clock: Clock;
  redact(text: string): string;
}

/** A request, the same for every attempt. */
export interface OutgoingRequest {
  method: HttpMethod;
  /** Path and query below the endpoint. */
  target: string;
  /** The body as JSON; null for no body. */
  json: string | null;
  /** Cancels the request, which then rejects with the signal's reason. */
  signal: AbortSignal;
  /** The time at which the caller must have its response, in ms of the clock. */
  deadline: number;
  /** The last moment at which the request may be written to a connection, in ms of the clock: connecting takes time. */
  notAfter: number | undefined;
}

/** A successful response. `body` is parsed JSON, and null for 204. */
export interface ApiResponse {
  status: number;
  body: unknown;
  correlationId: string | undefined;
  /** The time at which the request left, in ms of the clock. */
  sentAt: number;
}

/** The events of a request in flight. */
interface Events {
  sent(): void;
  answered(status: number, headers: ResponseHeaders): void;
}

export interface Transport {
  /** Returns a successful response. Throws {@link HcloudError}, or the signal's reason. */
  request(outgoing: OutgoingRequest, events: Events): Promise<ApiResponse>;
  /** Closes all connections immediately; requests in flight fail. */
  close(): Promise<void>;
}

/** Returns a transport to the host of `endpoint`, through the proxy that the environment sets. */
export function createTransport(options: TransportOptions): Transport {
  const { endpoint, token, userAgent, limits, clock, redact } = options;
  const base = new URL(endpoint);
  const basePath = base.pathname.replace(/\/+$/, "");
  const headers = { authorization: `Bearer ${token}`, "user-agent": userAgent, accept: "application/json" };
  let loading: Promise<Dispatcher> | undefined;

  // undici takes long to load, so the first request loads it.
  async function load(): Promise<Dispatcher> {
    const { Agent, EnvHttpProxyAgent } = await import("undici");
    const settings = {
      connect: { timeout: limits.connectMs },
      headersTimeout: limits.headersMs,
      bodyTimeout: limits.bodyMs,
      maxResponseSize: limits.responseBytes,
      // Connections have no limit: a change with a permit must not wait for other requests.
    };
    // A proxy is never asked for this machine itself: the simulator lives there.
    if (isLoopback(base.hostname)) return new Agent(settings);
    try {
      return new EnvHttpProxyAgent(settings);
    } catch {
      loading = undefined;
      // The cause would quote the variable, which may contain a password.
      throw new HcloudError("proxy_failed", "HTTPS_PROXY or HTTP_PROXY is not a URL of a proxy");
    }
  }

  async function request(outgoing: OutgoingRequest, events: Events): Promise<ApiResponse> {
    loading ??= load();
    const dispatcher = await loading;
    const { method, target, json, signal, deadline, notAfter } = outgoing;
    // In the next turn of the event loop, the connection of the previous read is free again.
    if (notAfter !== undefined) await nextTurn();
    // The call may have been cancelled during the wait.
    signal.throwIfAborted();
    events.sent();
    const sentAt = clock.now();
    let isWritten = false;
    let isExpired = false;
    const { response, stop } = startExchange(
      dispatcher,
      {
        origin: base.origin,
        path: basePath + target,
        method,
        headers: json === null ? headers : { ...headers, "content-type": "application/json" },
        body: json,
      },
      {
        start() {
          if (notAfter !== undefined && clock.now() > notAfter) throw new HcloudError("stale_read", STALE);
          isWritten = true;
        },
        answered: events.answered,
      },
    );
    const timer = setTimeout(
      () => {
        isExpired = true;
        stop(new Error("timeout"));
      },
      Math.min(limits.attemptMs, deadline - sentAt),
    );
    const cancel = () => stop(signal.reason);
    signal.addEventListener("abort", cancel, { once: true });
    try {
      const { status, headers, text } = await response;
      return readResponse(status, headers["x-correlation-id"], text, sentAt);
    } catch (error) {
      if (error instanceof HcloudError) throw error;
      if (signal.aborted) throw signal.reason;
      if (isExpired && isWritten) throw new HcloudError("timed_out", "no complete answer came in time");
      if (isExpired) throw new HcloudError("connection_refused", "no connection was ready in time");
      throw errorFromTransport(error, isWritten);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", cancel);
    }
  }

  function readResponse(
    status: number,
    header: string | string[] | undefined,
    text: string,
    sentAt: number,
  ): ApiResponse {
    const correlationId =
      typeof header === "string" && /^[\w-]{1,64}$/.test(header) ? redact(header) : undefined;
    if (status === 204) return { status, body: null, correlationId, sentAt };
    const success = status >= 200 && status < 300;
    let body: unknown;
    try {
      body = JSON.parse(success ? text : redact(text));
    } catch {
      if (success) {
        const message = text === "" ? "the answer was empty" : "the answer was not JSON";
        // A cause would quote the response, which may contain the token.
        throw new HcloudError("malformed_reply", message, { status, correlationId });
      }
    }
    if (!success) throw errorFromResponse(status, body, correlationId);
    return { status, body, correlationId, sentAt };
  }

  return {
    request,
    async close() {
      const dispatcher = await loading?.catch(() => undefined);
      await dispatcher?.destroy();
    },
  };
}

const STALE = "no connection was ready within a second of the last read";

/** Whether the host name is this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
