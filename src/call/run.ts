/** Runs one call of a tool without knowing MCP: checks the arguments, passes the gate, runs the tool, records the change. */

import { randomUUID } from "node:crypto";
import { dropBlanks } from "../coerce.ts";
import { HcloudError } from "../hcloud/errors.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import { isLonger, isObject } from "../json.ts";
import { describeProblems } from "../problems.ts";
import { listPropertyNames, type z } from "../schema.ts";
import type { Tool } from "../tool.ts";
import { ToolError } from "../tool-error.ts";
import type { Audit } from "./audit.ts";
import type { ConfirmationCodes } from "./confirmation-codes.ts";
import { runGated } from "./gate.ts";
import type { GatedCall, Work } from "./gated-call.ts";
import { confirmArgument } from "./gated-schemas.ts";
import { type FormChannel, PendingForm, type Person } from "./person.ts";
import type { Renames } from "./renames.ts";
import { createCallLimits, type OperatorRules, refuseUnlessAllowed, refuseUnlessOffered } from "./rules.ts";

/** Characters of all arguments of a call as JSON, more than the API accepts: checking millions would keep other calls waiting. */
const MAX_ARGS_CHARS = 250_000;
const TOO_LONG = "The arguments must not be longer than 250,000 characters in all, nor nested deeply.";

export interface RunOptions {
  args: Record<string, unknown>;
  /** Starts the call's time limit, and returns what the call works with. */
  start(): Work;
  /** Null when the client must show no form. */
  channel: FormChannel | null;
  person: Person;
  renames: Renames;
  operator: OperatorRules;
  codes: ConfirmationCodes;
  /** Gets one event per step of a changing call, without secrets. */
  audit: Audit;
}

/** Returns the result or a {@link PendingForm}. Throws {@link ToolError}, {@link HcloudError}, or the signal's reason when cancelled. */
export async function runTool(tool: Tool, { args, start, audit, ...shared }: RunOptions): Promise<object> {
  refuseUnlessOffered(shared.operator, tool.name);
  if (isLonger(args, MAX_ARGS_CHARS)) throw invalidInput(tool, TOO_LONG);
  const given = dropBlanks(args, tool.emptyTexts);
  if (tool.effect === "read") {
    const { api, call } = start();
    return tool.run(parse(tool, tool.input, given), api, call);
  }

  const { confirm: code, ...rest } = given;
  const input = parse(tool, tool.input, tool.effect === "destructive" ? rest : given);
  const { confirm } = parse(tool, confirmArgument, { confirm: code }) as { confirm?: string };
  // The code of a plan may still confirm a deletion.
  const { plan: _, ...logged } = input as { plan?: unknown };
  const about = { call: randomUUID().slice(0, 8), tool: tool.name, ...idsOf(input), args: logged };
  const record = (outcome: string, more: object = {}) => audit({ ...about, outcome, ...more });
  const recordOrAbort = (outcome: string, more: object = {}) => {
    const failure = record(outcome, more);
    if (failure !== null) throw auditFailed(failure);
  };
  const limits = createCallLimits(shared.operator, () => gated.work.api, recordOrAbort);
  const begin = (): Work => {
    const { api, call } = start();
    const recordChosen = (ids: readonly number[]) => recordOrAbort("chosen", { ids });
    return { api, call: { ...call, admit: limits.admit, recordChosen } };
  };
  const gated: GatedCall = {
    ...shared,
    input,
    confirm,
    work: begin(),
    renew() {
      refuseUnlessAllowed(shared.operator, tool.name);
      gated.work = begin();
    },
    record,
    recordOrAbort,
  };
  try {
    refuseUnlessAllowed(shared.operator, tool.name);
    const returned = await runChange(tool, gated);
    if (returned instanceof PendingForm) return returned;
    const { summary, edited, ...more } = returned as {
      summary?: string;
      edited?: unknown;
      previous?: unknown;
    };
    // Some MCP clients show a person only the first words of a result.
    const result: Result = { ...(summary && { summary }), status: "done", ...more };
    if (result.status !== "confirmation_required") {
      const details = detailsOf({ ...result, edited });
      const counted = limits.countedBy({ ...result, ...details });
      record(result.status, { ...details, ...counted, ...correlationsOf(input, gated.work.api) });
    }
    // Another tool undoes such a call: the previous values are for the audit line only.
    if (tool.effect === "reversible") delete result.previous;
    return result;
  } catch (error) {
    const { api } = gated.work;
    const correlations = correlationsOf(input, api);
    const { previous } = causeOf(error) as { previous?: object };
    if (api.signal.aborted) record("cancelled", { ...(previous && { previous }), ...correlations });
    else record("failed", { ...causeOf(error), ...limits.countedBy(error), ...correlations });
    throw error;
  }
}

