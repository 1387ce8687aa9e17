/**
 * Requests of users in test/data/requests, each with the calls that are right next, any of them, and calls that are wrong.
 * `says` is what is right to say instead. To judge the descriptions, give a model the answer of `tools/list`, the instructions,
 * and of each request only `request` and `earlier`; then compare its choices with `calls` and `says`.
 */

import { readdirSync, readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { listPropertyNames } from "../../src/schema.ts";
import { PLAN_TOOL } from "../../src/tools/deletion-targets.ts";
import { tools } from "../../src/tools/index.ts";
import { planInput } from "../../src/tools/plan-input.ts";
import { type Harness, startHarness } from "../support/harness.ts";
import { startWithRules } from "../support/rules.ts";

interface Call {
  tool: string;
  args: Record<string, unknown>;
}

interface UserRequest {
  request: string;
  /** What happened in the chat before. */
  earlier?: string;
  /** Whether the server has the rules of rules.toml. */
  rules?: true;
  /** What makes the request hard. */
  trap?: string;
  calls: Call[];
  says?: string;
  wrong: (Call & { why: string })[];
}

const FOLDER = new URL("../data/requests/", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, FOLDER), "utf8");
const requests: UserRequest[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".json"))
  .flatMap((name) => JSON.parse(read(name)));
const rightCalls = requests.flatMap(({ calls }) => calls);

const toolNames = tools.map(({ name }) => name);

/** Returns the problems of calls by the schemas that the server lists, and by the rules of a tool about several arguments. */
async function findProblems(calls: readonly Call[], mcp: Harness["mcp"]): Promise<string[]> {
  const listed = (await mcp.listTools()).tools;
  const ajv = new Ajv({ strict: true });
  return calls.flatMap(({ tool, args }) => {
    const schema = listed.find(({ name }) => name === tool)?.inputSchema;
    if (!schema) return [`${tool} is not listed`];
    if (!ajv.validate(schema, args)) return [`${tool}: ${ajv.errorsText()}`];
    const { confirm: _, ...input } = args;
    const parsed = tools.find(({ name }) => name === tool)?.input.safeParse(input);
    return parsed?.success ? [] : [`${tool}: ${parsed?.error.message}`];
  });
}

describe("the requests of users", () => {
  test("the requests are at least 40, none of them twice, with at least 10 traps", () => {
    expect(new Set(requests.map(({ request }) => request)).size).toBe(requests.length);
    expect(requests.length).toBeGreaterThanOrEqual(40);
    expect(requests.filter(({ trap }) => trap).length).toBeGreaterThanOrEqual(10);
  });

  test("the requests need every tool, and every argument of a plan", () => {
    expect(new Set(rightCalls.map(({ tool }) => tool))).toEqual(new Set(toolNames));
    const needed = rightCalls
      .filter(({ tool }) => tool === PLAN_TOOL)
      .flatMap(({ args }) => Object.keys(args));
    expect(new Set(needed)).toEqual(new Set(listPropertyNames(planInput)));
  });

  test("every request has a right call or a right sentence", () => {
    const unanswered = requests.filter(({ calls, says }) => calls.length === 0 && !says);
    expect(unanswered).toEqual([]);
  });

  test("every right call is accepted by the schemas that the server lists", async () => {
    const { mcp } = await startHarness();
    const { mcp: mcpWithRules } = await startWithRules(read("rules.toml"));
    const callsOf = (rules: boolean) =>
      requests.filter((request) => (request.rules ?? false) === rules).flatMap(({ calls }) => calls);
    expect(callsOf(false)).not.toEqual([]);
    expect(callsOf(true)).not.toEqual([]);
    expect(await findProblems(callsOf(false), mcp)).toEqual([]);
    expect(await findProblems(callsOf(true), mcpWithRules)).toEqual([]);
  });

  test("every request has a wrong call of a listed tool, different from the right ones", () => {
    for (const { request, calls, wrong } of requests) {
      expect(wrong.length, request).toBeGreaterThan(0);
      for (const { tool, args } of wrong) {
        expect(toolNames, request).toContain(tool);
        expect(calls, request).not.toContainEqual({ tool, args });
      }
    }
  });
});
