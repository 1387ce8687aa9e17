// The built server as a process of its own, spoken to line by line.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

// Without the optimising compiler: what it notes down grows for a long time, and would hide a small leak.
const FLAGS = ["--no-opt", "--expose-gc", "--import", "./scripts/soak-probe.mjs"];

/** @typedef {{ heap: number, rss: number, timers: number, sockets: number, listeners: number }} Probe bytes, and counts */

/**
 * Starts it in front of a simulator.
 * @param {{ endpoint: string, token: string }} simulator
 */
export async function startServer({ endpoint, token }) {
  const child = spawn(process.execPath, [...FLAGS, "dist/index.js"], {
    env: { PATH: process.env["PATH"], HCLOUD_ENDPOINT: endpoint, HCLOUD_TOKEN: token },
  });
  /** @type {Map<number, (message: any) => void>} */
  const waiting = new Map();
  /** @type {((probe: Probe) => void)[]} */
  const probing = [];
  /** Lines that nobody waited for, or that are not JSON. @type {string[]} */
  const unexpected = [];
  let last = 0;

  createInterface({ input: child.stdout }).on("line", (line) => {
    const message = JSON.parse(line);
    if (message.method) return;
    const answer = waiting.get(message.id);
    waiting.delete(message.id);
    if (answer) answer(message);
    else unexpected.push(line);
  });
  createInterface({ input: child.stderr }).on("line", (line) => {
    if (line.startsWith('{"heap"')) probing.shift()?.(JSON.parse(line));
    else if (!line.startsWith("{")) unexpected.push(line);
  });

  const server = {
    child,
    unexpected,
    /** How many there were so far. */
    calls: () => last,
    exited: once(child, "exit").then(([code]) => /** @type {number | null} */ (code)),

    /** @param {string} method @param {object} params */
    request(method, params) {
      const id = ++last;
      child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
      const answer = new Promise((resolve) => waiting.set(id, resolve));
      return { id, answer };
    },

    /**
     * Calls a tool.
     * @param {string} name
     * @param {object} args
     * @returns {Promise<any>} the result, or undefined when it is an error of the protocol
     */
    async call(name, args) {
      return (await server.request("tools/call", { name, arguments: args }).answer).result;
    },

    /** Nobody waits for the answer any more. @param {number} requestId */
    cancel(requestId) {
      waiting.delete(requestId);
      const params = { requestId, reason: "enough" };
      child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", method: "notifications/cancelled", params })}\n`);
    },

    /** What it holds on to when garbage has been collected. @returns {Promise<Probe>} */
    probe() {
      child.kill("SIGUSR2");
      return new Promise((resolve) => probing.push(resolve));
    },
  };
  const clientInfo = { name: "soak", version: "1" };
  await server.request("initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo }).answer;
  return server;
}
