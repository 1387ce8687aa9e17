/** Confirmation gate: a call that would lose data runs only with a valid code; otherwise it returns a preview. */

import { isObject } from "../hcloud/errors.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import { type Agreement, type CallContext, type Shown, type Tool, ToolError } from "../tool.ts";
import { firstChange } from "../view/changes.ts";
import type { ConfirmationCodes } from "./confirmation-codes.ts";

type AnyGatedTool = Extract<Tool, { effect: "destructive" }>;
type BulkTool = Extract<AnyGatedTool, { bulk: true }>;
type SingleTool = Exclude<AnyGatedTool, { bulk: true }>;

/** One call of a gated tool, as the gate sees it. */
export interface GatedCall {
  input: unknown;
  confirm: string | undefined;
  api: ImagesApi;
  call: CallContext;
  codes: ConfirmationCodes;
  /** Records what the gate decides before it is done: preview, refused, confirmed, started. Throws to prevent it. */
  recordOrAbort(outcome: string, more?: Record<string, unknown>): void;
}

/** Shows what the call would do, or does it when it has a valid code or loses nothing. */
export async function runGated(tool: AnyGatedTool, call: GatedCall): Promise<object> {
  return tool.bulk ? runBulk(tool, call) : runSingle(tool, call);
}

async function runSingle(tool: SingleTool, gated: GatedCall): Promise<object> {
  const { input, confirm, api, call, codes, recordOrAbort } = gated;
  const preview = await tool.preview(input, api);
  if (!preview) {
    recordOrAbort("started");
    return tool.run(input, api, call, null);
  }
  const agreement = { tool: tool.name, input: inAnyOrder(input), shown: { images: preview.images } };
  const show = async (refused?: string) => {
    const shown = { ...preview.shown, ...(await preview.details?.()) };
    return confirmationRequired(preview.words, shown, agreement, gated, refused);
  };
  if (confirm === undefined) return show();
  const found = codes.find(confirm, tool.name);
  const refused = typeof found === "string" ? found : whyStale(found, agreement);
  if (refused) return show(refused);
  // Nothing is awaited between finding and redeeming: of two calls with one code, the other finds it used.
  recordOrAbort("confirmed");
  codes.redeem(confirm);
  return tool.run(input, api, call, (found as Agreement).shown.images);
}

/** Why a code does not stand for what the call would do now. */
function whyStale(found: Agreement, now: Agreement): string | null {
  if (JSON.stringify(found.input) !== JSON.stringify(now.input))
    return "This code was issued for another tool or other arguments.";
  const change = firstChange(found.shown.images, now.shown.images);
  return change && `The target has changed since this code was issued: ${change}.`;
}

async function runBulk(tool: BulkTool, gated: GatedCall): Promise<object> {
  const { input, confirm, api, call, codes, recordOrAbort } = gated;
  let refused: string | undefined;
  if (confirm !== undefined) {
    const found = codes.find(confirm, tool.name);
    if (typeof found !== "string") {
      const selected = tool.selectTargets(input, found.shown);
      recordOrAbort("confirmed", { ids: selected.images.map(({ id }) => id) });
      codes.redeem(confirm);
      return tool.runBulk(selected, api, call);
    }
    refused = found;
  }
  const { words, shown, targets } = await tool.preview(input, api).catch((error) => {
    // Without ids there is nothing to make a fresh preview of.
    throw refused && error instanceof ToolError
      ? new ToolError("code_refused", `${refused} ${error.message}`)
      : error;
  });
  return confirmationRequired(words, shown, { tool: tool.name, shown: targets }, gated, refused);
}

/** Key order says nothing, and lists among the arguments are sets, of ids or of label keys. */
function inAnyOrder(input: unknown): unknown {
  if (Array.isArray(input)) return [...new Set(input)].sort();
  if (!isObject(input)) return input;
  const names = Object.keys(input).sort();
  return Object.fromEntries(names.map((name) => [name, inAnyOrder(input[name])]));
}

function confirmationRequired(
  words: string,
  { will, ...preview }: Shown,
  agreement: Agreement,
  { api, call, codes, recordOrAbort }: GatedCall,
  refused?: string,
): object {
  // A code that nobody gets to see must not take the place of another.
  api.signal.throwIfAborted();
  recordOrAbort(refused ? "refused" : "preview", refused ? { reason: refused } : {});
  return {
    summary: `Would ${will}. Nothing changed yet.`,
    status: "confirmation_required",
    ...(refused && { refused: `${refused} This is a fresh preview.` }),
    preview: { ...(call.project && { project: call.project }), ...preview },
    ...codes.issue(words, agreement),
    next: "If the user has already agreed to exactly this, repeat the call with confirm; otherwise show it and ask.",
  };
}
