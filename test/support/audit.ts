/** Words for the audit file: a folder to put it in, its lines, and server processes that write to it. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./folder.ts";
import { callMessage, INITIALIZE, type Spawned, spawnCommand } from "./spawned.ts";

/** A new path of a file in a folder of its own, which is gone when the test ends. */
export function newAuditFile(): string {
  return join(temporaryFolder(), "audit.log");
}

export function readLines(file: string): string[] {
  return split(readFileSync(file, "utf8"));
}

/** Fails unless the last line is ended. */
function split(text: string): string[] {
  const lines = text.split("\n");
  if (lines.pop() !== "") throw new Error(`this does not end with a line break: ${text.slice(-200)}`);
  return lines;
}

/** What all events of a call for one image have in common. */
export const aboutOne = (tool: string, args: { id: number }) => ({ tool, ids: [args.id], args });

export interface Session extends Spawned {
  /** The text of the answer. */
  call(tool: string, args: object): Promise<string>;
  /** Ends the process and returns its lines on stderr; fails unless it ends with code 0. */
  end(): Promise<string[]>;
}

/** A process of the built command with an audit file; `within` is run before it in the same shell. */
export async function spawnAudited(file: string, env: Record<string, string>, within = ""): Promise<Session> {
  const args = env["HCLOUD_TOKEN"] ? [] : ["--demo"];
  const server = spawnCommand(args, { HCLOUD_IMAGES_AUDIT_FILE: file, ...env }, { within });
  server.send(INITIALIZE);
  await server.nextLine();
  let id = 1;
  return {
    ...server,
    async call(tool, args) {
      server.send(callMessage(++id, tool, args));
      return JSON.parse(await server.nextLine()).result.content[0].text;
    },
    async end() {
      server.child.stdin.end();
      const code = await server.ended;
      if (code !== 0) throw new Error(`ended with ${code}: ${server.stderr()}`);
      return split(server.stderr());
    },
  };
}
