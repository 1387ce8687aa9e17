// What a call costs beyond the request it makes: one after the other, and 64 at a time.
import { median, quantile } from "./figures.mjs";
import { helper, Lines, startCloud } from "./processes.mjs";
import { requester } from "./request.mjs";

const ID = 362118904;
const PATH = `/images/${ID}`;
const CALL = { name: "hcloud_get_image", arguments: { id: ID } };
const DIRECT = "the same request, made directly";
const RELAY = "that request behind a pipe";

/** Calls before anything is measured: by then V8 has compiled what it will. */
const WARM_UP = 1_000;
const BLOCK = 50;
const AT_ONCE = 64;
const ROUNDS = 7;

/** Each in a process of its own; `calls` one after the other, and `flight` at a time in each round. */
const APIS = [
  { api: "an API that answers at once", cloud: { fixed: PATH }, calls: 2_000, flight: 3_000 },
  { api: "the simulator as API", cloud: {}, calls: 2_000, flight: 3_000 },
  { api: "an API that takes 20 ms", cloud: { fixed: PATH, delayMs: 20 }, calls: 100, flight: 1_000 },
];

/** @typedef {import("./figures.mjs").Figure} Figure */
/** @typedef {() => Promise<unknown>} Work */

/** @returns {Promise<Figure[]>} */
export async function measureCalls() {
  const figures = [await memory()];
  for (const api of APIS) figures.push(...(await against(api)));
  return figures;
}

/** @returns {Promise<Figure>} */
async function memory() {
  const cloud = await startCloud({ fixed: PATH });
  const { server, relay, works } = start(cloud);
  await server.initialize();
  for (const work of works) await inFlight(work, 1, 1_000);
  const [ours, baseline] = [server.megabytes, relay.megabytes];
  await stop(cloud, server, relay);
  return { what: "resident memory after 1,000 calls", unit: "MB", ours, baseline, against: RELAY };
}

/** @param {(typeof APIS)[number]} api @returns {Promise<Figure[]>} */
async function against({ api, cloud: options, calls, flight }) {
  const cloud = await startCloud(options);
  const { server, relay, works } = start(cloud);
  await server.initialize();
  for (const work of works) await inFlight(work, AT_ONCE, WARM_UP);
  const [ours = [], direct = [], relayed = []] = await oneByOne(works, calls / BLOCK);
  const [rate = 0, directRate = 0, relayRate = 0] = await manyAtOnce(works, flight);
  await stop(cloud, server, relay);

  const p50 = { what: `a call, ${api}: p50`, unit: "ms", ours: median(ours) };
  const p99 = { what: `a call, ${api}: p99`, unit: "ms", ours: quantile(ours, 0.99) };
  const many = { what: `${AT_ONCE} in flight, ${api}`, unit: "calls/s", ours: rate };
  return [
    { ...p50, baseline: median(direct), against: DIRECT, aim: "≤ 1.6 ×" },
    { ...p50, baseline: median(relayed), against: RELAY },
    { ...p99, baseline: quantile(direct, 0.99), against: DIRECT },
    { ...many, baseline: directRate, against: DIRECT, aim: "≥ 0.9 ×" },
    { ...many, baseline: relayRate, against: RELAY },
  ];
}

/** The server, and the two it is held against. @param {Awaited<ReturnType<typeof startCloud>>} cloud */
function start({ endpoint, token, env }) {
  const server = new Lines(["dist/index.js"], env);
  const relay = new Lines(helper("request.mjs", PATH), env);
  const direct = requester(endpoint, token, PATH);
  /** @type {Work[]} */
  const works = [() => server.ask("tools/call", CALL), direct, () => relay.ask("")];
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
