/** The built command as a separate process. Needs `npm run build`. */

import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

export const COMMAND = fileURLToPath(new URL("../../dist/index.js", import.meta.url));

/** An environment without any setting of ours. */
export const BARE_ENV = { PATH: process.env["PATH"] ?? "" };

export interface Spawned {
  child: ChildProcessWithoutNullStreams;
  /** All lines on stdout so far. */
  lines: string[];
  /** All of stderr so far. */
  stderr(): string;
  /** Returns the next unread line on stdout; rejects if the process ends. */
  nextLine(): Promise<string>;
  send(message: object | string): void;
  /** The exit code; null if a signal ended the process. */
  ended: Promise<number | null>;
}

interface SpawnOptions {
  /** The file for Node. */
  command?: string;
  /** A shell line, such as `umask 0`, that runs first in the same process. */
  within?: string;
  /** Runs the command on a terminal with stdin and stdout. Needs {@link hasTerminals}. */
  terminal?: boolean;
}

/** Whether util-linux's `script` is installed, which runs a command on a terminal. */
export const hasTerminals = spawnSync("script", ["--version"]).status === 0;

export function spawnCommand(
  args: string[] = [],
  env: Record<string, string> = {},
  { command = COMMAND, within = "", terminal = false }: SpawnOptions = {},
): Spawned {
  const whole = [process.execPath, command, ...args];
  const inShell = within ? ["sh", "-c", `${within}; exec "$@"`, "sh", ...whole] : whole;
  const line = inShell.map((word) => JSON.stringify(word)).join(" ");
  const [program = "", ...rest] = terminal ? ["script", "-qec", `exec ${line}`, "/dev/null"] : inShell;
  const child = spawn(program, rest, { env: { ...BARE_ENV, ...env } });
  const lines: string[] = [];
  let taken = 0;
  let stderr = "";
  const reader = createInterface({ input: child.stdout });
  reader.on("line", (line) => lines.push(line));
  child.stderr.setEncoding("utf8").on("data", (chunk) => {
    stderr += chunk;
  });
  child.stdin.on("error", () => undefined);
  const ended = once(child, "close").then(([code]) => code as number | null);
  onTestFinished(() => void child.kill("SIGKILL"));

  return {
    child,
    lines,
    stderr: () => stderr,
    async nextLine() {
      while (lines.length <= taken) {
        await Promise.race([
          once(reader, "line"),
          ended.then(() => Promise.reject(new Error(`ended: ${stderr}`))),
        ]);
      }
      return lines[taken++] ?? "";
    },
    send(message) {
      child.stdin.write(`${typeof message === "string" ? message : JSON.stringify(message)}\n`);
    },
    ended,
  };
}

export const INITIALIZE = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "test", version: "0" } },
};

export function callMessage(id: number, name: string, args: object = {}): object {
  return { jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: args } };
}
