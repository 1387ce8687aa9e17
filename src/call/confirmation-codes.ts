/** Confirmation codes: each stands for one tool, its arguments and what was shown, works once, and expires. */

import { randomBytes } from "node:crypto";
import type { Agreement, BulkTargets, Codes, IssuedCode } from "../tool.ts";
import { MAX_WORDS_CHARS } from "../view/code-words.ts";

/** How long a code is valid, in ms. */
export const CODE_LIFETIME_MS = 60 * 60 * 1000;

/** How far the clock may be set back, in ms, without voiding the codes that were issued before. */
const CLOCK_SLACK_MS = 60 * 1000;

/** Codes that are kept at a time, and images that all of them together stand for. */
const MAX_CODES = 1_000;
const MAX_IMAGES = 20_000;

/** 32 of them, so that each stands for 5 random bits; none looks like another. */
const ALPHABET = "23456789abcdefghijkmnpqrstuvwxyz";
const RANDOM_CHARS = 12;

/** What a client, a shell or a model may take for more than text, and blanks in a row, of which a client may show one. */
const HARMFUL = /[^A-Za-z0-9,._-]+/g;

interface Entry extends Agreement {
  issued: number;
  isUsed: boolean;
}

const NOT_ISSUED =
  "This code was not issued by this server since it was started, is no longer kept, or is mistyped.";

export class ConfirmationCodes implements Codes {
  /** By code, the oldest first. */
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;
  #latest = 0;

  readonly #redact: (text: string) => string;

  /** `now` tells the time in milliseconds; `redact` takes the token out of the words of a code. */
  constructor(now: () => number, redact: (text: string) => string = (text) => text) {
    this.#now = now;
    this.#redact = redact;
  }

  issue(words: string, agreement: Agreement): IssuedCode {
    const issued = this.#time();
    const confirm = codeOf(words, this.#redact);
    this.#entries.set(confirm, { ...agreement, issued, isUsed: false });
    this.#makeRoom();
    return { confirm, expires_at: new Date(issued + CODE_LIFETIME_MS).toISOString() };
  }

  find(code: string, tool: string): Agreement | string {
    const now = this.#time();
    const entry = this.#entries.get(code);
    if (!entry) return NOT_ISSUED;
    if (now - entry.issued >= CODE_LIFETIME_MS) return "This code has expired.";
    if (entry.tool !== tool) return "This code was issued for another tool or other arguments.";
    return entry.isUsed ? "This code has been used already." : entry;
  }

  /** Uses up a code that {@link find} accepts in the same turn of the event loop. */
  redeem(code: string): void {
    const entry = this.#entries.get(code);
    if (entry) entry.isUsed = true;
  }

  /** The time, which never runs back. When the clock was set back far, no code may live longer for that: all are void. */
  #time(): number {
    const now = this.#now();
    if (now < this.#latest - CLOCK_SLACK_MS) {
      this.#entries.clear();
      this.#latest = now;
    }
    this.#latest = Math.max(this.#latest, now);
    return this.#latest;
  }

  /** While there are too many codes, forgets used ones, then the oldest: expired ones are older than valid ones. */
  #makeRoom(): void {
    const entries = this.#entries;
    let images = 0;
    for (const { shown } of entries.values()) images += sizeOf(shown);
    // One code is kept for any number of images.
    const isFull = () => entries.size > MAX_CODES || (images > MAX_IMAGES && entries.size > 1);
    const inTurn = [...entries].sort(([, a], [, b]) => Number(b.isUsed) - Number(a.isUsed));
    for (const [code, { shown }] of inTurn) {
      if (!isFull()) return;
      entries.delete(code);
      images -= sizeOf(shown);
    }
  }
}

const sizeOf = ({ images, size = images.length }: BulkTargets) => size;

function codeOf(words: string, redact: (text: string) => string): string {
  const random = Array.from(randomBytes(RANDOM_CHARS), (byte) => ALPHABET.charAt(byte % 32)).join("");
  return `${redact(words).replaceAll(HARMFUL, " ").slice(0, MAX_WORDS_CHARS).trim()} #${random}`;
}
