// The cost of a call beyond the request that it makes: one call at a time, and 64 concurrently.
import { median, quantile } from "./figures.mjs";
import { nodeArgs, runInOwnProcess, StdioServer, startCloud } from "./processes.mjs";

const IMAGE_ID = 362118904;
const GET = { path: `/images/${IMAGE_ID}`, call: { name: "hcloud_get_image", arguments: { id: IMAGE_ID } } };
const LIST = {
  path: "/images?type=snapshot&per_page=25",
  call: { name: "hcloud_list_images", arguments: { type: "snapshot", per_page: 25 } },
};
const FETCH = "a bare fetch";
const RELAY = "that request behind a pipe";

/** Calls before the measurement, so that V8 has compiled the code. */
const WARM_UP_CALLS = 1_000;
const CALLS_PER_BLOCK = 50;
const MAX_IN_FLIGHT = 64;
const ROUNDS = 7;

/** Workloads: `calls` are made one at a time, `concurrent` are in flight together in each round. */
const WORKLOADS = [
  {
    what: "a get, an API that answers immediately",
    ...GET,
    delayMs: 0,
    calls: 2_000,
    concurrent: 3_000,
    aim: "≤ 1.35 ×",
  },
  {
    what: "a list of 25, an API that answers immediately",
    ...LIST,
    delayMs: 0,
    calls: 2_000,
    concurrent: 3_000,
    aim: "≤ 1.5 ×",
  },
  {
    what: "a get, an API that takes 20 ms",
    ...GET,
    delayMs: 20,
    calls: 100,
    concurrent: 1_000,
    aim: "≤ 1.35 ×",
  },
];

/** @typedef {import("./figures.mjs").Figure} Figure */
/** @typedef {() => Promise<unknown>} Work */

/** @returns {Promise<Figure[]>} */
export async function measureCalls() {
  const figures = [await measureMemory()];
  // The fetch of a process that has made thousands for the workload before is faster than that of a new one.
  for (const work of WORKLOADS)
    figures.push(...(await runInOwnProcess(import.meta.url, measureWorkload.name, work)));
  return figures;
}

/** @returns {Promise<Figure>} */
async function measureMemory() {
  const cloud = await startCloud({ fixed: GET.path });
  const { server, relay, works } = start(cloud, GET);
  await server.initialize();
  for (const work of works) await runConcurrently(work, 1, 1_000);
  const [ours, baseline] = [server.megabytes, relay.megabytes];
  await stop(cloud, server, relay);
  return { what: "resident memory after 1,000 calls", unit: "MB", ours, baseline, against: RELAY };
}

/**
 * Called by its name, in a process of its own.
 * @public
 * @param {(typeof WORKLOADS)[number]} work
 * @returns {Promise<Figure[]>}
 */
export async function measureWorkload({ what, path, call, delayMs, calls, concurrent, aim }) {
  const cloud = await startCloud({ fixed: path, delayMs });
  const { server, relay, works } = start(cloud, { path, call });
  await server.initialize();
  for (const work of works) await runConcurrently(work, MAX_IN_FLIGHT, WARM_UP_CALLS);
  const [ours = [], bare = [], relayed = []] = await timeOneByOne(works, calls / CALLS_PER_BLOCK);
  const [rate = 0, bareRate = 0, relayRate = 0] = await measureRates(works, concurrent);
  await stop(cloud, server, relay);

  const p50 = { what: `${what}: p50`, unit: "ms", ours: median(ours) };
  const p99 = { what: `${what}: p99`, unit: "ms", ours: quantile(ours, 0.99) };
  const fastest = { what: `${what}: p50 of the fastest block`, unit: "ms", ours: findFastestBlock(ours) };
  const many = { what: `${what}, ${MAX_IN_FLIGHT} in flight`, unit: "calls/s", ours: rate };
  return [
    { ...p50, baseline: median(bare), against: FETCH, aim },
    { ...p50, baseline: median(relayed), against: RELAY },
    { ...fastest, baseline: findFastestBlock(bare), against: FETCH, aim },
    { ...p99, baseline: quantile(bare, 0.99), against: FETCH },
    { ...many, baseline: bareRate, against: FETCH, ...(path === GET.path && !delayMs && { aim: "≥ 1 ×" }) },
    { ...many, baseline: relayRate, against: RELAY },
  ];
}

/**
 * Starts the server and its two baselines.
 * @param {Awaited<ReturnType<typeof startCloud>>} cloud
 * @param {{ path: string, call: object }} work
 */
function start({ endpoint, token, env }, { path, call }) {
  const server = new StdioServer(["dist/index.js"], env);
  const relay = new StdioServer(nodeArgs("relay.mjs", path), env);
  const headers = { authorization: `Bearer ${token}` };
  /** @type {Work[]} */
  const works = [
    () => server.ask("tools/call", call),
    async () => (await fetch(endpoint + path, { headers })).json(),
    () => relay.ask(""),
  ];
  return { server, relay, works };
}

/** @param {Awaited<ReturnType<typeof startCloud>>} cloud @param {StdioServer[]} servers */
async function stop(cloud, ...servers) {
  await Promise.all(servers.map((server) => server.end()));
  cloud.end();
}

/** Returns the time of each call in ms; the works alternate in blocks. @param {Work[]} works @param {number} blocks */
async function timeOneByOne(works, blocks) {
  const times = works.map(() => /** @type {number[]} */ ([]));
  for (let block = 0; block < blocks; block++) {
    for (const [i, work] of works.entries()) {
      for (let call = 0; call < CALLS_PER_BLOCK; call++) {
        const began = performance.now();
        await work();
        times[i]?.push(performance.now() - began);
      }
    }
  }
  return times;
}

/** Returns the median of the fastest block, which a busy machine disturbs least. @param {number[]} times */
function findFastestBlock(times) {
  const blocks = Array.from({ length: times.length / CALLS_PER_BLOCK }, (_, i) =>
    times.slice(i * CALLS_PER_BLOCK, (i + 1) * CALLS_PER_BLOCK),
  );
  return Math.min(...blocks.map(median));
}

/** Returns calls per second, the median of rounds in which the works alternate. @param {Work[]} works @param {number} calls */
async function measureRates(works, calls) {
  const rates = works.map(() => /** @type {number[]} */ ([]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, work] of works.entries()) {
      const began = performance.now();
      await runConcurrently(work, MAX_IN_FLIGHT, calls);
      rates[i]?.push((calls / (performance.now() - began)) * 1_000);
    }
  }
  return rates.map(median);
}

/** @param {Work} work @param {number} atOnce @param {number} calls */
async function runConcurrently(work, atOnce, calls) {
  let left = calls;
  const one = async () => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}
