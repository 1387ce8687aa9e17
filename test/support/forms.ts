/** The official 2.x client with forms, connected to our server in one process, on one fake clock. */

import { type Answer, type HarnessOptions, readAnswer, startServer } from "./harness.ts";
import { whileTimePasses } from "./idle-clock.ts";
import { createClient, ERAS, type Era, join } from "./joined-client.ts";

export { ERAS, type Era };

/** A form as the MCP client receives it. */
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

/** A person's reply to a form and their reading time in ms; null if nobody answers. */
export interface Act {
  reply: FormReply | "error" | null;
  ms: number;
}

/** Returns the values of the options, the harmless one first. */
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
/** Persons who always choose the same option. */
export const agrees = (form: ShownForm): Act => yes(form);
export const keeps = (form: ShownForm): Act => no(form);
export const silent = (): Act => ({ reply: null, ms: 0 });

/** Returns a promise that rejects when the form is closed. */
function endless(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}

export interface FormOptions extends HarnessOptions {
  era?: Era;
  /** The capability that the client declares; null for no forms. */
  elicitation?: { form?: Record<string, never>; url?: Record<string, never> } | null;
  /** Called with each form and its number, from 1. */
  person?: (form: ShownForm, number: number) => Act | Promise<Act>;
}

export type FormHarness = Awaited<ReturnType<typeof startForms>>;

export async function startForms(options: FormOptions = {}) {
  const { era = "2025-11-25", elicitation = { form: {} }, ...rest } = options;
  const started = await startServer(rest);
  const { server, clock } = started;
  const forms: ShownForm[] = [];
  /** Numbers of the forms that the server closed or the client cancelled. */
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
    /** Calls a tool; time passes when nothing else can happen. */
    async call(name: string, args: Record<string, unknown> = {}, callOptions = {}): Promise<Answer> {
      return readAnswer(await whileTimePasses(started, begin([name, args], callOptions)));
    },
    /** Makes these calls concurrently. */
    async callAtOnce(...calls: Call[]): Promise<Answer[]> {
      const results = await whileTimePasses(started, Promise.all(calls.map((call) => begin(call))));
      return results.map(readAnswer);
    },
  });
}
