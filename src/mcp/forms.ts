/** Forms as the protocol has them (elicitation): how one gets to a client, and how its reply comes back. */

import { ResultSchema, type ServerRequest } from "@modelcontextprotocol/sdk/types.js";
import { FIELD, type FormChannel, type PendingForm } from "../call/person.ts";
import { isObject } from "../hcloud/errors.ts";
import type { Form } from "../view/form.ts";
import { withoutToken } from "./results.ts";
import type { Extra, Session } from "./session.ts";

/** The first version with `mode`, and with titles in `oneOf`. */
const TITLED_VERSION = "2025-11-25";

/** While a form is open, a client that asked for progress hears from the call so often, in ms. */
const PROGRESS_MS = 10_000;

/** The longest time that the SDK's timer takes, in ms: this file keeps the time itself. */
const NO_TIMEOUT_MS = 2 ** 31 - 1;

/** Whether the client declares that it shows forms. An empty object means them, as in the first version that had them. */
export function canShowForms({ clientCapabilities }: Extra): boolean {
  const { elicitation } = clientCapabilities ?? {};
  return isObject(elicitation) && (elicitation.form !== undefined || elicitation.url === undefined);
}

/** Returns null when the client is to show no form. `reportWait` gets progress. */
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
    const reply = isObject(replies) ? replies[FIELD] : undefined;
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
  // Tells the client to close the form.
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

/** The result of version 2026-07-28 with which the call ends, so that the client shows the form and calls again. */
export function createInputRequired({ form, state }: PendingForm, { client }: Session) {
  const params = toParams(form, TITLED_VERSION, client.redact);
  return {
    resultType: "input_required",
    inputRequests: { [FIELD]: { method: "elicitation/create", params } },
    requestState: state,
  };
}

/** One required choice without a default. */
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
        properties: { [FIELD]: { type: "string", title: "Your choice", ...choices } },
        required: [FIELD],
      },
    },
    redact,
  );
  return params;
}
