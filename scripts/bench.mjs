// Figures of one run, each beside a baseline measured in the same run: starting, reading, and planning over a large project.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { build } from "esbuild";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";

const SNAPSHOTS = 10_000;
const TO_GO = 500;
const DAY_MS = 86_400_000;

/** @type {{ what: string, ours: string, baseline: string }[]} */
const figures = [];
const report = (
  /** @type {string} */ what,
  /** @type {string | number} */ ours,
  /** @type {string | number} */ baseline = "",
) => figures.push({ what, ours: String(ours), baseline: String(baseline) });

await benchStart();
await benchTokens();
await benchPlan();
console.table(figures);

async function benchStart() {
  const empty = await median(11, () => timeOf(spawn(process.execPath, ["-e", ""])));
  const ours = await median(11, timeToInitialize);
  report(
    "spawn to initialize answered, ms (median of 11) / an empty Node process",
    ours.toFixed(0),
    empty.toFixed(0),
  );
  report("  as a ratio", (ours / empty).toFixed(2), "1");
}

async function benchTokens() {
  const simulator = await startSimulator({});
  const client = await connect(simulator);
  report("tools/list, tokens", countTokens(JSON.stringify(await client.listTools())));
  const raw = await (await ask(simulator, "/images?type=snapshot&per_page=25")).text();
  const list = await client.callTool({ name: "hcloud_list_images", arguments: { type: "snapshot" } });
  report("a list of 25 snapshots, tokens / the API's own reply", countTokens(textOf(list)), countTokens(raw));
  await client.close();
  await simulator.close();
}

async function benchPlan() {
  const simulator = await startSimulator({ images: manyImages(), rateLimit: 100_000 });
  const client = await connect(simulator);
  await client.callTool({ name: "hcloud_get_image", arguments: { id: 1 } });
  const before = peakMegabytes(client);
  const began = performance.now();
  const plan = await client.callTool({
    name: "hcloud_plan_image_cleanup",
    arguments: { older_than_days: 200, keep_last: 3 },
  });
  const took = performance.now() - began;
  const pages = simulator.requests.filter(
    (/** @type {any} */ { path, query }) => path === "/images" && query.length > 0,
  );
  const { goes } = /** @type {{ goes: { images: number } }} */ (plan.structuredContent);
  report(`a plan over ${SNAPSHOTS} snapshots: images that go`, goes.images, TO_GO);
  report("  pages read / needed at 50 a page", pages.length, SNAPSHOTS / 50);
  report(
    "  different pages among them",
    new Set(pages.map((/** @type {any} */ { rawUrl }) => rawUrl)).size,
    SNAPSHOTS / 50,
  );
  report("  tokens / limit", countTokens(textOf(plan)), 2_500);
  report("  ms", took.toFixed(0));
  report("  peak memory of the server, MB / before the plan", peakMegabytes(client), before);
  await client.close();
  await simulator.close();
}

/** 40 servers; 500 of their snapshots are older than 200 days and not among the newest three. */
function manyImages() {
  const now = Date.now();
  return Array.from({ length: SNAPSHOTS }, (_, i) => ({
    id: 400_000_000 + i * 37,
    type: "snapshot",
    status: "available",
    name: null,
    description: `nightly of server-${i % 40}`,
    image_size: 1 + (i % 997) / 100,
    disk_size: 40,
    created: new Date(
      now - (i < TO_GO ? 201 + (i % 300) : i % 190) * DAY_MS - (i % 1440) * 60_000,
    ).toISOString(),
    created_from: { id: 1000 + (i % 40), name: `server-${i % 40}` },
    bound_to: null,
    os_flavor: "debian",
    os_version: "12",
    rapid_deploy: false,
    protection: { delete: false },
    deprecated: null,
    deprecation: null,
    labels: { env: i % 3 ? "prod" : "staging" },
    deleted: null,
    architecture: "x86",
  }));
}

/** The simulator is TypeScript of this project: it is bundled for this run. */
async function startSimulator(/** @type {object} */ options) {
  const { outputFiles } = await build({
    entryPoints: ["src/simulator/http.ts"],
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
  });
  const module = await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0]?.contents ?? []).toString("base64")}`
  );
  return module.startSimulator(options);
}

async function connect(/** @type {{ endpoint: string, token: string }} */ { endpoint, token }) {
  const client = new Client({ name: "bench", version: "1" });
  const env = { HCLOUD_ENDPOINT: endpoint, HCLOUD_TOKEN: token };
  await client.connect(new StdioClientTransport({ command: process.execPath, args: ["dist/index.js"], env }));
  return client;
}

/** Peak resident memory of the server behind a client; only Linux tells. */
function peakMegabytes(/** @type {Client} */ client) {
  const { pid } = /** @type {StdioClientTransport} */ (client.transport);
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return Math.round(Number(kilobytes) / 1024);
  } catch {
    return "unknown";
  }
}

function ask(
  /** @type {{ endpoint: string, token: string }} */ { endpoint, token },
  /** @type {string} */ path,
) {
  return fetch(endpoint + path, { headers: { authorization: `Bearer ${token}` } });
}

function textOf(/** @type {any} */ result) {
  return /** @type {string} */ (result.content[0].text);
}

/** @param {import("node:child_process").ChildProcess} child */
function timeOf(child) {
  const began = performance.now();
  return new Promise((resolve) => child.once("exit", () => resolve(performance.now() - began)));
}

function timeToInitialize() {
  const child = spawn(process.execPath, ["dist/index.js"], { stdio: ["pipe", "pipe", "ignore"] });
  const began = performance.now();
  const params = {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "bench", version: "1" },
  };
  child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params })}\n`);
  return new Promise((resolve) => {
    child.stdout.once("data", () => {
      resolve(performance.now() - began);
      child.kill();
    });
  });
}

/** @param {number} times @param {() => Promise<any>} measure @returns {Promise<number>} */
async function median(times, measure) {
  const values = [];
  for (let i = 0; i < times; i++) values.push(await measure());
  return values.sort((a, b) => a - b)[times >> 1] ?? 0;
}
