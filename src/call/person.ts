/** Asks the person directly, by a form that the MCP client shows and that no argument of a tool can answer. */

import type { ConfirmMode } from "../config/options.ts";
import { isObject } from "../json.ts";
import type { BulkTargets, Consent } from "../tool.ts";
import { type Form, KEEP_OPTION } from "../view/form.ts";
import type { ConfirmationCodes } from "./confirmation-codes.ts";

/** The one field of a form. */
export const CHOICE_FIELD = "choice";

/** The way of a form to the client of one call, and of the reply back. */
export interface FormChannel {
  /**
   * Shows the form while the call waits. Resolves with the client's reply, or with why there is none. Null for a client that gets
   * the form as the result of the call, and then calls again.
   */
  show: ((form: Form, waitMs: number) => Promise<object | "error" | "timeout">) | null;
  /** The state and the reply that a repeated call brings; null for any other call. */
  brought: { state: unknown; reply: unknown } | null;
}

/** How a form ended. */
export type FormAnswer =
  | "yes"
  | "no"
  | "declined"
  | "cancelled"
  | "too_fast"
  | "no_choice"
  | "error"
  | "timeout"
  | "not_returned";

/** The answers of a person who chose to change nothing or closed the form. */
const NO: readonly FormAnswer[] = ["no", "declined", "cancelled"];

/** Why nobody answered a form, as a sentence. */
const UNANSWERED: Partial<Record<FormAnswer, string>> = {
  too_fast: "The MCP client answered the form within a second, before anybody can have read it.",
  no_choice: "The form came back without a choice.",
  error: "The MCP client did not show the form.",
  timeout: "Nobody answered the form in time.",
  not_returned: "The MCP client took a form for this call and did not come back with an answer.",
};

/** Shortest time, in ms, in which a person can read a form. */
const READING_MS = 1_000;

/** How long to wait for an answer, in ms: until the first one, nobody knows whether the client shows its forms to a person. */
const FIRST_WAIT_MS = 40_000;
const LATER_WAIT_MS = 5 * 60_000;

export interface Asked {
  answer: FormAnswer;
  /** The targets as the form showed them, without images when a code stores them. */
  shown: BulkTargets;
}

/** A form as the result of a call, which the client repeats with the answer and the state. */
export class PendingForm {
  readonly form: Form;
  readonly state: string;

  constructor(form: Form, state: string) {
    this.form = form;
    this.state = state;
  }
}

/** A call that asks by a form. */
export interface FormCall {
  channel: FormChannel;
  tool: string;
  /** A digest of all its arguments. */
  input: string;
  /** The word of the option that agrees, such as `delete`. */
  verb: string;
  record(outcome: string, more?: Record<string, unknown>): void;
  recordOrAbort(outcome: string, more?: Record<string, unknown>): void;
}

export interface PersonOptions {
  mode: ConfirmMode;
  codes: ConfirmationCodes;
  /** In ms. */
  now(): number;
}

/** The person of one session: how earlier forms ended counts for later calls. */
export class Person {
  readonly mode: ConfirmMode;
  readonly #codes: ConfirmationCodes;
  readonly #now: () => number;
  #hasAnswered = false;
  #noes = 0;

  constructor({ mode, codes, now }: PersonOptions) {
    this.mode = mode;
    this.#codes = codes;
    this.#now = now;
  }

  /** Whether no code is enough: by the settings, or after a no to a form, which a request without forms must not get around. */
  get isFormRequired(): boolean {
    return this.mode === "form" || (this.mode === "auto" && this.#noes > 0);
  }

  /** Returns the consent of a yes, which a later no ends. */
  consent(): Consent {
    return { noes: this.#noes };
  }

  /** Returns the consent that replaces an unanswered form; undefined once somebody has answered a form: then no code is enough. */
  consentUnanswered(): Consent | undefined {
    return this.#hasAnswered ? undefined : "unanswered";
  }

  /** Whether a code with this consent needs no form. */
  isConsentValid(consent: Consent | undefined): boolean {
    if (consent === "unanswered") return !this.#hasAnswered;
    return consent !== undefined && consent.noes === this.#noes;
  }

  /** Returns the answer that a repeated call brings; null when the call brings none that is valid for it. */
  takeAnswer(call: FormCall): Asked | null {
    const { channel, tool, input, verb } = call;
    const { brought } = channel;
    if (typeof brought?.state !== "string" || brought.reply === undefined) return null;
    const form = this.#codes.takeForm(brought.state, tool, input);
    const answer = this.#read(brought.reply, verb, form?.ageMs ?? Number.POSITIVE_INFINITY);
    // A no counts, however late it comes; a yes only once, and while the form is open.
    if (!form || !(form.isOpen || NO.includes(answer))) return null;
    recordAnswer(answer, form.ageMs, call);
    return { answer, shown: form.shown };
  }

  /**
   * Shows a form about images with these `ids`; `shown` is what the answer stands for. Resolves with the answer, or with the form as
   * the call's result for a client that shows it then.
   */
  async ask(
    form: Form,
    { ids, shown }: { ids: readonly number[]; shown: BulkTargets },
    call: FormCall,
  ): Promise<Asked | PendingForm> {
    const { channel, tool, input, verb } = call;
    // A call with an invalid answer comes from a client that does call again.
    const mayGiveUp = this.mode === "auto" && !this.#hasAnswered && !channel.show && !channel.brought;
    if (mayGiveUp && this.#codes.giveUpForms(tool, input, FIRST_WAIT_MS))
      return { answer: "not_returned", shown };
    call.recordOrAbort("asked", { ids });
    if (!channel.show) return new PendingForm(form, this.#codes.issueForm({ tool, input, shown }));
    const began = this.#now();
    const reply = await channel.show(form, this.#hasAnswered ? LATER_WAIT_MS : FIRST_WAIT_MS);
    const afterMs = this.#now() - began;
    const answer = typeof reply === "string" ? reply : this.#read(reply, verb, afterMs);
    recordAnswer(answer, afterMs, call);
    return { answer, shown };
  }

  #read(reply: unknown, verb: string, afterMs: number): FormAnswer {
    const answer = readReply(reply, verb);
    if (answer === "no_choice") return answer;
    if (afterMs < READING_MS) return "too_fast";
    this.#hasAnswered = true;
    if (NO.includes(answer)) this.#noes++;
    return answer;
  }
}

/** Records an answer. A no counts even when the audit file cannot be written. */
function recordAnswer(answer: FormAnswer, after_ms: number, { record, recordOrAbort }: FormCall): void {
  (NO.includes(answer) ? record : recordOrAbort)("answered", { answer, after_ms });
}

/** Returns the answer by the chosen value: an accepted form only says that there is a value. */
function readReply(reply: unknown, verb: string): FormAnswer {
  if (!isObject(reply)) return "no_choice";
  const { action, content } = reply;
  if (action === "decline") return "declined";
  if (action === "cancel") return "cancelled";
  const choice = action === "accept" && isObject(content) ? content[CHOICE_FIELD] : undefined;
  if (choice === KEEP_OPTION) return "no";
  return choice === verb ? "yes" : "no_choice";
}

export function isNo({ answer }: Asked): boolean {
  return NO.includes(answer);
}

/** Returns why nobody answered; undefined when somebody did. */
export function whyUnanswered({ answer }: Asked): string | undefined {
  return UNANSWERED[answer];
}
