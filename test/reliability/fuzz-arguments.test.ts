import { CallToolResultSchema, McpError } from "@modelcontextprotocol/sdk/types.js";
import { Ajv, type ValidateFunction } from "ajv";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { restoredLabels } from "../../src/housekeeping/bin.ts";
import { startHarness } from "../support/harness.ts";
import { type Args, type CodeKind, type Draft, drafts, type Schema } from "../support/hostile-arguments.ts";
import { openapi } from "../support/openapi.ts";
import { snapshot } from "../support/random-images.ts";
import "../support/figures.ts";

const CALLS = 50_000;
const SEED = 20261123;

const IMAGES: Image[] = [
  snapshot(1, { labels: { env: "prod", role: "web" } }),
  snapshot(2, { labels: { env: "staging", "hetzner.cloud/x": "y" }, created: "2025-01-01T00:00:00Z" }),
  snapshot(3, { labels: { keep: "" }, created_from: null }),
  snapshot(4, { protection: { delete: true } }),
  snapshot(5, { status: "unavailable", image_size: null }),
  snapshot(6, { labels: { role: "db" }, created: "2024-02-29T23:59:59Z" }),
  snapshot(7, { type: "backup", bound_to: 42, labels: { a: "b" } }),
  snapshot(8, { type: "backup", bound_to: 43, created_from: { id: 43, name: "db-1" } }),
  snapshot(9, { type: "system", name: "debian-12", created_from: null }),
];
const IDS = IMAGES.map(({ id }) => id);

const CODES = [
  "invalid_input",
  "not_found",
  "protected",
  "unavailable",
  "code_refused",
  "conflict",
  "service_error",
];

/** Codes that are remembered, used and expired ones among them. */
const KEPT = 60;

interface Params {
  name: string;
  arguments: unknown;
}

interface Issued {
  tool: string;
  code: string;
  args: Args;
  used: boolean;
  /** What may be changed with the code. */
  ids: number[];
}

/** What reached the cloud in the first test. */
const sent = { requests: 0, forbidden: [] as string[] };

/** What was lost of the images, as a sentence each, by id. */
function losses(images: ReadonlyMap<number, Image>): [id: number, what: string][] {
  return IMAGES.flatMap((before): [number, string][] => {
    const { id } = before;
    const now = images.get(id);
    if (!now) return [[id, "the image"]];
    // What is hidden in the bin is not lost.
    const there = Object.entries(restoredLabels(now.labels)).map(([key, value]) => `${key}=${value}`);
    const labels = Object.entries(before.labels).some(([key, value]) => !there.includes(`${key}=${value}`));
    return [
      ...(labels ? [[id, "labels"] as [number, string]] : []),
      ...(before.protection.delete && !now.protection.delete ? [[id, "protection"] as [number, string]] : []),
      ...(before.type !== now.type ? [[id, "the type"] as [number, string]] : []),
    ];
  });
}

/** Which call the code in an answer is meant for, and which images that may change. */
function whatFor({ name, arguments: args }: Params, data: Args): { tool: string; args: Args; ids: number[] } {
  const { columns = [], rows = [] } = (data["preview"] ?? data) as { columns?: string[]; rows?: unknown[][] };
  const column = columns.indexOf("id");
  const ids = column < 0 ? [Number((args as { id: unknown }).id)] : rows.map((row) => Number(row[column]));
  if (name !== "hcloud_plan_image_cleanup") return { tool: name, args: args as Args, ids };
  return { tool: "hcloud_delete_images", args: { count: ids.length }, ids };
}

