/** One way out: every request to the Hetzner Cloud API is sent here, with one token over one pool of connections. */

import type { Dispatcher } from "undici";
import { type Clock, realClock } from "./clock.ts";
import { errorFromResponse, errorFromTransport, HcloudError } from "./errors.ts";
import { redactor } from "./redact.ts";
import { createRequestQueue, type RequestQueue } from "./request-queue.ts";
import { backoffMs, isInDoubt, MAX_RETRIES, mayRetry, wasNeverSent } from "./retry.ts";

export type { Clock };

export type Method = "GET" | "PUT" | "POST" | "DELETE";
type QueryValue = string | number | boolean | readonly (string | number)[] | undefined;

/** Milliseconds, bytes for `replyBytes`, and how often a request is sent again for `retries`. */
export interface Limits {
  connect: number;
  headers: number;
  body: number;
  attempt: number;
  replyBytes: number;
  connections: number;
  retries: number;
}

const DEFAULT_LIMITS: Limits = {
  connect: 10_000,
  headers: 15_000,
  body: 15_000,
  attempt: 20_000,
  replyBytes: 10 * 1024 * 1024,
  connections: 16,
  retries: MAX_RETRIES,
};

/** Characters of a path with its query, and of a body, beyond which servers refuse a request in ways of their own. */
const MAX_TARGET = 8_000;
const MAX_BODY = 200_000;
const TOO_LARGE = "an address may have 8,000 characters, a body 200,000";

export interface ClientOptions {
  /** Base of all routes, such as `https://api.hetzner.cloud/v1`, without a slash at the end. */
  endpoint: string;
  /** Null: every request fails with the code `token_missing`, and nothing is sent. */
  token: string | null;
  userAgent: string;
  limits?: Partial<Limits>;
  clock?: Clock;
}

interface SendOptions {
  query?: object;
  body?: unknown;
  /** Cancels: the request is aborted and the signal's reason thrown. */
  signal: AbortSignal;
  /** When the caller has to have its answer, in the clock's milliseconds. */
  deadline: number;
  /** Awaited before the request is sent again; what it throws ends the sending. */
  beforeRetry?: (() => Promise<void>) | undefined;
  /** From {@link Client.arrive}; behind all others when left out. */
  place?: number;
}

/** A request as it goes out, however often. */
interface Outgoing extends SendOptions {
  method: Method;
  /** Path and query below the endpoint. */
  target: string;
  /** JSON, null for none. */
  text: string | null;
  place: number;
}

/** A successful answer. `body` is parsed JSON, and null for 204. */
export interface Reply {
  status: number;
  body: unknown;
  correlationId: string | undefined;
}

export type Read = (path: string, query?: object) => Promise<Reply>;
export type Write = (
  method: Method,
  path: string,
  body?: unknown,
  beforeRetry?: () => Promise<void>,
) => Promise<Reply>;

/** What the `Date` header of a response says, in ms. */
export interface ApiClock {
  /** Whole seconds. */
  now: number;
  /** Of the API's clock; negative when it is behind. */
  ahead: number;
}

export interface Client {
  /** The place of a call that has come in: requests are sent in the order of their calls. */
  arrive: RequestQueue["arrive"];
  /** Sends and, where {@link mayRetry} allows, sends again. Throws {@link HcloudError}, or the signal's reason. */
  send(method: Method, path: string, options: SendOptions): Promise<Reply>;
  /** Takes every part of the token out of a text. */
  redact(text: string): string;
  clock: Clock;
  /** What the last answer said of the project's bucket of requests; null before the first. */
  bucket: RequestQueue["bucket"];
  /** The time of the API's last response, and how far ahead of this machine's clock it was; null before the first. */
  apiClock(): ApiClock | null;
  /** Ends all connections at once. */
  close(): Promise<void>;
}

