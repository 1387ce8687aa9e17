/** A RequestQueue on a clock that uses the runtime's fake timers. */

import { afterEach, beforeEach, vi } from "vitest";
import type { Clock } from "../../src/hcloud/client.ts";
import { HcloudError } from "../../src/hcloud/errors.ts";
import type { SentRequest } from "../../src/hcloud/rate-limit.ts";
import { createRequestQueue, type Permit } from "../../src/hcloud/request-queue.ts";
import { CALL_MS } from "./cloud.ts";

/** Installs fake timers for every test of the calling file. */
export function useFakeTime(): void {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
}

export const timerClock: Clock = {
  now: () => Date.now(),
  wall: () => Date.now(),
  random: () => 0.5,
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    }),
};

interface Asking {
  ms?: number;
  signal?: AbortSignal;
  ticket?: number;
  requests?: number;
}

type Headers = Record<string, string | string[]>;

/** Creates a queue; `ask` requests a permit by name, and the lists record the outcomes. */
export function startQueue(maxInFlight = 16) {
  const queue = createRequestQueue(maxInFlight, timerClock);
  const granted: string[] = [];
  const rejected: string[] = [];
  const permits = new Map<string, Permit>();
  const sent = new Map<string, SentRequest>();
  const permitOf = (name: string) => {
    const permit = permits.get(name);
    if (!permit) throw new Error(`${name} has no permit`);
    return permit;
  };
  return {
    queue,
    granted,
    rejected,
    permitOf,
    /** Requests a permit; a permit for one request sends immediately. */
    ask(name: string, options: Asking = {}) {
      const { ms = CALL_MS, signal = new AbortController().signal, requests = 1 } = options;
      const { ticket = queue.nextTicket() } = options;
      queue.acquire({ ticket, signal, deadline: Date.now() + ms, requests }).then(
        (permit) => {
          granted.push(name);
          permits.set(name, permit);
          if (requests === 1) sent.set(name, permit.markSent());
        },
        (error) => rejected.push(`${name}: ${error instanceof HcloudError ? error.code : error}`),
      );
    },
    /** Sends a request with the permit, which gets a response immediately. */
    sendAndAnswer(name: string, headers: Headers) {
      const request = permitOf(name).markSent();
      request.answered(200, headers);
      request.end(false);
    },
    /** Ends the only request of this name and its permit, with these headers as its response. */
    end(name: string, headers?: Headers, status = 200) {
      const permit = permitOf(name);
      if (headers) sent.get(name)?.answered(status, headers);
      sent.get(name)?.end(false);
      permit.end();
    },
  };
}

export const rateLimit = (limit: unknown, remaining: unknown) => ({
  "ratelimit-limit": String(limit),
  "ratelimit-remaining": String(remaining),
});

/** Settles promises without passing time. */
export const settle = () => vi.advanceTimersByTimeAsync(0);
export const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
