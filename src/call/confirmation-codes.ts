/**
 * The gate's codes. A code is bound to one tool, its arguments, the state of the target as it was shown, and a time of
 * expiry. Nothing is kept but a key of this process and the codes already used.
 */

import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** How long a code is good, in milliseconds. */
export const CODE_LIFETIME = 10 * 60 * 1000;

/** A clock that is put right may run back this far, in milliseconds; beyond that no code is good any longer. */
const CLOCK_SLACK = 60 * 1000;

/**
 * Characters of each part. A refusal says which part does not fit, so they can be guessed one after the other: it is the
 * last and longest, 40 bits within ten minutes of its life, that keeps a guess from passing. A code guards against
 * accidents; whoever can guess one can ask for one.
 */
const ORIGIN = 3;
const ARGUMENTS = 4;
const STATE = 8;
const TAIL = ORIGIN + ARGUMENTS + STATE;

export interface Issued {
  confirm: string;
  /** RFC 3339, UTC. */
  expires_at: string;
}

/** What is to be confirmed; key order within it does not matter. */
export interface Bound {
  tool: string;
  input: unknown;
  state: unknown;
}

export class ConfirmationCodes {
  readonly #used = new Set<string>();
  readonly #clock: () => number;
  #key = randomBytes(32);
  #lastExpiry = 0;
  #latest = 0;

  /** `clock` tells the time in milliseconds. */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** The time; when it was set back, codes that would live longer for that, and used ones forgotten, are made void. */
  #now(): number {
    const now = this.#clock();
    if (now < this.#latest - CLOCK_SLACK) {
      this.#key = randomBytes(32);
      this.#latest = now;
      this.#lastExpiry = 0;
    }
    this.#latest = Math.max(this.#latest, now);
    return now;
  }

  issue(bound: Bound): Issued {
    // No two codes expire at the same millisecond, so that no two codes are equal.
    this.#lastExpiry = Math.max(this.#now() + CODE_LIFETIME, this.#lastExpiry + 1);
    const expiry = this.#lastExpiry;
    return { confirm: this.#code(expiry, bound), expires_at: new Date(expiry).toISOString() };
  }

  /** Null when the code is good, which uses it up; otherwise why it is refused, which does not. */
  redeem(code: string, bound: Bound): string | null {
    const refused = this.check(code, bound);
    if (refused === null) this.#used.add(code);
    return refused;
  }

  /** Null when the code is good, otherwise why it is not. */
  check(code: string, bound: Bound): string | null {
    const now = this.#now();
    const expiry = expiryOf(code);
    const expected = this.#code(Number.isSafeInteger(expiry) ? expiry : 0, bound);
    const origin = expected.length - TAIL + ORIGIN;
    if (!same(code.slice(0, origin), expected.slice(0, origin)) || code.length !== expected.length) {
      return "This code was not issued by this server since it was started.";
    }
    if (now >= expiry) return "This code has expired.";
    const argumentsEnd = origin + ARGUMENTS;
    if (!same(code.slice(origin, argumentsEnd), expected.slice(origin, argumentsEnd))) {
      return "This code was issued for another tool or other arguments.";
    }
    for (const used of this.#used) if (now >= expiryOf(used) + CLOCK_SLACK) this.#used.delete(used);
    if (this.#used.has(code)) return "This code has been used already.";
    return same(code, expected)
      ? null
      : "The target has changed since this code was shown, or the code is mistyped.";
  }

  /** Whether a code is of no more use, whatever it was bound to. */
  isSpent(code: string): boolean {
    return this.#now() >= expiryOf(code) || this.#used.has(code);
  }

  #code(expiry: number, { tool, input, state }: Bound): string {
    const origin = this.#mac(ORIGIN, expiry);
    const args = this.#mac(ARGUMENTS, expiry, tool, input);
    return `${expiry.toString(36)}-${origin}${args}${this.#mac(STATE, expiry, tool, input, state)}`;
  }

  /** `length` characters of an HMAC over the parts. */
  #mac(length: number, ...parts: unknown[]): string {
    const digest = createHmac("sha256", this.#key).update(canonicalJson(parts)).digest();
    return Array.from(digest.subarray(0, length), (byte) => (byte % 32).toString(32)).join("");
  }
}

function expiryOf(code: string): number {
  return Number.parseInt(code.slice(0, -TAIL - 1), 36);
}

/** A short digest of what was shown; key order within it does not matter. */
export function digest(state: unknown): string {
  return createHash("sha256").update(canonicalJson(state)).digest("base64url").slice(0, 22);
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** JSON in which the order of an object's keys makes no difference. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
