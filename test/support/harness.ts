/** A real MCP client, our server and the simulated cloud, joined over real HTTP, on one fake clock. */

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

/** Noon, so that no test stands on the edge of a day. */
export const NOON = Date.parse("2026-11-23T12:00:00Z");

/** Time passes when somebody sleeps, and by `pass`. */
export class FakeClock implements Clock {
  time = NOON;
  /** How long each sleep was, in milliseconds. */
  readonly slept: number[] = [];
  /** Happens after each sleep, before the sleeper goes on. */
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
  /** What the server sends as its token; default the simulator's own. */
  clientToken?: string | null;
  /** Default the simulator's own. */
  endpoint?: string;
  limits?: Partial<Limits>;
  callMs?: number;
  confirm?: ConfirmMode;
  auditFile?: string;
  /** The path of the operator's rules. */
  rulesFile?: string;
  /** Why the audit file cannot be written, or what says that of each event: null when it can. */
  auditFailure?: string | (() => string | null);
}

export interface Answer {
  /** The structured content; throws when the call failed. */
  data: Record<string, unknown>;
  /** The text block. */
  text: string;
  isError: boolean;
}

export interface Harness {
  mcp: McpClient;
  simulator: Simulator;
  clock: FakeClock;
  /** What the server logged of changing calls. */
  events: Record<string, unknown>[];
  /** The same as lines, and whatever else the server told a person. */
  told: string[];
  call(name: string, args?: Record<string, unknown>, options?: CallOptions): Promise<Answer>;
}

interface CallOptions {
  onprogress?: (progress: Progress) => void;
  signal?: AbortSignal;
}

/** Starts everything; it is closed when the test ends. */
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

/** What a call returned. */
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

/** Our server and the simulated cloud, which wait for a client; they are closed when the test ends. */
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
