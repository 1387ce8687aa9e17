/** Stores confirmation codes and states of forms: each is bound to a tool, arguments and what was shown, works once and expires. */

import { randomBytes } from "node:crypto";
import type { Clock } from "../hcloud/clock.ts";
import type { Agreement, BulkTargets, Codes, IssuedCode } from "../tool.ts";
import { MAX_WORDS_CHARS } from "../view/code-words.ts";

/** How long a code is valid, in ms. */
export const CODE_LIFETIME_MS = 60 * 60 * 1000;

/** How long the state of a form is valid, in ms. */
const FORM_LIFETIME_MS = 10 * 60 * 1000;

/** How far the clock may be set back, in ms, without voiding the codes that were issued before. */
const CLOCK_SLACK_MS = 60 * 1000;

/** Number of codes that are kept, and of images that all of them together cover. */
const MAX_CODES = 1_000;
const MAX_IMAGES = 20_000;

/** 32 characters, 5 random bits each; no two look alike. */
const ALPHABET = "23456789abcdefghijkmnpqrstuvwxyz";
const RANDOM_CHARS = 12;

/** Characters of a form's state: 130 bits. */
const STATE_CHARS = 26;

/** Characters that a client, a shell or a model may interpret, and blanks in a row, of which a client may show one. */
const HARMFUL = /[^A-Za-z0-9,._-]+/g;

interface Entry extends Agreement {
  /** Whether the entry is a form's state, which is never accepted as a code; nor is a code accepted as a state. */
  isForm: boolean;
  issued: number;
  isUsed: boolean;
  /** Digest of the operator's rules when the entry was issued. */
  digest: string | undefined;
}

/** A form that was shown, and how long ago in ms. */
export interface ShownForm extends Agreement {
  ageMs: number;
  /** Whether the form has not expired, was neither answered nor given up, and the operator's rules are the same. */
  isOpen: boolean;
}

const NOT_ISSUED =
  "This code was not issued by this server since it was started, is no longer kept, or is mistyped.";

/** The bounded store of codes and states, in memory only: a restart of the server voids all of them. */
export class ConfirmationCodes implements Codes {
  /** By code, the oldest first. */
  readonly #entries = new Map<string, Entry>();
  readonly #clock: Pick<Clock, "now" | "wall">;
  #latest = 0;

  readonly #redact: (text: string) => string;
  readonly #digest: () => string | undefined;

  /**
   * Codes age by `now` of the clock, and people read `wall`; `redact` removes the token from the words of a code; `digest` returns the digest of the
   * operator's rules: a code that was issued under other rules is void.
   */
  constructor(
    clock: Pick<Clock, "now" | "wall">,
    redact: (text: string) => string = (text) => text,
    digest: () => string | undefined = () => undefined,
  ) {
    this.#clock = clock;
    this.#redact = redact;
    this.#digest = digest;
  }

  /** Issues a code; `digest` is that of the rules under which the images were shown, by default the current ones. */
  issue(words: string, agreement: Agreement, digest = this.#digest()): IssuedCode {
    const issued = this.#time();
    const confirm = createCode(words, this.#redact);
    this.#keep(confirm, { ...agreement, isForm: false, issued, digest });
    return { confirm, expires_at: new Date(this.#clock.wall() + CODE_LIFETIME_MS).toISOString() };
  }

  find(code: string, tool: string): Agreement | string {
    const now = this.#time();
    const entry = this.#entries.get(code);
    if (!entry || entry.isForm) return NOT_ISSUED;
    if (now - entry.issued >= CODE_LIFETIME_MS) return "This code has expired.";
    if (entry.tool !== tool) return "This code was issued for another tool or other arguments.";
    if (entry.digest !== this.#digest())
      return "The operator's rules have changed since this code was issued.";
    return entry.isUsed ? "This code has been used already." : entry;
  }

  /** Uses up a code. Nothing may be awaited since {@link find} accepted the code. */
  redeem(code: string): void {
    const entry = this.#entries.get(code);
    if (entry) entry.isUsed = true;
  }

  /** Issues the state of a form, which the answer must bring back. */
  issueForm(agreement: Agreement): string {
    const state = randomText(STATE_CHARS);
    this.#keep(state, { ...agreement, isForm: true, issued: this.#time(), digest: this.#digest() });
    return state;
  }

  /** Uses up the state of a form. Returns null for a state of another tool or other arguments. */
  takeForm(state: string, tool: string, input: string): ShownForm | null {
    const now = this.#time();
    const entry = this.#entries.get(state);
    if (!entry?.isForm || !isFor(entry, tool, input)) return null;
    const ageMs = now - entry.issued;
    const isOpen = !entry.isUsed && ageMs < FORM_LIFETIME_MS && entry.digest === this.#digest();
    entry.isUsed = true;
    return { ...entry, ageMs, isOpen };
  }

  /**
   * Voids the forms for this tool and these arguments that were shown at least `ageMs` ago and never answered. Returns whether
   * there were any.
   */
  giveUpForms(tool: string, input: string, ageMs: number): boolean {
    const now = this.#time();
    const open = [...this.#entries.values()].filter(
      (entry) => entry.isForm && !entry.isUsed && isFor(entry, tool, input) && now - entry.issued >= ageMs,
    );
    for (const entry of open) entry.isUsed = true;
    return open.length > 0;
  }

  #keep(key: string, entry: Omit<Entry, "isUsed">): void {
    this.#entries.set(key, { ...entry, isUsed: false });
    this.#makeRoom();
  }

  /** Returns the time, which never runs back. A clock that was set back far voids all codes: none may live longer. */
  #time(): number {
    const now = this.#clock.now();
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
    let withImages = 0;
    const count = ({ shown }: Entry, sign: 1 | -1) => {
      images += sign * sizeOf(shown);
      withImages += sizeOf(shown) > 0 ? sign : 0;
    };
    for (const entry of entries.values()) count(entry, 1);
    // A single code is kept, however many images it covers.
    const isFull = () => entries.size > MAX_CODES || (images > MAX_IMAGES && withImages > 1);
    const inTurn = [...entries].sort(([, a], [, b]) => Number(b.isUsed) - Number(a.isUsed));
    for (const [code, entry] of inTurn) {
      if (!isFull()) return;
      entries.delete(code);
      count(entry, -1);
    }
  }
}

const sizeOf = ({ images, size = images.length }: BulkTargets) => size;

function isFor(entry: Entry, tool: string, input: string): boolean {
  return entry.tool === tool && entry.input === input;
}

function createCode(words: string, redact: (text: string) => string): string {
  const shown = redact(words).replaceAll(HARMFUL, " ").slice(0, MAX_WORDS_CHARS).trim();
  return `${shown} #${randomText(RANDOM_CHARS)}`;
}

function randomText(chars: number): string {
  return Array.from(randomBytes(chars), (byte) => ALPHABET.charAt(byte % 32)).join("");
}
