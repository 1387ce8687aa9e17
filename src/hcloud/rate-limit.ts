/** Estimates how many requests the project's rate limit still allows, from the headers of the API's responses. */

import type { Clock } from "./clock.ts";

const HOUR_MS = 3_600_000;

/** Requests per hour that the API allows a usual project; assumed until a response states the limit. */
const USUAL_LIMIT = 3600;

/** The longest wait for one more request, in ms, however slowly the limit refills by the headers. */
const MAX_REFILL_MS = 60_000;

export type ResponseHeaders = Record<string, string | string[] | undefined>;

/** The rate limit by the last response. */
export interface RateLimitState {
  /** Requests per hour, and the most requests that can remain. */
  limit: number;
  remaining: number;
}

/** A request that has left this machine, until its end. */
export interface SentRequest {
  /** Reads the headers of the response. Called before `end`, and only when there was a response. */
  answered(status: number, headers: ResponseHeaders): void;
  /** Called once. A request without a response counts, unless it never left: the API may have counted it. */
  end(neverSent: boolean): void;
}

/** The estimate for one project. */
export class RateLimit {
  readonly #clock: Clock;
  /** The smallest number of remaining requests by the responses so far, plus the refill since then; fractions count. */
  #left = Number.POSITIVE_INFINITY;
  #leftAt: number;
  /** Requests with a permit that have not left. */
  #reserved = 0;
  /** Requests that have left and have no response yet: the API may have counted them. */
  #unanswered = 0;
  #sent = 0;
  /** Requests that ended without a response that states the remaining requests. */
  #lost = 0;
  state: RateLimitState | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#leftAt = clock.now();
  }

  get limit(): number {
    return this.state?.limit ?? USUAL_LIMIT;
  }

  /** The time after which one more request is allowed, in ms. */
  get refillMs(): number {
    return Math.min(MAX_REFILL_MS, HOUR_MS / this.limit);
  }

  /** Returns how many requests may be sent now, without those that are reserved or have no response yet. */
  available(): number {
    this.#refill();
    return this.#left - this.#reserved - this.#unanswered;
  }

  /** Returns the time from which so many requests may have been sent, if the API has already counted all others. */
  forecast(): (requests: number) => number {
    this.#refill();
    const [now, left, refillMs] = [this.#leftAt, this.#left, this.refillMs];
    return (requests) => now + (requests - left) * refillMs;
  }

  reserve(requests: number): void {
    this.#reserved += requests;
  }

  release(requests: number): void {
    this.#reserved -= requests;
  }

  markSent(): SentRequest {
    const [othersBefore, lostBefore, number] = [this.#unanswered, this.#lost, ++this.#sent];
    this.#unanswered++;
    let isCounted = false;
    const count = (said: RateLimitState | null) => {
      isCounted = true;
      this.#unanswered--;
      this.#refill();
      if (said === null) {
        this.#lost++;
        this.#left = Math.max(0, this.#left - 1);
        return;
      }
      this.state = said;
      // Responses arrive out of order: only a request that ran alone may raise the estimate.
      const ranAlone = othersBefore === 0 && this.#sent === number;
      const sure = Math.max(0, said.remaining - (this.#lost - lostBefore));
      this.#left = ranAlone ? sure : Math.min(this.#left, sure);
    };
    return {
      answered: (status, headers) => {
        count(parseRateLimit(headers));
        if (status === 429) this.#left = 0;
      },
      end: (neverSent) => {
        if (isCounted) return;
        if (neverSent) this.#unanswered--;
        else count(null);
      },
    };
  }

  #refill(): void {
    const now = this.#clock.now();
    // A clock can be set back.
    const refilled = Math.max(0, now - this.#leftAt) / this.refillMs;
    this.#left = Math.max(this.#left, Math.min(this.limit, this.#left + refilled));
    this.#leftAt = now;
  }
}

/** Returns the rate limit; null for headers that the API does not send. */
function parseRateLimit(headers: ResponseHeaders): RateLimitState | null {
  const [limit, remaining] = [headers["ratelimit-limit"], headers["ratelimit-remaining"]].map((value) =>
    typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : null,
  );
  return limit && remaining != null ? { limit, remaining } : null;
}
