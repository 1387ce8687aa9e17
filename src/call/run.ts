/** One call of a tool, knowing nothing of MCP: arguments checked, gate passed, function run, change logged. */

import { randomUUID } from "node:crypto";
import { HcloudError } from "../hcloud/errors.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import { describeProblems, withoutNulls } from "../schema.ts";
import { type Call, type Tool, ToolError } from "../tool.ts";
import type { Audit } from "./audit.ts";
import type { ConfirmationCodes } from "./confirmation-codes.ts";
import { definitionOf } from "./definition.ts";
import { passGate } from "./gate.ts";

export interface Run {
  args: Record<string, unknown>;
  hcloud: ImagesApi;
  call: Call;
  gate: ConfirmationCodes;
  /** Gets one event per step of a changing call, without secrets. */
  audit: Audit;
}

/** What the tool answers. Throws {@link ToolError}, {@link HcloudError}, or the signal's reason when cancelled. */
export async function runTool(tool: Tool, run: Run): Promise<object> {
  const { hcloud, call, gate, audit } = run;
  const args = withoutNulls(run.args);
  if (tool.effect === "read") return tool.run(parse(tool, args), hcloud, call);

  const { confirm, ...rest } = args;
  const gated = tool.effect === "destructive";
  const input = parse(tool, gated ? rest : args);
  const about = { call: randomUUID().slice(0, 8), tool: tool.name, ...idsOf(input) };
  const report = (outcome: string, more = {}) => audit({ ...about, outcome, ...more });
  const announce = (outcome: string, more = {}) => {
    const failure = report(outcome, more);
    if (failure !== null) throw auditFailed(failure);
  };
  const change = () => {
    if (gated) return passGate(tool, { input, confirm, hcloud, call, gate, announce });
    announce("started");
    return tool.run(input, hcloud, call);
  };
  try {
    const answer = { status: "done", ...(await change()) };
    if (answer.status !== "confirmation_required") {
      report(answer.status, { ...detailsOf(answer), ...correlationsOf(input, hcloud) });
    }
    return answer;
  } catch (error) {
    const correlations = correlationsOf(input, hcloud);
    if (hcloud.signal.aborted) report("cancelled", correlations);
    else report("failed", { ...causeOf(error), ...correlations });
    throw error;
  }
}

function auditFailed(code: string): ToolError {
  return new ToolError(
    "audit_failed",
    `The file of HCLOUD_IMAGES_AUDIT_FILE, in which every change is to be written down, cannot be written (${code}). Nothing was changed. Reading still works; once the user has mended that, call again: a code stays good until it expires.`,
  );
}

function parse(tool: Tool, args: Record<string, unknown>): unknown {
  const parsed = tool.input.safeParse(args);
  if (parsed.success) return parsed.data;
  const known = Object.keys(definitionOf(tool).inputSchema.properties);
  throw new ToolError(
    "invalid_input",
    `${describeProblems(parsed.error, known)}\nNothing was sent. Mend the arguments and call ${tool.name} again.`,
  );
}

function idsOf(input: unknown): object {
  const { id, ids } = input as { id?: unknown; ids?: unknown };
  if (ids !== undefined) return { ids };
  return id === undefined ? {} : { ids: [id] };
}

/** Which images of many were changed, and of which that is not known or failed. */
function detailsOf(answer: {
  deleted?: unknown;
  rows?: unknown;
  skipped?: unknown;
  failed?: unknown;
}): object {
  const { deleted, rows, skipped, failed } = answer;
  return {
    ...(Array.isArray(deleted) && { deleted }),
    ...(Array.isArray(rows) && { edited: rows.map(([id]) => id) }),
    ...(Array.isArray(skipped) && { skipped: skipped.map(({ id }) => id) }),
    ...(Array.isArray(failed) && { failed: failed.map(({ id }) => id) }),
  };
}

function causeOf(error: unknown): object {
  if (error instanceof ToolError) return { code: error.code };
  if (!(error instanceof HcloudError)) return { code: "internal_error" };
  const { code, correlationId } = error;
  return { code, ...(correlationId && { correlation_id: correlationId }) };
}

/** By which the API's support finds what was written: of a tool for one image, or by image. */
function correlationsOf(input: unknown, { correlationIds }: ImagesApi): object {
  if (correlationIds.size === 0) return {};
  const { id } = input as { id?: number };
  return id === undefined
    ? { correlation_ids: Object.fromEntries(correlationIds) }
    : { correlation_id: correlationIds.get(id) };
}
