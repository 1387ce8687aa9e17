/** The person, asked directly: by a form that the MCP client shows, which no argument of a tool can answer. */

import type { ConfirmMode } from "../config/options.ts";
import { isObject } from "../hcloud/errors.ts";
import type { Image } from "../hcloud/types.ts";
import type { Consent } from "../tool.ts";
import { type Form, KEEP_OPTION } from "../view/form.ts";
import type { ConfirmationCodes } from "./confirmation-codes.ts";

/** The one field of a form. */
export const CHOICE_FIELD = "choice";

/** How a form gets to the client of one call, and its reply back. */
export interface FormChannel {
  /**
   * Shows the form while the call waits; null for a client to which a call answers with the form, and which then calls again.
   * Resolves with the client's reply, or with why there is none.
   */
  show: ((form: Form, waitMs: number) => Promise<object | "error" | "timeout">) | null;
  /** What a call that is made again brought along; null for any other call. */
  brought: { state: unknown; reply: unknown } | null;
}

/** What became of a form. */
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

/** A person chose to keep everything, or closed the form. */
const NO: readonly FormAnswer[] = ["no", "declined", "cancelled"];

/** What became of a form that nobody answered, in a sentence. */
const UNANSWERED: Partial<Record<FormAnswer, string>> = {
  too_fast: "The MCP client answered the form within a second, before anybody can have read it.",
  no_choice: "The form came back without a choice.",
  error: "The MCP client did not show the form.",
  timeout: "Nobody answered the form in time.",
  not_returned: "The MCP client took a form for this call and did not come back with an answer.",
};

/** Nobody reads a form faster, in ms. */
const READING_MS = 1_000;

/** Whether a client shows its forms to anybody is not known before an answer: for so long, in ms, the first one is waited for. */
const FIRST_WAIT_MS = 40_000;
const LATER_WAIT_MS = 5 * 60_000;

export interface Asked {
  answer: FormAnswer;
  /** The targets as the form showed them, unless a code keeps them. */
  images: readonly Image[];
}

/** The call ends with this form, and is made again with its answer and state. */
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
  /** The word of the option that agrees. */
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

/** Of one session: what the forms of earlier calls say of the client counts for later ones. */
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

  /** No code is enough: so it is set, or the user has said no to a form, which no request without forms gets around. */
  get wantsForms(): boolean {
    return this.mode === "form" || (this.mode === "auto" && this.#noes > 0);
  }

  /** After a yes. A later no ends it. */
  consent(): Consent {
    return { noes: this.#noes };
  }

  /** After a form that nobody answered. Once somebody has answered one, the client shows them to a person: no code is enough. */
  consentUnanswered(): Consent | undefined {
    return this.#hasAnswered ? undefined : "unanswered";
  }

  isConsentValid(consent: Consent | undefined): boolean {
    if (consent === "unanswered") return !this.#hasAnswered;
    return consent !== undefined && consent.noes === this.#noes;
  }

  /** The answer that a call brought along; null when it brought none, or none that is valid for it. */
  takeAnswer(call: FormCall): Asked | null {
    const { channel, tool, input, verb } = call;
    const { brought } = channel;
    if (typeof brought?.state !== "string" || brought.reply === undefined) return null;
    const form = this.#codes.takeForm(brought.state, tool, input);
    const answer = this.#read(brought.reply, verb, form?.ageMs ?? Number.POSITIVE_INFINITY);
    // A no counts, however late it comes; a yes only once, and while the form is open.
    if (!form || !(form.isOpen || NO.includes(answer))) return null;
    recordAnswer(answer, form.ageMs, call);
    return { answer, images: form.shown.images };
  }

  /**
   * Shows a form about images with these `ids`; `shown` is what the answer is to be compared with. Resolves with what became of
   * the form, or with what the call has to end with so that the client shows it.
   */
  async ask(
    form: Form,
    { ids, shown }: { ids: readonly number[]; shown: readonly Image[] },
    call: FormCall,
  ): Promise<Asked | PendingForm> {
    const { channel, tool, input, verb } = call;
    // A call with an answer that is not valid comes from a client that does come back.
    const mayGiveUp = this.mode === "auto" && !this.#hasAnswered && !channel.show && !channel.brought;
    if (mayGiveUp && this.#codes.giveUpForms(tool, input, FIRST_WAIT_MS))
      return { answer: "not_returned", images: shown };
    call.recordOrAbort("asked", { ids });
    if (!channel.show)
      return new PendingForm(form, this.#codes.issueForm({ tool, input, shown: { images: shown } }));
    const began = this.#now();
    const reply = await channel.show(form, this.#hasAnswered ? LATER_WAIT_MS : FIRST_WAIT_MS);
    const afterMs = this.#now() - began;
    const answer = typeof reply === "string" ? reply : this.#read(reply, verb, afterMs);
    recordAnswer(answer, afterMs, call);
    return { answer, images: shown };
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

/** A no counts even when it cannot be written down. */
function recordAnswer(answer: FormAnswer, after_ms: number, { record, recordOrAbort }: FormCall): void {
  (NO.includes(answer) ? record : recordOrAbort)("answered", { answer, after_ms });
}

/** Decides by the value that was chosen: an accepted form says only that there is one. */
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

/** Why nobody was asked; undefined when somebody answered. */
export function whyUnanswered({ answer }: Asked): string | undefined {
  return UNANSWERED[answer];
}
