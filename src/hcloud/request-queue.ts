/** Decides which request is sent next: a fixed number at a time, within the rate limit, in order of arrival. */

import type { Clock } from "./clock.ts";
import { HcloudError } from "./errors.ts";
import { RateLimit, type RateLimitState, type SentRequest } from "./rate-limit.ts";

interface QueuedRequest {
  /** A ticket from `nextTicket`, the same for all requests of a call: the lowest ticket is served first. */
  ticket: number;
  signal: AbortSignal;
  /** The last moment for a permit, in ms of the clock. */
  deadline: number;
  /** The number of requests of the permit, sent one after the other. Default 1. */
  requests?: number;
}

/** The right to send. A permit is one of the requests in flight, and its requests are reserved in the rate limit. */
export interface Permit {
  /** Records that a request leaves this machine. */
  markSent(): SentRequest;
  /** Releases the permit for the next request. Called once, when the last request has ended. */
  end(): void;
}

export interface RequestQueue {
  /** Returns a ticket behind all earlier ones. */
  nextTicket(): number;
  /**
   * Resolves when the request may be sent. Rejects with the signal's reason, or with `deadline_exceeded`: at the deadline, or
   * as soon as it is certain that the rate limit does not refill before the deadline.
   */
  acquire(request: QueuedRequest): Promise<Permit>;
  /** Returns the rate limit by the last response; null before the first. */
  rateLimit(): RateLimitState | null;
  /** Rejects all waiting and all later requests. */
  close(): void;
}

interface Waiting extends QueuedRequest {
  requests: number;
  go(): void;
  reject(error: unknown): void;
}

/** Returns a queue with at most `maxInFlight` permits at a time. */
export function createRequestQueue(maxInFlight: number, clock: Clock): RequestQueue {
  const rateLimit = new RateLimit(clock);
  /** The waiting requests in the order of their tickets. */
  const waiting: Waiting[] = [];
  let tickets = 0;
  let closed = false;
  let inFlight = 0;
  let sleeping: AbortController | null = null;

  /** Returns the requests to wait for: no more can remain than the limit of a project. */
  const needed = ({ requests }: Waiting) => Math.min(requests, rateLimit.limit);

  function advance(): void {
    while (waiting[0] && inFlight < maxInFlight && rateLimit.available() >= needed(waiting[0])) {
      const [first] = waiting;
      if (first.deadline > clock.now()) first.go();
      else first.reject(tooLateError());
    }
    rejectTooLate();
    sleeping?.abort();
    const [first] = waiting;
    if (first && rateLimit.available() < needed(first)) void sleep(first);
  }

  function rejectTooLate(): void {
    if (waiting.length === 0) return;
    // The clock is read once, not for each of what may be thousands.
    const earliest = rateLimit.forecast();
    let before = 0;
    for (const one of [...waiting]) {
      const requests = before + needed(one);
      if (earliest(requests) >= one.deadline) one.reject(usedUpError(rateLimit.refillMs));
      else before = requests;
    }
  }

  async function sleep(first: Waiting): Promise<void> {
    const waking = new AbortController();
    sleeping = waking;
    const ms = Math.ceil((needed(first) - rateLimit.available()) * rateLimit.refillMs);
    await clock.sleep(ms, waking.signal).catch(() => undefined);
    if (!waking.signal.aborted) advance();
  }

  function grant(requests: number): Permit {
    let unsent = requests;
    inFlight++;
    rateLimit.reserve(requests);
    const release = (count: number) => {
      unsent -= count;
      rateLimit.release(count);
    };
    return {
      markSent() {
        if (unsent > 0) release(1);
        const request = rateLimit.markSent();
        return {
          answered(status, headers) {
            request.answered(status, headers);
            advance();
          },
          end(neverSent) {
            request.end(neverSent);
            advance();
          },
        };
      },
      end() {
        release(unsent);
        inFlight--;
        advance();
      },
    };
  }

  return {
    nextTicket: () => ++tickets,
    rateLimit: () => rateLimit.state,

    acquire({ ticket, signal, deadline, requests = 1 }) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        if (closed) return reject(closedError());
        if (deadline <= clock.now()) return reject(tooLateError());
        const isFree = waiting.length === 0 && inFlight < maxInFlight;
        if (isFree && rateLimit.available() >= Math.min(requests, rateLimit.limit))
          return resolve(grant(requests));
        const leave = () => {
          clearTimeout(timer);
          signal.removeEventListener("abort", cancel);
          waiting.splice(waiting.indexOf(one), 1);
          if (waiting.length === 0) sleeping?.abort();
        };
        const one: Waiting = {
          ticket,
          signal,
          deadline,
          requests,
          go() {
            leave();
            resolve(grant(requests));
          },
          reject(error) {
            leave();
            reject(error);
          },
        };
        const cancel = () => one.reject(signal.reason);
        const timer = setTimeout(() => one.reject(tooLateError()), deadline - clock.now());
        signal.addEventListener("abort", cancel, { once: true });
        waiting.splice(waiting.findLastIndex((other) => other.ticket <= ticket) + 1, 0, one);
        advance();
      });
    },

    close() {
      closed = true;
      for (const one of [...waiting]) one.reject(closedError());
    },
  };
}

const tooLateError = () => deadlineExceededError("there was no time left to send the request");
const usedUpError = (ms: number) =>
  deadlineExceededError(
    `the project's requests are used up, one comes back every ${Math.ceil(ms / 1000)} s, and there was no time to wait`,
  );
const closedError = () => deadlineExceededError("the client was closed");

function deadlineExceededError(message: string): HcloudError {
  return new HcloudError("deadline_exceeded", message);
}