export function createClient(options: ClientOptions): Client {
  const { endpoint, token, userAgent, clock = realClock } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const redact = redactor(token);
  const base = new URL(endpoint);
  const basePath = base.pathname.replace(/\/+$/, "");
  let closed = false;
  let loading: Promise<Dispatcher> | undefined;
  let apiClock: ApiClock | null = null;
  const turns = createRequestQueue(limits.connections, clock);

  // undici takes 80 ms to load: it waits for the first call.
  async function load(): Promise<Dispatcher> {
    const { Agent, EnvHttpProxyAgent } = await import("undici");
    const settings = {
      connect: { timeout: limits.connect },
      headersTimeout: limits.headers,
      bodyTimeout: limits.body,
      maxResponseSize: limits.replyBytes,
      connections: limits.connections,
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

  async function attempt(request: Outgoing): Promise<Reply> {
    loading ??= load();
    const dispatcher = await loading;
    const { method, target, text: json, signal, deadline } = request;
    const turn = await turns.take(request);
    const time = Math.min(limits.attempt, deadline - clock.now());
    const expiry = new AbortController();
    const timer = setTimeout(() => expiry.abort(new Error("timeout")), time);
    const cancel = () => expiry.abort(signal.reason);
    signal.addEventListener("abort", cancel, { once: true });
    let neverSent = false;
    try {
      // It can have been cancelled between the turn and here.
      signal.throwIfAborted();
      const response = await dispatcher.request({
        origin: base.origin,
        path: basePath + target,
        method,
        headers: {
          authorization: `Bearer ${token}`,
          "user-agent": userAgent,
          accept: "application/json",
          ...(json === null ? {} : { "content-type": "application/json" }),
        },
        body: json,
        signal: expiry.signal,
      });
      turn.answered(response.statusCode, response.headers);
      const date = Date.parse(String(response.headers["date"]));
      if (!Number.isNaN(date)) apiClock = { now: date, ahead: date - clock.now() };
      const text = await response.body.text();
      return readReply(response.statusCode, response.headers["x-correlation-id"], text);
    } catch (error) {
      if (error instanceof HcloudError) throw error;
      if (signal.aborted) throw signal.reason;
      if (expiry.signal.aborted) throw new HcloudError("timed_out", "no complete answer came in time");
      const failure = errorFromTransport(error);
      neverSent = wasNeverSent(failure);
      throw failure;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", cancel);
      turn.end(neverSent);
    }
  }

  function readReply(status: number, header: string | string[] | undefined, text: string): Reply {
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
        // Without its cause, which would quote the answer, and with it perhaps the token.
        throw new HcloudError("malformed_reply", message, { status, correlationId });
      }
    }
    if (!success) throw errorFromResponse(status, body, correlationId);
    return { status, body, correlationId };
  }

  async function send(method: Method, path: string, options: SendOptions): Promise<Reply> {
    const target = path + queryString(options.query);
    const text = options.body === undefined ? null : JSON.stringify(options.body);
    const request: Outgoing = { place: turns.arrive(), ...options, method, target, text };
    if (token === null) throw new HcloudError("token_missing", "no API token is set");
    if (target.length > MAX_TARGET || (text !== null && text.length > MAX_BODY))
      throw new HcloudError("request_too_large", TOO_LARGE);
    // What the API last answered; a later try that never left says nothing about the request.
    let answered: HcloudError | undefined;
    for (let retry = 0; ; retry++) {
      try {
        return await attempt(request);
      } catch (error) {
        if (!(error instanceof HcloudError)) throw error;
        if (!wasNeverSent(error)) answered = error;
        const wait = backoffMs(retry, clock.random());
        const isLast = closed || retry >= limits.retries || clock.now() + wait >= options.deadline;
        if (!mayRetry(method, error, retry) || isLast) throw answered ?? error;
        await clock.sleep(wait, options.signal);
        await options.beforeRetry?.().catch((look) => {
          // It is the look that failed: the request was refused, and that is all there is to say of it.
          throw look instanceof HcloudError && (isInDoubt(look) || wasNeverSent(look)) ? error : look;
        });
      }
    }
  }

  return {
    arrive: turns.arrive,
    send,
    redact,
    clock,
    bucket: turns.bucket,
    apiClock: () => apiClock,
    async close() {
      closed = true;
      turns.close();
      const dispatcher = await loading?.catch(() => undefined);
      await dispatcher?.destroy();
    },
  };
}

/** Parameters that take several values are repeated, as the API wants them; undefined ones are left out. */
function queryString(query: object = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query) as [string, QueryValue][]) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one));
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}

export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
