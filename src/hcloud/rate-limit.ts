/** An estimate of how many requests the project's rate limit still allows, from what the API's responses say. */

import type { Clock } from "./clock.ts";

const HOUR_MS = 3_600_000;

/** What the API allows a project of the usual size, assumed until it says otherwise. */
const USUAL_LIMIT = 3600;

/** The longest wait for one more request, in ms, however slowly the API says that the limit refills. */
const MAX_REFILL_MS = 60_000;

export type ResponseHeaders = Record<string, string | string[] | undefined>;

/** What the last response said. */
export interface RateLimitState {
  /** Requests per hour, which is also the most that can be saved up. */
  limit: number;
  remaining: number;
}

/** A request that has left, from its sending to its end. */
export interface SentRequest {
  /** Takes in what the response says; before `end`, and only when there was a response. */
  answered(status: number, headers: ResponseHeaders): void;
  /** To be called once. A request without a response may have been counted by the API, unless it never left. */
  end(neverSent: boolean): void;
}

export class RateLimit {
  readonly #clock: Clock;
  /** Least that is left by the responses so far, with what was refilled since; fractions count. */
  #left = Number.POSITIVE_INFINITY;
  #leftAt: number;
  /** Requests that have a permit and have not left. */
  #reserved = 0;
  /** Requests that have left and have no response: the API may or may not have counted them. */
  #unanswered = 0;
  #sent = 0;
  /** Requests that ended without a word on what is left. */
  #lost = 0;
  state: RateLimitState | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#leftAt = clock.now();
  }

  get limit(): number {
    return this.state?.limit ?? USUAL_LIMIT;
  }

  /** Time in ms after which one more request is allowed. */
  get refillMs(): number {
    return Math.min(MAX_REFILL_MS, HOUR_MS / this.limit);
  }

  /** Requests that may be sent now, beside those that are reserved or without a response. */
  available(): number {
    this.#refill();
    return this.#left - this.#reserved - this.#unanswered;
  }

  /** Whether so many requests could not be sent before `deadline` even if all others had been counted already. */
  isHopeless(requests: number, deadline: number): boolean {
    this.#refill();
    return this.#clock.now() + (requests - this.#left) * this.refillMs >= deadline;
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
    // The clock of a computer can be set back.
    const refilled = Math.max(0, now - this.#leftAt) / this.refillMs;
    this.#left = Math.max(this.#left, Math.min(this.limit, this.#left + refilled));
    this.#leftAt = now;
  }
}

/** Null for headers that the API would not send. */
function parseRateLimit(headers: ResponseHeaders): RateLimitState | null {
  const [limit, remaining] = [headers["ratelimit-limit"], headers["ratelimit-remaining"]].map((value) =>
    typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : null,
  );
  return limit && remaining != null ? { limit, remaining } : null;
}
