// From spawn to the first answers: beside a Node that does nothing, and beside the same sources without a bundle.
import { build } from "esbuild";
import { median } from "./figures.mjs";
import { Lines, startCloud } from "./processes.mjs";

const ROUNDS = 21;
const BUNDLED = "dist/index.js";
const FIRST_CALL = { name: "hcloud_get_image", arguments: { id: 362118904 } };

/** All take turns, so that what else the machine does weighs on each alike. @returns {Promise<import("./figures.mjs").Figure[]>} */
export async function measureStart() {
  const unbundled = await buildUnbundled();
  const cloud = await startCloud();
  /** @type {number[]} */
  const empty = [];
  /** @type {Start[]} */
  const ours = [];
  /** @type {Start[]} */
  const theirs = [];
  /** @type {number[]} */
  const idle = [];
  for (let round = 0; round < ROUNDS; round++) {
    empty.push(await timeOfEmpty());
    idle.push(await memoryOfIdle());
    ours.push(await start(BUNDLED, cloud.env));
    theirs.push(await start(unbundled, cloud.env));
  }
  cloud.end();
  const of = (/** @type {Start[]} */ starts, /** @type {keyof Start} */ key) =>
    median(starts.map((one) => one[key]));
  const initialized = of(ours, "initialized");
  const answered = of(ours, "answered");
  const memory = of(ours, "megabytes");
  const initialize = "spawn to initialize answered";
  const result = "spawn to the first tool result";
  const resident = "resident memory after initialize";
  const [node, sources] = ["an empty Node process", "a build that leaves the packages unbundled"];
  return [
    {
      what: initialize,
      unit: "ms",
      ours: initialized,
      baseline: median(empty),
      against: node,
      aim: "≤ 2.6 ×",
    },
    {
      what: initialize,
      unit: "ms",
      ours: initialized,
      baseline: of(theirs, "initialized"),
      against: sources,
    },
    { what: result, unit: "ms", ours: answered, baseline: median(empty), against: node },
    { what: result, unit: "ms", ours: answered, baseline: of(theirs, "answered"), against: sources },
    {
      what: resident,
      unit: "MB",
      ours: memory,
      baseline: median(idle),
      against: "a Node that reads stdin",
      aim: "≤ 55 MB",
    },
    { what: resident, unit: "MB", ours: memory, baseline: of(theirs, "megabytes"), against: sources },
  ];
}

/**
 * Milliseconds since spawn, and resident MB after `initialize`.
 * @typedef {{ initialized: number, answered: number, megabytes: number }} Start
 * @param {string} entry
 * @param {Record<string, string>} env
 * @returns {Promise<Start>}
 */
async function start(entry, env) {
  const began = performance.now();
  const server = new Lines([entry], env);
  await server.initialize();
  const initialized = performance.now() - began;
  const { megabytes } = server;
  // Reading /proc is not the server's time.
  const paused = performance.now() - began - initialized;
  await server.ask("tools/call", FIRST_CALL);
  const answered = performance.now() - began - paused;
  await server.end();
  return { initialized, answered, megabytes };
}

async function timeOfEmpty() {
  const began = performance.now();
  await new Lines(["-e", ""]).ended;
  return performance.now() - began;
}

async function memoryOfIdle() {
  const node = new Lines(["-e", 'process.stdin.on("data", () => process.stdout.write(\'"id":1\\n\'))']);
  await node.initialize();
  const { megabytes } = node;
  await node.end();
  return megabytes;
}

/** The packages stay files of their own, found from within node_modules. */
async function buildUnbundled() {
  const outfile = "node_modules/.cache/bench/index.js";
  await build({
    entryPoints: ["src/index.ts"],
    outfile,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    define: { __VERSION__: '"0.0.0"' },
  });
  return outfile;
}
