/** The one door in front of whatever destroys something: no code, no deed; a refused code, a fresh preview. */

import type { ImagesApi } from "../hcloud/images.ts";
import { type Call, type Tool, ToolError } from "../tool.ts";
import type { ConfirmationCodes, Issued } from "./confirmation-codes.ts";

type AnyGatedTool = Extract<Tool, { effect: "destructive" }>;

/** One call of a gated tool, as the gate sees it. */
export interface Passage {
  input: unknown;
  /** The argument the server adds to gated tools; not checked yet. */
  confirm: unknown;
  hcloud: ImagesApi;
  call: Call;
  gate: ConfirmationCodes;
  /** Told, before it is done, of what the gate decides: preview, refused, confirmed, started. Throws to prevent it. */
  announce(outcome: string, more?: Record<string, unknown>): void;
}

/** Shows what the call would do, or does it when it bears a good code, or has nothing to lose. */
export async function passGate(tool: AnyGatedTool, passage: Passage): Promise<object> {
  const { confirm } = passage;
  if (confirm !== undefined && typeof confirm !== "string") {
    throw new ToolError("invalid_input", "confirm: must be the code of a preview, or left out");
  }
  return tool.many ? passForMany(tool, confirm, passage) : passForOne(tool, confirm, passage);
}

async function passForOne(
  tool: Exclude<AnyGatedTool, { many: true }>,
  confirm: string | undefined,
  passage: Passage,
): Promise<object> {
  const { input, hcloud, call, gate, announce } = passage;
  const preview = await tool.preview(input, hcloud);
  if (preview) {
    const bound = { tool: tool.name, input: inAnyOrder(input), state: preview.state };
    let refused = confirm === undefined ? null : gate.check(confirm, bound);
    if (confirm !== undefined && refused === null) {
      announce("confirmed");
      // Nothing was awaited since the check: of two calls with one code, the other finds it used.
      refused = gate.redeem(confirm, bound);
    }
    if (confirm === undefined || refused)
      return offer(preview.shown, () => gate.issue(bound), refused, passage);
  } else {
    announce("started");
  }
  return tool.run(input, hcloud, { ...call, shown: preview?.state });
}

async function passForMany(
  tool: Extract<AnyGatedTool, { many: true }>,
  confirm: string | undefined,
  passage: Passage,
): Promise<object> {
  const { input, hcloud, call, announce } = passage;
  let refused: string | null = null;
  if (confirm !== undefined) {
    const plan = call.plans.find(confirm);
    if (typeof plan !== "string") {
      const chosen = tool.choose(input, plan);
      announce("confirmed", { ids: [...chosen.keys()] });
      refused = call.plans.redeem(confirm, plan);
      if (refused === null) return tool.runChosen(chosen, plan, hcloud, call);
    } else {
      refused = plan;
    }
  }
  const { shown, covered, stays } = await tool.preview(input, hcloud).catch((error) => {
    // Without ids there is nothing to make a fresh preview of.
    throw refused && error instanceof ToolError
      ? new ToolError("code_refused", `${refused} ${error.message}`)
      : error;
  });
  return offer(shown, () => call.plans.issue({ covered, stays }), refused, passage);
}

/** Lists among the arguments are sets, of ids or of label keys: their order says nothing. */
function inAnyOrder(input: unknown): unknown {
  const entries = Object.entries(input as object);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Array.isArray(value) ? value.map(String).sort() : value]),
  );
}

function offer(
  shown: object,
  issue: () => Issued,
  refused: string | null,
  { call, announce }: Passage,
): object {
  // A code that nobody gets to see must not take the place of another.
  announce(refused ? "refused" : "preview", refused ? { reason: refused } : {});
  return {
    status: "confirmation_required",
    ...(refused && { refused: `${refused} This is a fresh preview.` }),
    preview: { ...(call.project && { project: call.project }), ...shown },
    ...issue(),
    next: "Nothing was changed. Show this to the user; only if they agree, repeat the call with confirm.",
  };
}
