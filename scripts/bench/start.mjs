// Times from spawn to the first responses, beside the smallest server; on this Node and on the one that BENCH_NODE names.
import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { median } from "./figures.mjs";
import { nodeArgs, StdioServer, startCloud } from "./processes.mjs";

const ROUNDS = 21;
const OURS = ["dist/index.js"];
const SMALLEST = nodeArgs("smallest-server.mjs");
const SMALLEST_SERVER = "the smallest server";
const FIRST_CALL = { name: "hcloud_list_images", arguments: {} };

/** The server has loaded everything this long after its response to `initialize`, in ms. */
const REST_MS = 500;

/** Targets for `initialize` by Node's major version, as ratios. Node before 22.1 has no compile cache. */
const AIMS = new Map([
  ["20", { cold: "≤ 2.0 ×" }],
  ["24", { warm: "≤ 2.3 ×", cold: "≤ 2.8 ×" }],
]);

/** @typedef {import("./figures.mjs").Figure} Figure */

/** @returns {Promise<Figure[]>} */
export async function measureStart() {
  const nodes = [process.execPath, process.env["BENCH_NODE"]].flatMap((node) => node ?? []);
  if (nodes.length === 1) console.log("Only this Node is measured: BENCH_NODE is not set to another one.");
  const figures = [];
  for (const node of nodes) figures.push(...(await measureStartsOn(node)));
  return figures;
}

/** @param {string} node @returns {Promise<Figure[]>} */
async function measureStartsOn(node) {
  const version = execFileSync(node, ["--version"], { encoding: "utf8" }).trim().slice(1);
  const [major = ""] = version.split(".");
  const hasCache = Number(major) >= 22;
  const cloud = await startCloud();
  const uncached = { ...cloud.env, NODE_DISABLE_COMPILE_CACHE: "1" };
  const kinds = {
    smallest: () => measureOneStart(node, SMALLEST, {}),
    ours: () => measureOneStart(node, OURS, uncached),
    ...(hasCache && { cached: () => measureOneStart(node, OURS, cloud.env) }),
  };
  const names = Object.keys(kinds);
  /** @type {Record<string, Start[]>} */
  const starts = Object.fromEntries(names.map((name) => [name, []]));
  // The kinds alternate, so that other load on the machine affects all of them. The first round is a warm-up.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, begin] of Object.entries(kinds)) {
      const one = await begin();
      if (round > 0) starts[name]?.push(one);
    }
  }
  cloud.end();

  const { smallest = [], ours = [], cached } = starts;
  const rows = [{ kind: hasCache ? ", without a compile cache" : "", of: ours, aim: AIMS.get(major)?.cold }];
  if (cached) rows.push({ kind: "", of: cached, aim: AIMS.get(major)?.warm });
  return rows.flatMap(({ kind, of, aim }) => {
    /** @type {(what: string, unit: string, key: keyof Start, take: typeof median, against?: keyof Start, aim?: string) => Figure} */
    const figure = (what, unit, key, take, against = key, aim) => ({
      what: `Node ${major}${kind}: ${what}`,
      unit,
      ours: take(of.map((one) => one[key])),
      baseline: take(smallest.map((one) => one[against])),
      against: SMALLEST_SERVER,
      ...(aim && { aim }),
    });
    const least = (/** @type {number[]} */ values) => Math.min(...values);
    return [
      figure("spawn to initialize answered", "ms", "initialized", median, "initialized", aim),
      figure("spawn to initialize answered, the fastest", "ms", "initialized", least),
      figure("spawn to the first list", "ms", "answered", median),
      figure(
        "resident memory after initialize",
        "MB",
        "megabytes",
        median,
        "megabytes",
        major === "20" ? "≤ 48 MB" : undefined,
      ),
      figure("resident memory at rest", "MB", "resting", median),
    ];
  });
}

/**
 * Times since spawn in ms, and resident memory in MB: after `initialize`, and at rest in a separate process.
 * @typedef {{ initialized: number, answered: number, megabytes: number, resting: number }} Start
 * @param {string} node
 * @param {string[]} args
 * @param {Record<string, string>} env
 * @returns {Promise<Start>}
 */
async function measureOneStart(node, args, env) {
  const idle = new StdioServer(args, env, node);
  await idle.initialize();
  await sleep(REST_MS);
  const resting = idle.megabytes;
  await idle.end();

  const began = performance.now();
  const server = new StdioServer(args, env, node);
  await server.initialize();
  const initialized = performance.now() - began;
  const { megabytes } = server;
  // The time to read /proc is not the server's.
  const paused = performance.now() - began - initialized;
  await server.ask("tools/call", FIRST_CALL);
  const answered = performance.now() - began - paused;
  await server.end();
  return { initialized, answered, megabytes, resting };
}