test("random arguments are answered within the output schema, and lose nothing without a confirmation", async (context) => {
  const { mcp, simulator, clock } = await startHarness({ images: IMAGES, rateLimit: 1e9, actionMs: 0 });
  const { tools } = await mcp.listTools();
  const ajv = new Ajv({ strict: true });
  const valid = new Map<string, ValidateFunction>(
    tools.map(({ name, outputSchema }) => [name, ajv.compile(outputSchema ?? { not: {} })]),
  );
  const issued: Issued[] = [];
  let answers = 0;
  let confirmed = 0;

  for (const draft of fc.sample(drafts(tools as { name: string; inputSchema: Schema }[], IDS), {
    numRuns: CALLS,
    seed: SEED,
  })) {
    const params = complete(draft, issued);
    const shown = JSON.stringify(params).slice(0, 2000);
    const data = await ask(params, shown);
    if (data) answers++;

    for (const { method, path, query, body } of simulator.requests) {
      sent.requests++;
      const problems = openapi?.checkRequest(method, path, query, body) ?? [];
      if (problems.length > 0) sent.forbidden.push(`${method} ${path} ${body}: ${problems}, by ${shown}`);
    }
    const wrote = simulator.requests.some(({ method }) => method !== "GET");
    simulator.requests.length = 0;
    if (wrote) {
      const lost = losses(simulator.state.images);
      const permit = issued.find(({ code }) => code === confirmOf(params));
      for (const [id, what] of lost) {
        expect(permit, `${what} of ${id} was lost without a code: ${shown}`).toBeDefined();
        expect(permit?.tool, shown).toBe(params.name);
        expect(permit?.ids, shown).toContain(id);
        expect(permit?.used, shown).toBe(false);
      }
      if (permit && lost.length > 0) {
        permit.used = true;
        confirmed++;
      }
      simulator.state.images = new Map(IMAGES.map((image) => [image.id, structuredClone(image)]));
      simulator.state.actions.clear();
    }
    const code = data?.["confirm"];
    if (data && typeof code === "string") {
      issued.unshift({ code, used: false, ...whatFor(params, data) });
      issued.length = Math.min(issued.length, KEPT);
    }
    clock.pass(1000);
  }

  async function ask(params: Params, shown: string): Promise<Args | null> {
    let result: Awaited<ReturnType<typeof mcp.callTool>>;
    try {
      result = await mcp.request({ method: "tools/call", params: params as never }, CallToolResultSchema);
    } catch (error) {
      expect(error, shown).toBeInstanceOf(McpError);
      expect((error as McpError).code, `${shown}: ${error}`).toBe(-32602);
      return null;
    }
    const text = (result.content as { text: string }[])[0]?.text ?? "";
    if (result.isError) {
      const code = /\((\w+)(?:\)$|, correlation id )/.exec(text)?.[1];
      if (code === undefined || !CODES.includes(code)) expect.fail(`${shown}: ${text}`);
      return null;
    }
    const validate = valid.get(params.name);
    if (!validate?.(result.structuredContent))
      expect.fail(`${shown}: ${text}: ${JSON.stringify(validate?.errors)}`);
    return result.structuredContent as Args;
  }

  // So that the above has had something to hold of.
  expect(answers).toBeGreaterThan(CALLS / 10);
  expect(confirmed).toBeGreaterThan(CALLS / 100);
  context.task.meta.figures = {
    "calls of tools fuzzed": CALLS,
    "of those, confirmed with a code": confirmed,
    "losses without a confirmation": 0,
  };
}, 240_000);

test.skipIf(openapi === null)(
  "calls with random arguments send only requests that the OpenAPI document allows",
  (context) => {
    expect(sent.requests).toBeGreaterThan(CALLS / 10);
    expect(sent.forbidden).toEqual([]);
    context.task.meta.figures = {
      "requests held against the OpenAPI document": sent.requests,
      "requests that it does not allow": 0,
    };
  },
);

const confirmOf = ({ arguments: args }: Params) => (args as { confirm?: unknown } | null)?.confirm;

/** The call as it is sent: with its code, and as JSON makes it. */
function complete({ tool, args, code, pick }: Draft, issued: readonly Issued[]): Params {
  const choice = issued.filter((one) => (one.tool === tool) === (code !== "foreign"));
  const chosen = choice[pick % Math.max(1, choice.length)];
  let sent = args;
  if (code !== "none" && chosen && typeof args === "object" && args !== null && !Array.isArray(args)) {
    const confirm = spoil(chosen.code, code, pick);
    sent = { ...(code === "honest" ? chosen.args : args), confirm };
  }
  return JSON.parse(JSON.stringify({ name: tool, arguments: sent }));
}

function spoil(code: string, kind: CodeKind, pick: number): string {
  const at = pick % code.length;
  if (kind === "truncated") return code.slice(0, at);
  if (kind === "flipped") return `${code.slice(0, at)}${code[at] === "0" ? "1" : "0"}${code.slice(at + 1)}`;
  return kind === "random" ? pick.toString(36).repeat(5) : code;
}
