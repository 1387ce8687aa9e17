/** Sends one request over HTTP and reads its response; knows the token, the limits of time and size, and nothing of retries. */

import { setImmediate as nextTurn } from "node:timers/promises";
import type { Dispatcher } from "undici";
import type { Clock } from "./clock.ts";
import { errorFromResponse, errorFromTransport, HcloudError } from "./errors.ts";
import { exchange } from "./exchange.ts";
import type { ResponseHeaders } from "./rate-limit.ts";

export type HttpMethod = "GET" | "PUT" | "POST" | "DELETE";

/** Milliseconds, and bytes for `responseBytes`. */
export interface TransportLimits {
  connectMs: number;
  headersMs: number;
  bodyMs: number;
  attemptMs: number;
  responseBytes: number;
}

export interface TransportOptions {
  /** Base of all routes, such as `https://api.hetzner.cloud/v1`. */
  endpoint: string;
  token: string | null;
  userAgent: string;
  limits: TransportLimits;
  clock: Clock;
  redact(text: string): string;
}

/** A request as it is sent, however often. */
export interface OutgoingRequest {
  method: HttpMethod;
  /** Path and query below the endpoint. */
  target: string;
  /** JSON, null for none. */
  json: string | null;
  /** Cancels: the request is aborted and the signal's reason thrown. */
  signal: AbortSignal;
  /** When the caller has to have its answer, in the clock's milliseconds. */
  deadline: number;
  /** The last moment at which it may be written to a connection, which may have to be made first. */
  notAfter: number | undefined;
}

/** A successful response. `body` is parsed JSON, and null for 204. */
export interface ApiResponse {
  status: number;
  body: unknown;
  correlationId: string | undefined;
  /** When the request left, in the clock's milliseconds. */
  sentAt: number;
}

/** What the caller learns of a request on its way. */
interface Events {
  sent(): void;
  answered(status: number, headers: ResponseHeaders): void;
}

export interface Transport {
  /** Throws {@link HcloudError}, or the signal's reason. */
  request(outgoing: OutgoingRequest, events: Events): Promise<ApiResponse>;
  /** Ends all connections at once. */
  close(): Promise<void>;
}

export function createTransport(options: TransportOptions): Transport {
  const { endpoint, token, userAgent, limits, clock, redact } = options;
  const base = new URL(endpoint);
  const basePath = base.pathname.replace(/\/+$/, "");
  const headers = { authorization: `Bearer ${token}`, "user-agent": userAgent, accept: "application/json" };
  let loading: Promise<Dispatcher> | undefined;

  // undici takes long to load: it waits for the first call.
  async function load(): Promise<Dispatcher> {
    const { Agent, EnvHttpProxyAgent } = await import("undici");
    const settings = {
      connect: { timeout: limits.connectMs },
      headersTimeout: limits.headersMs,
      bodyTimeout: limits.bodyMs,
      maxResponseSize: limits.responseBytes,
      // No limit of connections: a change that has its permit must not wait for other requests.
    };
    // A proxy is never asked for this machine itself: the simulator lives there.
    if (isLoopback(base.hostname)) return new Agent(settings);
    try {
      return new EnvHttpProxyAgent(settings);
    } catch {
      loading = undefined;
      // The cause would quote the variable, which may hold a password.
      throw new HcloudError("proxy_failed", "HTTPS_PROXY or HTTP_PROXY is not a URL of a proxy");
    }
  }

  async function request(outgoing: OutgoingRequest, events: Events): Promise<ApiResponse> {
    loading ??= load();
    const dispatcher = await loading;
    const { method, target, json, signal, deadline, notAfter } = outgoing;
    // In the next turn of the event loop the connection of the read before is free again.
    if (notAfter !== undefined) await nextTurn();
    // It may have been cancelled while it waited.
    signal.throwIfAborted();
    events.sent();
    const sentAt = clock.now();
    let isWritten = false;
    let isExpired = false;
    const { response, stop } = exchange(
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
      return { ...readResponse(status, headers["x-correlation-id"], text), sentAt };
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

  function readResponse(status: number, header: string | string[] | undefined, text: string) {
    const correlationId =
      typeof header === "string" && /^[\w-]{1,64}$/.test(header) ? redact(header) : undefined;
    if (status === 204) return { status, body: null, correlationId };
    const success = status >= 200 && status < 300;
    let body: unknown;
    try {
      body = JSON.parse(success ? text : redact(text));
    } catch {
      if (success) {
        const message = text === "" ? "the answer was empty" : "the answer was not JSON";
        // Without its cause, which would quote the response, and with it perhaps the token.
        throw new HcloudError("malformed_reply", message, { status, correlationId });
      }
    }
    if (!success) throw errorFromResponse(status, body, correlationId);
    return { status, body, correlationId };
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

export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
