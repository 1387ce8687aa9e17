// What a call costs beyond the request it makes: one after the other, and 64 at a time.
import { median, quantile } from "./figures.mjs";
import { helper, Lines, startCloud } from "./processes.mjs";

const ID = 362118904;
const GET = { path: `/images/${ID}`, call: { name: "hcloud_get_image", arguments: { id: ID } } };
const LIST = {
  path: "/images?type=snapshot&per_page=25",
  call: { name: "hcloud_list_images", arguments: { type: "snapshot", per_page: 25 } },
};
const FETCH = "a bare fetch";
const RELAY = "that request behind a pipe";

/** Calls before anything is measured: by then V8 has compiled what it will. */
const WARM_UP = 1_000;
const BLOCK = 50;
const AT_ONCE = 64;
const ROUNDS = 7;

/** Each in a process of its own; `calls` one after the other, and `flight` at a time in each round. */
const WORKS = [
  {
    what: "a get, an API that answers at once",
    ...GET,
    delayMs: 0,
    calls: 2_000,
    flight: 3_000,
    aim: "≤ 1.35 ×",
  },
  {
    what: "a list of 25, an API that answers at once",
    ...LIST,
    delayMs: 0,
    calls: 2_000,
    flight: 3_000,
    aim: "≤ 1.5 ×",
  },
  { what: "a get, an API that takes 20 ms", ...GET, delayMs: 20, calls: 100, flight: 1_000, aim: "≤ 1.35 ×" },
];

/** @typedef {import("./figures.mjs").Figure} Figure */
/** @typedef {() => Promise<unknown>} Work */

/** @returns {Promise<Figure[]>} */
export async function measureCalls() {
  const figures = [await memory()];
  for (const work of WORKS) figures.push(...(await measure(work)));
  return figures;
}

/** @returns {Promise<Figure>} */
async function memory() {
  const cloud = await startCloud({ fixed: GET.path });
  const { server, relay, works } = start(cloud, GET);
  await server.initialize();
  for (const work of works) await inFlight(work, 1, 1_000);
  const [ours, baseline] = [server.megabytes, relay.megabytes];
  await stop(cloud, server, relay);
  return { what: "resident memory after 1,000 calls", unit: "MB", ours, baseline, against: RELAY };
}

/** @param {(typeof WORKS)[number]} work @returns {Promise<Figure[]>} */
async function measure({ what, path, call, delayMs, calls, flight, aim }) {
  const cloud = await startCloud({ fixed: path, delayMs });
  const { server, relay, works } = start(cloud, { path, call });
  await server.initialize();
  for (const work of works) await inFlight(work, AT_ONCE, WARM_UP);
  const [ours = [], bare = [], relayed = []] = await oneByOne(works, calls / BLOCK);
  const [rate = 0, bareRate = 0, relayRate = 0] = await manyAtOnce(works, flight);
  await stop(cloud, server, relay);

  const p50 = { what: `${what}: p50`, unit: "ms", ours: median(ours) };
  const p99 = { what: `${what}: p99`, unit: "ms", ours: quantile(ours, 0.99) };
  const fastest = { what: `${what}: p50 of the fastest block`, unit: "ms", ours: fastestBlock(ours) };
  const many = { what: `${what}, ${AT_ONCE} in flight`, unit: "calls/s", ours: rate };
  return [
    { ...p50, baseline: median(bare), against: FETCH, aim },
    { ...p50, baseline: median(relayed), against: RELAY },
    { ...fastest, baseline: fastestBlock(bare), against: FETCH, aim },
    { ...p99, baseline: quantile(bare, 0.99), against: FETCH },
    { ...many, baseline: bareRate, against: FETCH, ...(path === GET.path && !delayMs && { aim: "≥ 1 ×" }) },
    { ...many, baseline: relayRate, against: RELAY },
  ];
}

/**
 * The server, and the two it is held against.
 * @param {Awaited<ReturnType<typeof startCloud>>} cloud
 * @param {{ path: string, call: object }} work
 */
function start({ endpoint, token, env }, { path, call }) {
  const server = new Lines(["dist/index.js"], env);
  const relay = new Lines(helper("request.mjs", path), env);
  const headers = { authorization: `Bearer ${token}` };
  /** @type {Work[]} */
  const works = [
    () => server.ask("tools/call", call),
    async () => (await fetch(endpoint + path, { headers })).json(),
    () => relay.ask(""),
  ];
  return { server, relay, works };
}

/** @param {Awaited<ReturnType<typeof startCloud>>} cloud @param {Lines[]} servers */
async function stop(cloud, ...servers) {
  await Promise.all(servers.map((server) => server.end()));
  cloud.end();
}

/** Milliseconds of each call; the works take turns in blocks. @param {Work[]} works @param {number} blocks */
async function oneByOne(works, blocks) {
  const times = works.map(() => /** @type {number[]} */ ([]));
  for (let block = 0; block < blocks; block++) {
    for (const [i, work] of works.entries()) {
      for (let call = 0; call < BLOCK; call++) {
        const began = performance.now();
        await work();
        times[i]?.push(performance.now() - began);
      }
    }
  }
  return times;
}

/** What a busy machine disturbs least. @param {number[]} times */
function fastestBlock(times) {
  const blocks = Array.from({ length: times.length / BLOCK }, (_, i) =>
    times.slice(i * BLOCK, (i + 1) * BLOCK),
  );
  return Math.min(...blocks.map(median));
}

/** Calls a second, the median of rounds in which the works take turns. @param {Work[]} works @param {number} calls */
async function manyAtOnce(works, calls) {
  const rates = works.map(() => /** @type {number[]} */ ([]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, work] of works.entries()) {
      const began = performance.now();
      await inFlight(work, AT_ONCE, calls);
      rates[i]?.push((calls / (performance.now() - began)) * 1_000);
    }
  }
  return rates.map(median);
}

/** @param {Work} work @param {number} atOnce @param {number} calls */
async function inFlight(work, atOnce, calls) {
  let left = calls;
  const one = async () => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}
