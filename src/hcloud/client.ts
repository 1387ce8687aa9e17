/** One way out: every request to the Hetzner Cloud API is sent here, with one token over one pool of connections. */

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

export type { ApiResponse, Clock, HttpMethod as Method };
export { isLoopback };

export interface Limits extends TransportLimits {
  /** Permits at a time. */
  connections: number;
  /** How often a request is sent again. */
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

/** Characters of a path with its query, and of a body, beyond which servers refuse a request in ways of their own. */
const MAX_TARGET_CHARS = 8_000;
const MAX_BODY_CHARS = 200_000;
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
  /** From {@link Client.nextTicket}; behind all others when omitted. */
  ticket?: number;
  /** Sends under this permit, once, and leaves it to the caller; otherwise each request acquires its own. */
  permit?: Permit | undefined;
  /** The last moment at which the request may leave this machine; later it fails with `stale_read`. */
  notAfter?: number | undefined;
  /** How long a read is tried. Default {@link PATIENT}. */
  patience?: Patience;
  /** Called before each wait for a retry. */
  onRetry?: OnRetry | undefined;
}

/** What the `Date` header of a response says, in ms. */
interface ApiClock {
  /** Whole seconds. */
  now: number;
  /** Of the API's clock; negative when it is behind. */
  ahead: number;
}

export interface Client {
  nextTicket: RequestQueue["nextTicket"];
  /** Of the images that its calls change. */
  locks: ImageLocks;
  acquire: RequestQueue["acquire"];
  /**
   * Sends a request; without a permit of the caller a read is sent again where {@link mayRetryRead} allows. A change is sent
   * once. Throws {@link HcloudError}, or the signal's reason.
   */
  send(method: HttpMethod, path: string, options: SendOptions): Promise<ApiResponse>;
  /** How long to wait before retry number `retry` (from 0), in ms; null when it is not to be sent again before `deadline`. */
  retryDelay(retry: number, deadline: number): number | null;
  /** Takes every part of the token out of a text. */
  redact(text: string): string;
  clock: Clock;
  /** What the last response said of the project's rate limit; null before the first. */
  rateLimit: RequestQueue["rateLimit"];
  /** The time of the API's last response, and how far ahead of this machine's clock it was; null before the first. */
  apiClock(): ApiClock | null;
  /** Ends all connections at once. */
  close(): Promise<void>;
}

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
    const target = path + queryString(options.query);
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
        const wait = retry < patience.retries ? retryDelay(retry, giveUpAt) : null;
        if (wait === null || method !== "GET" || !mayRetryRead(error, retry)) throw fromApi ?? error;
        options.onRetry?.(error, wait);
        await clock.sleep(wait, signal);
      }
    }
  }

  function retryDelay(retry: number, deadline: number): number | null {
    const wait = backoffMs(retry, clock.random());
    return closed || retry >= limits.retries || clock.now() + wait >= deadline ? null : wait;
  }

  return {
    nextTicket: queue.nextTicket,
    locks: new ImageLocks(),
    acquire: queue.acquire,
    send,
    retryDelay,
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

/** Parameters that take several values are repeated, as the API wants them; undefined ones are omitted. */
function queryString(query: object = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query) as [string, QueryValue][]) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one));
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}
