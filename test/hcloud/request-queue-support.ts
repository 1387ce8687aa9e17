/** RequestQueue on a clock that goes by the timers of the runtime, which are faked. */

import { afterEach, beforeEach, vi } from "vitest";
import type { Clock } from "../../src/hcloud/client.ts";
import { HcloudError } from "../../src/hcloud/errors.ts";
import { createRequestQueue, type Permit } from "../../src/hcloud/request-queue.ts";

/** For every test of the file that calls it. */
export function fakeTime(): void {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
}

export const timerClock: Clock = {
  now: () => Date.now(),
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

export const CALL_MS = 45_000;

/** RequestQueue, and a short way to ask for one: what became of it is on record by its name. */
export function start(atOnce = 16) {
  const turns = createRequestQueue(atOnce, timerClock);
  const granted: string[] = [];
  const refused: string[] = [];
  const held = new Map<string, Permit>();
  return {
    turns,
    granted,
    refused,
    ask(name: string, options: { ms?: number; signal?: AbortSignal; place?: number } = {}) {
      const { ms = CALL_MS, signal = new AbortController().signal, place = turns.arrive() } = options;
      const taken = turns.take({ place, signal, deadline: Date.now() + ms });
      taken.then(
        (turn) => {
          granted.push(name);
          held.set(name, turn);
        },
        (error) => refused.push(`${name}: ${error instanceof HcloudError ? error.code : error}`),
      );
    },
    /** Ends the request of this name; with an answer that says this of the bucket. */
    end(name: string, headers?: Record<string, string | string[]>, status = 200) {
      const turn = held.get(name);
      if (!turn) throw new Error(`${name} has no turn`);
      if (headers) turn.answered(status, headers);
      turn.end(false);
    },
  };
}

export const bucket = (limit: unknown, remaining: unknown) => ({
  "ratelimit-limit": String(limit),
  "ratelimit-remaining": String(remaining),
});

/** Lets promises settle; no time passes. */
export const settle = () => vi.advanceTimersByTimeAsync(0);
export const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
