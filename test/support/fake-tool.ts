/** Fake tools, run without MCP and without an API. */

import { ConfirmationCodes } from "../../src/call/confirmation-codes.ts";
import { Person } from "../../src/call/person.ts";
import { Renames } from "../../src/call/renames.ts";
import { NO_RULES_FILE } from "../../src/call/rules.ts";
import { runTool } from "../../src/call/run.ts";
import type { ImagesApi } from "../../src/hcloud/images.ts";
import { id, z } from "../../src/schema.ts";
import { type CallContext, defineTool, type Tool } from "../../src/tool.ts";
import { FakeClock } from "./harness.ts";
import { snapshot } from "./random-images.ts";

type Result = Record<string, unknown>;

const input = z.object({ id: id("Image id").optional(), ids: z.array(z.number()).optional() }).strict();
const output = z.object({}).passthrough();
/** Members that the fake tools share. */
export const COMMON = { name: "test_tool", title: "Test", description: "Tests.", input, output } as const;

/** Returns a tool without a preview, because nothing would be lost. */
export const ungatedTool = (run: () => Promise<Result>): Tool =>
  defineTool({ ...COMMON, effect: "destructive", verb: "do it", preview: async () => null, run });

/** Returns a tool that shows a preview first. */
export const gatedTool = (run: (agreed: unknown) => Promise<Result>): Tool =>
  defineTool({
    ...COMMON,
    effect: "destructive",
    verb: "do it",
    preview: async () => ({
      words: "do it",
      shown: { will: "do it", cannot_be_undone: "never" },
      lines: [],
      images: [snapshot(1)],
    }),
    run: (_, __, ___, agreed) => run(agreed),
  });

/** Prepares calls without requests; `correlations` are the API's correlation ids by image id. */
export function setUpRun(correlations: [number, string][] = [], project?: string) {
  const clock = new FakeClock();
  const codes = new ConfirmationCodes(clock);
  const cancel = new AbortController();
  const events: Record<string, unknown>[] = [];
  let failure: string | null = null;
  const api = {
    signal: cancel.signal,
    correlationIds: new Map(correlations),
    clock,
    forbid: () => null,
  } as unknown as ImagesApi;
  const call = { project, codes } as unknown as CallContext;
  const person = new Person({ mode: "auto", codes, now: clock.now });
  const audit = (event: Record<string, unknown>) => {
    events.push(event);
    return failure;
  };
  return {
    cancel,
    clock,
    events,
    failAudit(code: string | null) {
      failure = code;
    },
    outcomes: () => events.map(({ outcome }) => outcome),
    run: (tool: Tool, args: Record<string, unknown> = {}) =>
      runTool(tool, {
        args,
        start: () => ({ api, call }),
        channel: null,
        person,
        renames: new Renames(),
        operator: NO_RULES_FILE,
        codes,
        audit,
      }) as Promise<Record<string, unknown>>,
  };
}

/** Returns a function that throws the error. */
export const failWith = (error: unknown) => async () => {
  throw error;
};
