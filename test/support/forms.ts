/** The official 2.x client, which shows forms to a person, joined with our server in one process, on one fake clock. */

import { type Answer, type HarnessOptions, readAnswer, startServer } from "./harness.ts";
import { whileTimePasses } from "./idle-clock.ts";
import { createClient, ERAS, type Era, join } from "./joined-client.ts";

export { ERAS, type Era };

/** As the client gets it. */
export interface ShownForm {
  message: string;
  requestedSchema: { properties: Record<string, Choice>; required?: string[] };
  mode?: string;
}

interface Choice {
  oneOf?: { const: string; title: string }[];
  enum?: string[];
  enumNames?: string[];
}

export type FormReply = {
  action: "accept" | "decline" | "cancel";
  content?: Record<string, string | number | boolean | string[]> | undefined;
};

/** What a person does with a form, and how long they read it, in ms; null when nobody ever answers. */
export interface Act {
  reply: FormReply | "error" | null;
  ms: number;
}

/** The words of the options, the harmless one first. */
export function wordsOf({ requestedSchema }: ShownForm): string[] {
  const [choice] = Object.values(requestedSchema.properties);
  return choice?.oneOf?.map((option) => option.const) ?? choice?.enum ?? [];
}

const choose = (form: ShownForm, at: number): FormReply => ({
  action: "accept",
  content: { choice: wordsOf(form)[at] ?? "" },
});

/** How long a person reads a form, in ms. */
export const READING_MS = 5_000;
export const yes = (form: ShownForm, ms = READING_MS): Act => ({ reply: choose(form, 1), ms });
export const no = (form: ShownForm, ms = READING_MS): Act => ({ reply: choose(form, 0), ms });
/** A person who always chooses the one or the other option. */
export const agrees = (form: ShownForm): Act => yes(form);
export const keeps = (form: ShownForm): Act => no(form);
export const silent = (): Act => ({ reply: null, ms: 0 });

/** Lasts until the form is closed. */
function endless(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}

export interface FormOptions extends HarnessOptions {
  era?: Era;
  /** What the client declares; null for no forms. */
  elicitation?: { form?: Record<string, never>; url?: Record<string, never> } | null;
  /** What the person does; called with each form. */
  person?: (form: ShownForm, number: number) => Act | Promise<Act>;
}

export type FormHarness = Awaited<ReturnType<typeof startForms>>;

export async function startForms(options: FormOptions = {}) {
  const { era = "2025-11-25", elicitation = { form: {} }, ...rest } = options;
  const started = await startServer(rest);
  const { server, clock } = started;
  const forms: ShownForm[] = [];
  /** The numbers of the forms that the server closed, or that the client gave up. */
  const closed: number[] = [];
  const harness = { person: options.person ?? ((form: ShownForm) => yes(form)) };
  const client = createClient(era, elicitation === null ? {} : { elicitation });
  if (elicitation !== null) {
    client.setRequestHandler("elicitation/create", async ({ params }, { mcpReq: { signal } }) => {
      const form = params as unknown as ShownForm;
      const number = forms.push(form);
      signal.addEventListener("abort", () => closed.push(number));
      const { reply, ms } = await harness.person(form, number);
      if (ms > 0) await clock.sleep(ms, signal);
      if (reply === null) return endless(signal);
      if (reply === "error") throw new Error("the form cannot be shown");
      return reply as { action: "accept" };
    });
  }
  await join(client, server);

  type Call = [name: string, args: Record<string, unknown>];
  const begin = ([name, args]: Call, callOptions = {}) =>
    client.callTool({ name, arguments: args }, callOptions);
  return Object.assign(harness, {
    ...started,
    client,
    era,
    forms,
    closed,
    /** Calls a tool; time passes when nothing else is left to happen. */
    async call(name: string, args: Record<string, unknown> = {}, callOptions = {}): Promise<Answer> {
      return readAnswer(await whileTimePasses(started, begin([name, args], callOptions)));
    },
    /** Makes these calls at the same time. */
    async callAtOnce(...calls: Call[]): Promise<Answer[]> {
      const results = await whileTimePasses(started, Promise.all(calls.map((call) => begin(call))));
      return results.map(readAnswer);
    },
  });
}
