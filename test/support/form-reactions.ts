/** Reactions to a form, and the outcome of a call with one of them in a version and a mode. */

import type { ConfirmMode } from "../../src/config/options.ts";
import { CODE_IN_TEXT } from "./answers.ts";
import {
  type Act,
  type Era,
  type FormHarness,
  type FormReply,
  no,
  READING_MS,
  type ShownForm,
  startForms,
  wordsOf,
  yes,
} from "./forms.ts";
import { type FormCase, IMAGES } from "./forms-cases.ts";
import type { Answer } from "./harness.ts";

/** What a person or an MCP client does with a form, and how the server must read that. */
export interface Reaction {
  what: string;
  act(form: ShownForm): Act;
  /** The answer in the audit. */
  answer: string;
  /** The time until the reaction, in ms. */
  ms: number;
}

const FAST_MS = 999;

const reacts = (
  what: string,
  answer: string,
  reply: (form: ShownForm) => Act["reply"],
  ms = READING_MS,
): Reaction => ({
  what,
  answer,
  ms,
  act: (form) => ({ reply: reply(form), ms }),
});
const accepts =
  (choice: (form: ShownForm) => string | number | boolean | string[]) =>
  (form: ShownForm): FormReply => ({
    action: "accept",
    content: { choice: choice(form) },
  });
const verb = (form: ShownForm) => wordsOf(form)[1] ?? "";
const capitalized = (form: ShownForm) => verb(form).charAt(0).toUpperCase() + verb(form).slice(1);
const titleOf = ({ requestedSchema: { properties } }: ShownForm): string => {
  const { oneOf, enumNames } = properties["choice"] ?? {};
  return oneOf?.[1]?.title ?? enumNames?.[1] ?? "";
};

export const YES = reacts("yes", "yes", (form) => yes(form).reply);
export const REFUSALS: Reaction[] = [
  reacts("keep", "no", (form) => no(form).reply),
  reacts("decline", "declined", () => ({ action: "decline" })),
  reacts("cancel", "cancelled", () => ({ action: "cancel" })),
];
/** Reactions that do not count as an answer. */
export const UNANSWERED: Reaction[] = [
  reacts("accept, without a choice", "no_choice", () => ({ action: "accept", content: {} })),
  reacts("accept, without content", "no_choice", () => ({ action: "accept" })),
  reacts("accept, content undefined", "no_choice", () => ({ action: "accept", content: undefined })),
  reacts("the word in another case", "no_choice", accepts(capitalized)),
  reacts("the title instead of the word", "no_choice", accepts(titleOf)),
  reacts(
    "true",
    "no_choice",
    accepts(() => true),
  ),
  reacts(
    "1",
    "no_choice",
    accepts(() => 1),
  ),
  reacts(
    "a list of the word",
    "no_choice",
    accepts((form) => [verb(form)]),
  ),
  reacts("the word in another field", "no_choice", (form) => ({
    action: "accept",
    content: { confirm: verb(form) },
  })),
  reacts("yes within a second", "too_fast", (form) => yes(form).reply, FAST_MS),
  reacts("no within a second", "too_fast", (form) => no(form).reply, FAST_MS),
  reacts("decline within a second", "too_fast", () => ({ action: "decline" }), FAST_MS),
  reacts("cancel within a second", "too_fast", () => ({ action: "cancel" }), FAST_MS),
  reacts("an error of the client", "error", () => "error"),
  reacts("no answer", "timeout", () => null, 0),
];

/** How long the server waits for the first form, in ms. */
const FIRST_WAIT_MS = 40_000;

export interface CellOutcome {
  writes: string[];
  /** The status of the result, or its error code. */
  status: unknown;
  forms: number;
  /** The audit's events after the preview. */
  audit: string[];
  hasCode: boolean;
  /** Whether the result says why no answer counted. */
  saysUnanswered: boolean;
}

/**
 * Makes the call in a new project and returns the outcome. In 2026-07-28, only the client can end the wait: the call is then
 * repeated after the time that the server waits in older versions, and a person agrees to a further form.
 */
export async function tryReaction(
  { tool, args }: FormCase,
  { act, answer }: Reaction,
  era: Era,
  confirm: ConfirmMode,
): Promise<CellOutcome> {
  const gaveUp = new AbortController();
  const harness = await startForms({ images: IMAGES, actionMs: 0, era, confirm });
  const { events, forms, clock } = harness;
  const called = await args(harness);
  if (forms.length > 0) throw new Error("a form was shown for a preview");
  events.length = 0;
  const isModern = era === "2026-07-28";
  harness.person = (form) => {
    // In this version the server does not wait, so only the client can cancel.
    if (isModern && answer === "timeout") queueMicrotask(() => gaveUp.abort("enough"));
    return act(form);
  };
  const result = harness.call(tool, called, { signal: gaveUp.signal });
  if (!isModern || !(answer === "timeout" || answer === "error")) return outcomeOf(harness, await result);
  await result.then(
    () => Promise.reject(new Error("the client did not give up")),
    () => undefined,
  );
  clock.pass(FIRST_WAIT_MS);
  harness.person = YES.act;
  return outcomeOf(harness, await harness.call(tool, called));
}

export function outcomeOf(harness: FormHarness, answer: Answer): CellOutcome {
  const { simulator, events, forms } = harness;
  const data = answer.isError ? {} : answer.data;
  const code = events.at(-1)?.["code"];
  return {
    writes: simulator
      .writes()
      .map(({ method, path, body }) => [method, path, body].filter(Boolean).join(" "))
      .sort(),
    status: answer.isError ? code : data["status"],
    forms: forms.length,
    audit: events.map(({ outcome, answer, after_ms, by, code }) =>
      [outcome, answer, after_ms, by, code].filter((part) => part !== undefined).join(" "),
    ),
    hasCode: CODE_IN_TEXT.test(answer.text),
    saysUnanswered: data["unanswered"] !== undefined,
  };
}