async function runChange(tool: Exclude<Tool, { effect: "read" }>, gated: GatedCall) {
  if (tool.effect === "destructive") return runGated(tool, gated);
  gated.recordOrAbort("started");
  return tool.run(gated.input, gated.work.api, gated.work.call);
}

function auditFailed(code: string): ToolError {
  return new ToolError(
    "audit_failed",
    `Cannot write to the audit file set in HCLOUD_IMAGES_AUDIT_FILE (${code}). Nothing was changed, and no change is made without an audit line. Once the file can be written, call again: a code stays valid until it expires.`,
  );
}

function parse(tool: Tool, schema: z.ZodTypeAny, args: Record<string, unknown>): unknown {
  const parsed = schema.safeParse(args);
  if (parsed.success) return parsed.data;
  const known = listPropertyNames(tool.input);
  if (tool.effect === "destructive") known.push(...listPropertyNames(confirmArgument));
  throw invalidInput(tool, describeProblems(parsed.error, known));
}

function invalidInput({ name }: Tool, problems: string): ToolError {
  return new ToolError(
    "invalid_input",
    `${problems}\nNothing was sent. Correct the arguments and call ${name} again.`,
  );
}

function idsOf(input: unknown): object {
  const { id, ids } = input as { id?: unknown; ids?: unknown };
  if (ids !== undefined) return { ids };
  return id === undefined ? {} : { ids: [id] };
}

/** The members of a change's result that are recorded. */
interface Result {
  status: string;
  deleted?: unknown;
  due?: unknown;
  binned?: unknown;
  restored?: unknown;
  edited?: unknown;
  previous?: unknown;
  skipped?: unknown;
  failed?: unknown;
}

/** Returns what was changed, what was lost, and with which error the rest failed. */
function detailsOf(result: Result): object {
  const { deleted, due, binned, restored, edited, previous, skipped, failed } = result;
  return {
    ...(Array.isArray(deleted) && { deleted }),
    ...(isObject(deleted) && { deleted: [deleted["id"]] }),
    ...(Array.isArray(binned) && { binned, due }),
    ...(Array.isArray(restored) && { restored }),
    ...(Array.isArray(edited) && { edited }),
    ...(previous !== undefined && { previous }),
    ...(Array.isArray(skipped) && { skipped: skipped.map(({ id }) => id) }),
    ...(Array.isArray(failed) && { failed: failed.map(({ id, code }) => ({ id, code })) }),
  };
}

function causeOf(error: unknown): object {
  if (error instanceof ToolError) return { code: error.code };
  if (!(error instanceof HcloudError)) return { code: "internal_error" };
  const { code, correlationId, previous } = error;
  return { code, ...(correlationId && { correlation_id: correlationId }), ...(previous && { previous }) };
}

/** Returns the ids by which Hetzner's support finds the requests: one id for a tool of one image, otherwise by image. */
function correlationsOf(input: unknown, { correlationIds }: ImagesApi): object {
  if (correlationIds.size === 0) return {};
  const { id } = input as { id?: number };
  return id === undefined
    ? { correlation_ids: Object.fromEntries(correlationIds) }
    : { correlation_id: correlationIds.get(id) };
}
