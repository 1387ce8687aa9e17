/** The one way out: sends every request to the Hetzner Cloud API, with one token over one pool of connections. */

import { type Clock, realClock } from "./clock.ts";
import { classifyError } from "./error-table.ts";
import { HcloudError } from "./errors.ts";
import { ImageLocks } from "./image-locks.ts";
import { createRedactor } from "./redact.ts";
import { createRequestQueue, type Permit, type RequestQueue } from "./request-queue.ts";
import { backoffMs, MAX_RETRIES, mayRetryRead, type OnRetry, PATIENT, type Patience } from "./retry.ts";
import {
  type ApiResponse,
  createTransport,
  type HttpMethod,
  isLoopback,
  type OutgoingRequest,
  type TransportLimits,
} from "./transport.ts";

export type { ApiResponse, Clock, HttpMethod };
export { isLoopback };

/** The limits of a client. */
export interface Limits extends TransportLimits {
  /** The number of permits at a time. */
  connections: number;
  /** Retries of a request. */
  retries: number;
}

const DEFAULT_LIMITS: Limits = {
  connectMs: 10_000,
  headersMs: 15_000,
  bodyMs: 15_000,
  attemptMs: 20_000,
  responseBytes: 10 * 1024 * 1024,
  connections: 16,
  retries: MAX_RETRIES,
};

/** Characters of a path with its query, and of a body: servers refuse longer ones without an error of the API. */
const MAX_TARGET_CHARS = 8_000;
const MAX_BODY_CHARS = 200_000;
const TOO_LARGE = "an address may have 8,000 characters, a body 200,000";

export interface ClientOptions {
  /** The base URL of all routes, such as `https://api.hetzner.cloud/v1`, without a slash at the end. */
  endpoint: string;
  /** The API token; with null, every request fails with `token_missing`, and nothing is sent. */
  token: string | null;
  userAgent: string;
  limits?: Partial<Limits>;
  clock?: Clock;
}

interface SendOptions {
  query?: object;
  body?: unknown;
  /** Cancels the request, which then rejects with the signal's reason. */
  signal: AbortSignal;
  /** The time at which the caller must have its response, in ms of the clock. */
  deadline: number;
  /** A ticket from {@link Client.nextTicket}. Default: a new one, behind all others. */
  ticket?: number;
  /** Sends once with this permit, which the caller ends. Default: each attempt acquires its own permit. */
  permit?: Permit | undefined;
  /** The last moment at which the request may leave this machine, in ms of the clock; later, it fails with `stale_read`. */
  notAfter?: number | undefined;
  /** The limits within which a read is tried. Default {@link PATIENT}. */
  patience?: Patience;
  /** Called before each wait for a retry. */
  onRetry?: OnRetry | undefined;
}

/** The API's clock by the `Date` header of a response, in ms. */
interface ApiClock {
  /** The time since the epoch, precise to a second. */
  now: number;
  /** The lead of the API's clock over this machine's; negative when the API's clock is behind. */
  ahead: number;
}

export interface Client {
  nextTicket: RequestQueue["nextTicket"];
  /** The locks of the images that calls change. */
  locks: ImageLocks;
  acquire: RequestQueue["acquire"];
  /**
   * Sends a request. A change and a request with the caller's permit are sent once, any other read again as {@link mayRetryRead}
   * allows. Throws {@link HcloudError}, or the signal's reason.
   */
  send(method: HttpMethod, path: string, options: SendOptions): Promise<ApiResponse>;
  /** Returns the wait before retry number `retry` (from 0), in ms; null when no retry can be sent before `deadline`. */
  getRetryDelay(retry: number, deadline: number): number | null;
  /** Returns the text without any part of the token. */
  redact(text: string): string;
  clock: Clock;
  /** Returns the project's rate limit by the last response; null before the first. */
  rateLimit: RequestQueue["rateLimit"];
  /** Returns the API's clock by the last response; null before the first. */
  apiClock(): ApiClock | null;
  /** Closes all connections immediately; requests in flight fail. */
  close(): Promise<void>;
}

