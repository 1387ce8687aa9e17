// Measured processes that exchange raw lines: an MCP client would cost more time than the server.
import { execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const CLIENT = {
  protocolVersion: "2025-06-18",
  capabilities: {},
  clientInfo: { name: "bench", version: "1" },
};

/** A process that answers each line of JSON-RPC with one line, in any order. */
export class StdioServer {
  #next = 1;
  #text = "";
  /** @type {Map<number, { resolve(line: string): void, reject(error: Error): void }>} */
  #waiting = new Map();

  /** @param {string[]} args of Node @param {Record<string, string>} [env] @param {string} [node] the binary */
  constructor(args, env = {}, node = process.execPath) {
    this.child = spawn(node, args, {
      stdio: ["pipe", "pipe", "ignore"],
      env: { ...process.env, ...env },
    });
    this.ended = new Promise((resolve) => this.child.once("exit", resolve)).then(() => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`node ${args.join(" ")} ended`));
    });
    this.child.stdout.setEncoding("utf8").on("data", (chunk) => this.#read(chunk));
  }

  /**
   * Returns the response as a line of which only the id was parsed.
   * @param {string} method
   * @param {object} [params]
   * @returns {Promise<string>}
   */
  ask(method, params) {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    });
  }

  initialize() {
    return this.ask("initialize", CLIENT);
  }

  /** Resident memory in MB; NaN without /proc. */
  get megabytes() {
    try {
      const [, kilobytes] =
        /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.child.pid}/status`, "utf8")) ?? [];
      return Number(kilobytes) / 1024;
    } catch {
      return Number.NaN;
    }
  }

  /** Ends the process as an MCP client does: by closing its input. */
  async end() {
    this.child.stdin.end();
    await this.ended;
  }

  /** @param {string} chunk */
  #read(chunk) {
    this.#text += chunk;
    for (let end = this.#text.indexOf("\n"); end >= 0; end = this.#text.indexOf("\n")) {
      const line = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 1);
      // Both servers write the id last.
      const id = Number.parseInt(line.slice(line.lastIndexOf('"id":') + 5), 10);
      this.#waiting.get(id)?.resolve(line);
      this.#waiting.delete(id);
    }
  }
}

/** Returns Node's arguments for a script of this folder. @param {string} name of its file @param {string[]} args */
export function nodeArgs(name, ...args) {
  return [fileURLToPath(new URL(name, import.meta.url)), ...args];
}

/**
 * Calls a function in a new process, in which V8 has compiled nothing for other work. Argument and result pass as JSON.
 * @param {string} module the URL of the module that exports the function
 * @param {string} name of the function
 * @param {unknown} argument
 */
export async function runInOwnProcess(module, name, argument) {
  const [url, json] = [JSON.stringify(module), JSON.stringify(argument)];
  const script = `const module = await import(${url}); console.log(JSON.stringify(await module.${name}(${json})));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
  return JSON.parse(stdout);
}

/**
 * Starts the API in a separate process.
 * @param {object} options see cloud.mjs
 * @returns {Promise<{ endpoint: string, token: string, env: Record<string, string>, end(): void }>}
 */
export async function startCloud(options = {}) {
  const child = spawn(process.execPath, nodeArgs("cloud.mjs", JSON.stringify(options)), {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const text = await new Promise((resolve) => child.stdout.setEncoding("utf8").once("data", resolve));
  const { endpoint, token } = JSON.parse(text);
  return {
    endpoint,
    token,
    env: { HCLOUD_ENDPOINT: endpoint, HCLOUD_TOKEN: token },
    end: () => void child.kill(),
  };
}
