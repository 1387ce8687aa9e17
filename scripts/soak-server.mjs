// The built server as a separate process that exchanges lines.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

// The optimising compiler's feedback grows for a long time and would hide a small leak.
const FLAGS = ["--no-opt", "--expose-gc", "--import", "./scripts/soak-probe.mjs"];

/** @typedef {{ heap: number, rss: number, timers: number, sockets: number, listeners: number }} Probe bytes, and counts */

/**
 * Starts the server with a simulator as its API.
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
  /** Lines on stdout without a waiting request, and lines on stderr that are not JSON. @type {string[]} */
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
    /** Returns the number of requests so far. */
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
     * @returns {Promise<any>} the result; undefined for a protocol error
     */
    async call(name, args) {
      return (await server.request("tools/call", { name, arguments: args }).answer).result;
    },

    /** Cancels a request, whose response then counts as unexpected. @param {number} requestId */
    cancel(requestId) {
      waiting.delete(requestId);
      const params = { requestId, reason: "enough" };
      child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", method: "notifications/cancelled", params })}\n`);
    },

    /** Returns what the server holds after garbage collection. @returns {Promise<Probe>} */
    probe() {
      child.kill("SIGUSR2");
      return new Promise((resolve) => probing.push(resolve));
    },
  };
  const clientInfo = { name: "soak", version: "1" };
  await server.request("initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo }).answer;
  return server;
}