/** Returns a client that connects with its first request. */
export function createClient(options: ClientOptions): Client {
  const { endpoint, token, userAgent, clock = realClock } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const redact = createRedactor(token);
  const transport = createTransport({ endpoint, token, userAgent, limits, clock, redact });
  const queue = createRequestQueue(limits.connections, clock);
  let closed = false;
  let apiClock: ApiClock | null = null;

  async function sendOnce(outgoing: OutgoingRequest, permit: Permit): Promise<ApiResponse> {
    let request: ReturnType<Permit["markSent"]> | undefined;
    let neverSent = false;
    try {
      return await transport.request(outgoing, {
        sent() {
          request = permit.markSent();
        },
        answered(status, headers) {
          request?.answered(status, headers);
          const date = Date.parse(String(headers["date"]));
          if (!Number.isNaN(date)) apiClock = { now: date, ahead: date - clock.wall() };
        },
      });
    } catch (error) {
      neverSent = error instanceof HcloudError && classifyError(error).effect === "not_sent";
      throw error;
    } finally {
      request?.end(neverSent);
    }
  }

  async function send(method: HttpMethod, path: string, options: SendOptions): Promise<ApiResponse> {
    const { signal, deadline, ticket = queue.nextTicket(), permit, notAfter, patience = PATIENT } = options;
    const target = path + buildQuery(options.query);
    const json = options.body === undefined ? null : JSON.stringify(options.body);
    const outgoing: OutgoingRequest = { method, target, json, signal, deadline, notAfter };
    if (token === null) throw new HcloudError("token_missing", "no API token is set");
    if (target.length > MAX_TARGET_CHARS || (json !== null && json.length > MAX_BODY_CHARS))
      throw new HcloudError("request_too_large", TOO_LARGE);
    if (permit) return sendOnce(outgoing, permit);

    // Last error from the API; reported when a later retry never leaves this machine.
    let fromApi: HcloudError | undefined;
    let giveUpAt = deadline;
    for (let retry = 0; ; retry++) {
      try {
        const ownPermit = await queue.acquire({ ticket, signal, deadline: giveUpAt });
        const now = clock.now();
        if (retry === 0) giveUpAt = Math.min(deadline, now + patience.totalMs);
        try {
          return await sendOnce(
            { ...outgoing, deadline: Math.min(giveUpAt, now + patience.attemptMs) },
            ownPermit,
          );
        } finally {
          ownPermit.end();
        }
      } catch (error) {
        if (!(error instanceof HcloudError)) throw error;
        if (classifyError(error).effect !== "not_sent") fromApi = error;
        const wait = retry < patience.retries ? getRetryDelay(retry, giveUpAt) : null;
        if (wait === null || method !== "GET" || !mayRetryRead(error, retry)) throw fromApi ?? error;
        options.onRetry?.(error, wait);
        await clock.sleep(wait, signal);
      }
    }
  }

  function getRetryDelay(retry: number, deadline: number): number | null {
    const wait = backoffMs(retry, clock.random());
    return closed || retry >= limits.retries || clock.now() + wait >= deadline ? null : wait;
  }

  return {
    nextTicket: queue.nextTicket,
    locks: new ImageLocks(),
    acquire: queue.acquire,
    send,
    getRetryDelay,
    redact,
    clock,
    rateLimit: queue.rateLimit,
    apiClock: () => apiClock,
    async close() {
      closed = true;
      queue.close();
      await transport.close();
    },
  };
}

type QueryValue = string | number | boolean | readonly (string | number)[] | undefined;

/** Returns a query in which a parameter with several values is repeated, as the API requires; undefined ones are omitted. */
function buildQuery(query: object = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query) as [string, QueryValue][]) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one));
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}
