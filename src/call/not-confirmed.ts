/** Results and errors of a gated call that was not confirmed: a preview with a code, a person's no, or a refusal. */

import { capitalize } from "../text.ts";
import type { Agreement, Loss } from "../tool.ts";
import { ToolError } from "../tool-error.ts";
import type { GatedCall } from "./gated-call.ts";
import { type Asked, type Person, whyUnanswered } from "./person.ts";

interface NotConfirmed {
  /** Why the code of the call is not accepted. */
  refused?: string | undefined;
  /** A form that nobody answered. */
  asked?: Asked | null;
}

/** Returns a preview with the code that confirms it. Throws {@link ToolError} when only a form can confirm. */
export function confirmationRequired(
  { words, warning, shown: { will, ...preview } }: Loss,
  agreement: Agreement,
  { work: { api, call }, person, recordOrAbort }: GatedCall,
  { refused, asked }: NotConfirmed,
): object {
  // A code that nobody sees must not displace another one.
  api.signal.throwIfAborted();
  const unanswered = asked && whyUnanswered(asked);
  if (unanswered && person.mode === "form") throw formUnanswered(unanswered);
  const consent = unanswered ? person.consentUnanswered() : undefined;
  recordOrAbort(refused ? "refused" : "preview", refused ? { reason: refused } : {});
  return {
    summary: [`Would ${will}`, warning && capitalize(warning.inSummary), "Nothing changed yet."]
      .filter(Boolean)
      .join(". "),
    status: "confirmation_required",
    ...(refused && { refused: `${refused} This is a fresh preview.` }),
    ...(unanswered && { unanswered }),
    preview: { ...(call.project && { project: call.project }), ...preview },
    ...call.codes.issue(words, { ...agreement, consent }),
    next: unanswered ? ASK_IN_CHAT : ASK,
  };
}

const ASK =
  "If the user has already agreed to exactly this, repeat the call with confirm; otherwise show it and ask.";
const ASK_IN_CHAT =
  "Show the preview to the user in the chat and ask; only after they agree, repeat the call with confirm.";

/** Returns the result for a person's no. */
export function declined({ answer }: Asked): object {
  const how = answer === "no" ? "The user chose to change nothing" : `The user ${answer} the form`;
  return {
    summary: `${how}. This call changed nothing.`,
    status: "declined",
    next: "Do not try again unless the user asks for it.",
  };
}

export function formUnavailable({ mode }: Person): ToolError {
  const why =
    mode === "form"
      ? "This server is set to ask the user by a form (HCLOUD_IMAGES_CONFIRM=form)"
      : "The user said no to a form in this session, so that this server asks by forms only";
  return new ToolError(
    "form_unavailable",
    `${why}, and this request comes without forms. Nothing was changed. Call from an MCP client that supports elicitation, or ask the user to restart the server.`,
  );
}

function formUnanswered(why: string): ToolError {
  return new ToolError(
    "form_unanswered",
    `${why} Nothing was changed: this server accepts nothing but the user's choice in a form (HCLOUD_IMAGES_CONFIRM=form). Ask the user whether they are there to answer, then call again.`,
  );
}

export function changedTooOften(forms: number): ToolError {
  return new ToolError(
    "conflict",
    `Another client changed the target each time while the user read the form, ${forms} times in a row. Nothing was changed. Ask the user, then call again.`,
  );
}
