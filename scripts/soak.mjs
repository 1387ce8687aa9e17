// Many calls of the built server, for minutes: does memory grow, does anything leak, how fast do calls and the process end?
// `npm run soak`, or `npm run soak -- 20000` for fewer calls than 100,000. Exits with code 1 if memory grows or anything leaks.
import { setTimeout as wait } from "node:timers/promises";
import { startSimulator } from "./simulator.mjs";
import { callOnce, cancelOne, createImage, holdCalls, injectTrouble } from "./soak-calls.mjs";
import { startServer } from "./soak-server.mjs";

const CALLS = Number(process.argv[2] ?? 100_000);
const CALLS_PER_ROUND = 10_000;
const WORKERS = 32;
const MAX_GROWTH_SHARE = 0.1;
const CANCELS = 200;
const ENDS_PER_WAY = 10;
/** How long the soak waits before the last probe, in ms: the server keeps idle connections for a few seconds. */
const IDLE_MS = 10_000;

/** @typedef {Awaited<ReturnType<typeof startServer>>} Server */

/** State of the generator mulberry32: every run has the same random numbers. */
let seed = 1;
function random() {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

/** @type {{ what: string, value: string | number }[]} */
const table = [];
const addRow = (/** @type {string} */ what, /** @type {string | number} */ value) =>
  table.push({ what, value });
const formatMegabytes = (/** @type {number} */ bytes) => `${(bytes / 2 ** 20).toFixed(1)} MB`;

const simulator = await startSimulator({ rateLimit: 100_000_000, actionMs: 0 });
const held = injectTrouble(simulator, random);
const workers = Array.from({ length: WORKERS }, (_, number) => {
  simulator.state.images.set(createImage(number).id, createImage(number));
  return number;
});

const failures = [...(await soak()), ...(await measureCancelling()), ...(await measureEnding())];
console.table(table);
for (const failure of failures) console.log(`NOT AS IT SHOULD BE: ${failure}`);
await simulator.close();
process.exit(failures.length > 0 ? 1 : 0);

/** Makes all calls and probes the server after each round. Returns the failures. */
async function soak() {
  const server = await startServer(simulator);
  const fresh = await server.probe();
  const began = performance.now();
  /** @type {import("./soak-server.mjs").Probe[]} */
  const probes = [];
  while (server.calls() < CALLS) {
    const until = Math.min(server.calls() + CALLS_PER_ROUND, CALLS);
    await Promise.all(
      workers.map(async (number) => {
        while (server.calls() < until) await callOnce({ server, simulator, held, random, number });
      }),
    );
    const probe = await server.probe();
    probes.push(probe);
    console.log(
      `${server.calls()} calls: heap ${formatMegabytes(probe.heap)}, resident ${formatMegabytes(probe.rss)}`,
    );
  }
  const seconds = (performance.now() - began) / 1000;
  await wait(IDLE_MS);
  const idle = await server.probe();
  server.child.kill();
  await server.exited;

  addRow("calls", server.calls());
  addRow("calls/s", Math.round(server.calls() / seconds));
  addRow("requests to the API", simulator.state.handled);
  const [first = fresh, last = first] = [probes[0], probes.at(-1)];
  const failures = server.unexpected.map((line) => `the server wrote ${line}`);
  for (const [kind, name] of /** @type {const} */ ([
    ["heap", "heap after garbage collection"],
    ["rss", "resident memory"],
  ])) {
    const growth = last[kind] / first[kind] - 1;
    const text = `${formatMegabytes(first[kind])} → ${formatMegabytes(last[kind])}, ${(growth * 100).toFixed(1)} %`;
    addRow(`${name}, after the first ${CALLS_PER_ROUND} calls → at the end, growth`, text);
    if (growth > MAX_GROWTH_SHARE) failures.push(`${name} grew: ${text}`);
  }
  for (const kind of /** @type {const} */ (["timers", "listeners", "sockets"])) {
    const leaked = idle[kind] - fresh[kind];
    addRow(`leaked ${kind}`, leaked);
    if (leaked > 0) failures.push(`${leaked} ${kind} leaked`);
  }
  return failures;
}

/** Measures the time from the line on stdin to the end of the connection at the API. */
async function measureCancelling() {
  const server = await startServer(simulator);
  const times = [];
  for (let i = 0; i < CANCELS; i++)
    times.push(await cancelOne({ server, simulator, held, random, number: 0 }));
  server.child.kill();
  times.sort((a, b) => a - b);
  addRow("cancel → connection ended at the API, ms, median", (times[CANCELS >> 1] ?? 0).toFixed(1));
  addRow("  the longest of 200", (times.at(-1) ?? 0).toFixed(1));
  return [];
}

/** Measures the time from the client's exit to the end of the process, with a hundred calls in flight. Returns the failures. */
async function measureEnding() {
  /** @type {Record<string, (child: Server["child"]) => unknown>} */
  const ways = {
    "stdin ended": (child) => child.stdin.end(),
    "stdout closed": (child) => child.stdout.destroy(),
    SIGTERM: (child) => child.kill("SIGTERM"),
    SIGINT: (child) => child.kill("SIGINT"),
  };
  const failures = [];
  for (const [way, go] of Object.entries(ways)) {
    const times = [];
    for (let i = 0; i < ENDS_PER_WAY; i++) {
      const server = await startServer(simulator);
      await holdCalls({ server, held }, 100);
      const began = performance.now();
      go(server.child);
      const code = await server.exited;
      times.push(performance.now() - began);
      if (code !== 0) failures.push(`${way}: the process ended with ${code}`);
      failures.push(...server.unexpected.map((line) => `${way}: the server wrote ${line}`));
    }
    addRow(`${way} → process ended, ms, the longest of ${ENDS_PER_WAY}`, Math.max(...times).toFixed(0));
  }
  return failures;
}
