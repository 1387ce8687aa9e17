/** Calls of version 2026-07-28 whose forms and states the test handles itself, as a hostile client could. */

import { expect } from "vitest";
import { READING_MS, type ShownForm, wordsOf } from "./forms.ts";
import { IMAGES } from "./forms-cases.ts";
import type { Answer, HarnessOptions } from "./harness.ts";
import { readAnswer, startHarness } from "./harness.ts";
import { ask, ENVELOPE, PREFIX } from "./modern.ts";

const withCapabilities = (capabilities: object) => ({
  ...ENVELOPE,
  [`${PREFIX}/clientCapabilities`]: capabilities,
});
const FORMS = withCapabilities({ elicitation: { form: {} } });
export const NO_FORMS = withCapabilities({});

export interface StateReply extends Answer {
  /** Undefined if the call returned its final result. */
  opened?: { state: string; form: ShownForm };
}

export type StateHarness = Awaited<ReturnType<typeof startStates>>;

type Args = Record<string, unknown>;

export async function startStates(options: HarnessOptions = {}) {
  const harness = await startHarness({ images: IMAGES, actionMs: 0, ...options });

  /** Calls a tool; `more` contains params such as `requestState`. */
  async function send(
    tool: string,
    args: Args,
    more: object = {},
    _meta: object = FORMS,
  ): Promise<StateReply> {
    const result = await ask(harness, "tools/call", { name: tool, arguments: args, ...more, _meta });
    if (result["resultType"] !== "input_required") return readAnswer(result);
    const { inputRequests, requestState } = result as unknown as {
      inputRequests: { choice: { params: ShownForm } };
      requestState: string;
    };
    return {
      text: JSON.stringify(result),
      isError: false,
      get data(): never {
        throw new Error("a form is open");
      },
      opened: { state: requestState, form: inputRequests.choice.params },
    };
  }

  return {
    ...harness,
    send,
    /** Calls a tool that opens a form, and lets a person read the form; throws if no form opens. */
    async open(tool: string, args: Args) {
      const form = formOf(await send(tool, args));
      harness.clock.pass(READING_MS);
      return form;
    },
    /** Returns the outcomes in the audit so far. */
    outcomes: () => harness.events.map(({ outcome }) => outcome),
  };
}

/** Returns the form that a call opened; throws if there is none. */
export function formOf({ opened, text }: StateReply) {
  if (!opened) throw new Error(`no form was opened: ${text}`);
  const [, verb = ""] = wordsOf(opened.form);
  return { ...opened, verb };
}

export const isDone = (reply: StateReply) =>
  !reply.opened && !reply.isError && reply.data["status"] === "done";

/** Returns params that answer a form with the option that agrees. */
export function agreeing({ state, verb }: { state: unknown; verb: string }) {
  return { inputResponses: { choice: accepting(verb) }, requestState: state };
}

export const accepting = (choice: unknown) => ({ action: "accept", content: { choice } });

/** Fails unless the reply is a form with a new state and nothing was changed. */
export function expectAskedAgain(
  { simulator }: StateHarness,
  reply: StateReply,
  states: ReadonlySet<unknown>,
): void {
  expect(simulator.writes()).toEqual([]);
  const { state } = formOf(reply);
  expect(states.has(state)).toBe(false);
}
