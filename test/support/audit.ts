/** Audit files, their lines, and server processes that write them. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./folder.ts";
import { callMessage, INITIALIZE, type Spawned, spawnCommand } from "./spawned.ts";

/** Returns the path of a new audit file in a folder that is deleted when the test ends. */
export function newAuditFile(): string {
  return join(temporaryFolder(), "audit.log");
}

export function readLines(file: string): string[] {
  return split(readFileSync(file, "utf8"));
}

/** Throws unless the text ends with a line break. */
function split(text: string): string[] {
  const lines = text.split("\n");
  if (lines.pop() !== "") throw new Error(`this does not end with a line break: ${text.slice(-200)}`);
  return lines;
}

/** Returns the members that all events of a call on one image share. */
export const aboutOne = (tool: string, args: { id: number }) => ({ tool, ids: [args.id], args });

export interface Session extends Spawned {
  /** Calls a tool and returns the text of its result. */
  call(tool: string, args: object): Promise<string>;
  /** Ends the process and returns its lines on stderr; throws unless the exit code is 0. */
  end(): Promise<string[]>;
}

/** Starts the built command with an audit file; the shell runs `within` first. */
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
