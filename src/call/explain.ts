/** Explains every error to a model and its user: what happened, what was changed, what to do next. */

import { classifyError } from "../hcloud/error-table.ts";
import { HcloudError } from "../hcloud/errors.ts";
import { clean } from "../text.ts";
import { ToolError } from "../tool-error.ts";

/** Characters of a message of the API that are shown. */
const MAX_MESSAGE_CHARS = 300;

const INTERNAL = "Internal error in hcloud-images-mcp (internal_error). Please report it.";
const MAYBE_CHANGED = "The change may or may not have been made: read the image with hcloud_get_image first.";

/**
 * Returns what happened, with the error code and the correlation id; never a stack, a header or a raw body. The sentences about a
 * `change` say whether it was made: a change that may have been made has the code `outcome_unknown`. They are omitted when
 * `change` is null, because the call has made other changes.
 */
export function explain(error: unknown, change: boolean | null = false): string {
  if (error instanceof ToolError) return `${error.message} (${error.code})`;
  if (!(error instanceof HcloudError)) return change ? `${INTERNAL} ${MAYBE_CHANGED}` : INTERNAL;
  const { happened, next } = classifyError(error);
  const marks = [error.code, error.correlationId && `correlation id ${error.correlationId}`].filter(Boolean);
  const sentences = [
    `${happened} (${marks.join(", ")})${quoteMessage(error)}.`,
    change === null ? "" : effectSentence(error, change),
    next,
  ];
  return sentences.filter(Boolean).join(" ");
}

/** Returns why a request waits for its next attempt, and for how long; never quotes the API. */
export function explainRetry(error: HcloudError, waitMs: number): string {
  return `${classifyError(error).happened} (${error.code}); next attempt in ${Math.ceil(waitMs / 1000)} s`;
}

function effectSentence({ code, status, notFromApi }: HcloudError, change: boolean): string {
  if (classifyError({ code, status, notFromApi }).effect === "not_sent") return "Nothing was sent.";
  return change && code !== "outcome_unknown" ? "Nothing was changed." : "";
}

function quoteMessage({ code, message, fields }: HcloudError): string {
  if (code === "token_missing") return "";
  const details = fields.map(({ name, messages }) => `${name}: ${messages.join(", ")}`);
  const text = clean([message, ...details].filter(Boolean).join("; "), MAX_MESSAGE_CHARS).replace(/\.$/, "");
  return text === "" ? "" : `: ${JSON.stringify(text)}`;
}
