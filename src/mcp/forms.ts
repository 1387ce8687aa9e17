/** Forms in MCP (elicitation): sends a form to the MCP client, and reads the reply. */

import { ResultSchema, type ServerRequest } from "@modelcontextprotocol/sdk/types.js";
import { CHOICE_FIELD, type FormChannel, type PendingForm } from "../call/person.ts";
import { isObject } from "../json.ts";
import type { Form } from "../view/form.ts";
import { withoutToken } from "./results.ts";
import type { Extra, Session } from "./session.ts";

/** The first version of MCP with `mode`, and with titles in `oneOf`. */
const TITLED_VERSION = "2025-11-25";

/** The interval of progress while a form is open, in ms. */
const PROGRESS_MS = 10_000;

/** The longest time limit of the SDK's timer, in ms: this file has its own timer. */
const NO_TIMEOUT_MS = 2 ** 31 - 1;

/** Whether the MCP client declares that it shows forms; an empty object means so, as in the first version with forms. */
export function canShowForms({ clientCapabilities }: Extra): boolean {
  const { elicitation } = clientCapabilities ?? {};
  return isObject(elicitation) && (elicitation.form !== undefined || elicitation.url === undefined);
}

/** Returns the way to show a form; null when the MCP client must show none. `reportWait` sends progress. */
export function openChannel(
  session: Session,
  extra: Extra,
  reportWait: (message: string) => void,
): FormChannel | null {
  if (session.person.mode === "code" || !canShowForms(extra)) return null;
  const { retry } = extra;
  if (retry !== undefined) {
    const { inputResponses: replies, requestState: state } = retry;
    const isRetry = replies !== undefined || state !== undefined;
    const reply = isObject(replies) ? replies[CHOICE_FIELD] : undefined;
    return { show: null, brought: isRetry ? { state, reply } : null };
  }
  return { brought: null, show: (form, waitMs) => show(form, waitMs, session, extra, reportWait) };
}

async function show(
  form: Form,
  waitMs: number,
  { client }: Session,
  { sendRequest, signal, protocolVersion = "" }: Extra,
  reportWait: (message: string) => void,
): ReturnType<NonNullable<FormChannel["show"]>> {
  const request = { method: "elicitation/create", params: toParams(form, protocolVersion, client.redact) };
  const open = new AbortController();
  const timer = new AbortController();
  const close = () => {
    open.abort(signal.reason);
    timer.abort();
  };
  signal.addEventListener("abort", close);
  const options = { signal: open.signal, timeout: NO_TIMEOUT_MS };
  const reply = sendRequest(request as ServerRequest, ResultSchema, options).catch(() => "error" as const);
  const timeout = waitFor(waitMs).catch(() => "error" as const);
  const first = await Promise.race([reply, timeout]);
  signal.removeEventListener("abort", close);
  timer.abort();
  // The abort tells the MCP client to close the form.
  if (first === "timeout") open.abort("Nobody answered the form in time.");
  signal.throwIfAborted();
  return first;

  async function waitFor(ms: number): Promise<"timeout"> {
    for (let left = ms; left > 0; left -= PROGRESS_MS) {
      await client.clock.sleep(Math.min(left, PROGRESS_MS), timer.signal);
      reportWait("waiting for the user's choice in the form");
    }
    return "timeout";
  }
}

/** Returns the result that ends a call in version 2026-07-28: the MCP client shows the form, then calls again. */
export function createInputRequired({ form, state }: PendingForm, { client }: Session) {
  const params = toParams(form, TITLED_VERSION, client.redact);
  return {
    resultType: "input_required",
    inputRequests: { [CHOICE_FIELD]: { method: "elicitation/create", params } },
    requestState: state,
  };
}

/** Returns the params of a form: one required choice without a default. */
function toParams({ message, options }: Form, version: string, redact: (text: string) => string): object {
  const words = options.map(({ word }) => word);
  const isTitled = version >= TITLED_VERSION;
  const choices = isTitled
    ? { oneOf: options.map(({ word, title }) => ({ const: word, title })) }
    : { enum: words, enumNames: options.map(({ title }) => title) };
  const [params] = withoutToken(
    {
      ...(isTitled && { mode: "form" }),
      message,
      requestedSchema: {
        type: "object",
        properties: { [CHOICE_FIELD]: { type: "string", title: "Your choice", ...choices } },
        required: [CHOICE_FIELD],
      },
    },
    redact,
  );
  return params;
}
