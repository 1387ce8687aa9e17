/** A real MCP client, our server and the simulated cloud over real HTTP, on one fake clock. */

import { Client as McpClient } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import type { Progress } from "@modelcontextprotocol/sdk/types.js";
import { onTestFinished } from "vitest";
import { createAudit } from "../../src/call/audit.ts";
import type { ConfirmMode } from "../../src/config/options.ts";
import { type Clock, createClient, type Limits } from "../../src/hcloud/client.ts";
import { createServer } from "../../src/mcp/server.ts";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../src/simulator/http.ts";
import { openRules } from "../../src/tools/operator-rules.ts";
import { cachingValidator } from "./output-schemas.ts";

/** The start time of the fake clock: noon, so that no test is close to midnight. */
export const NOON = Date.parse("2026-11-23T12:00:00Z");

/** A clock whose time passes only by `sleep` and `pass`. */
export class FakeClock implements Clock {
  time = NOON;
  /** The length of each sleep, in ms. */
  readonly slept: number[] = [];
  /** Called after each sleep, before the sleeper continues. */
  onSlept: () => unknown = () => undefined;
  now = () => this.time;
  wall = () => this.time;
  random = () => 0.5;
  sleep = async (ms: number, signal: AbortSignal) => {
    signal.throwIfAborted();
    this.slept.push(ms);
    this.time += ms;
    await this.onSlept();
  };
  pass(ms: number): void {
    this.time += ms;
  }
}

export interface HarnessOptions extends SimulatorOptions {
  readOnly?: boolean;
  demo?: boolean;
  context?: string;
  /** The token that the server sends; by default the simulator's. */
  clientToken?: string | null;
  /** By default the simulator's. */
  endpoint?: string;
  limits?: Partial<Limits>;
  callMs?: number;
  confirm?: ConfirmMode;
  auditFile?: string;
  /** The path of the operator's rules. */
  rulesFile?: string;
  /** The error code of writing the audit file, or a function that returns one or null for each event. */
  auditFailure?: string | (() => string | null);
}

export interface Answer {
  /** The structured content; throws if the call failed. */
  data: Record<string, unknown>;
  /** The text block. */
  text: string;
  isError: boolean;
}

export interface Harness {
  mcp: McpClient;
  simulator: Simulator;
  clock: FakeClock;
  /** The audit's events. */
  events: Record<string, unknown>[];
  /** The audit's lines, and other lines that the server printed for a person. */
  told: string[];
  call(name: string, args?: Record<string, unknown>, options?: CallOptions): Promise<Answer>;
}

interface CallOptions {
  onprogress?: (progress: Progress) => void;
  signal?: AbortSignal;
}

/** Starts client, server and cloud; all are closed when the test ends. */
export async function startHarness(options: HarnessOptions = {}): Promise<Harness> {
  const { server, ...rest } = await startServer(options);
  const mcp = new McpClient({ name: "test", version: "0" }, { jsonSchemaValidator: cachingValidator });
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(theirs), mcp.connect(ours)]);
  onTestFinished(() => mcp.close());
  return {
    ...rest,
    mcp,
    async call(name, args = {}, callOptions = {}) {
      return readAnswer(await mcp.callTool({ name, arguments: args }, undefined, callOptions));
    },
  };
}

/** Returns the parts of a tool result. */
export function readAnswer({ content, structuredContent, isError }: Record<string, unknown>): Answer {
  const [block] = content as { type: string; text: string }[];
  return {
    text: block?.text ?? "",
    isError: isError === true,
    get data() {
      if (isError) throw new Error(`the call failed: ${block?.text}`);
      return structuredContent as Record<string, unknown>;
    },
  };
}

/** Starts our server and the simulated cloud without an MCP client; both are closed when the test ends. */
export async function startServer(options: HarnessOptions = {}) {
  const clock = new FakeClock();
  const simulator = await startSimulator({ now: clock.now, ...options });
  const client = createClient({
    endpoint: options.endpoint ?? simulator.endpoint,
    token: options.clientToken === undefined ? simulator.token : options.clientToken,
    userAgent: "hcloud-images-mcp/test",
    clock,
    ...(options.limits && { limits: options.limits }),
  });
  const events: Record<string, unknown>[] = [];
  const told: string[] = [];
  const { auditFile: file = null, auditFailure } = options;
  const { demo = false, rulesFile } = options;
  const now = clock.wall;
  const audit = createAudit({ file, common: demo ? { demo } : {}, log: (line) => told.push(line), now });
  const server = createServer({
    client,
    version: "0.0.0-test",
    readOnly: options.readOnly ?? false,
    demo,
    ...(rulesFile !== undefined && { operator: openRules(rulesFile, { auditFile: file, demo }) }),
    context: options.context ?? null,
    audit(event) {
      const { call: _, ...rest } = event;
      events.push(rest);
      const failure = audit(event);
      return (typeof auditFailure === "function" ? auditFailure() : auditFailure) ?? failure;
    },
    ...(options.confirm && { confirm: options.confirm }),
    ...(options.callMs !== undefined && { callMs: options.callMs }),
  });
  onTestFinished(async () => {
    await client.close();
    await simulator.close();
  });
  return { server, simulator, clock, events, told };
}
