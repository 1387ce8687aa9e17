/** The SDK's stdio, on which many answers at once cost little and a client that goes is noticed at once. */

// biome-ignore lint/style/noRestrictedImports: only what kind of thing stdout is; no file is opened
import { fstatSync } from "node:fs";
import { Socket } from "node:net";
import type { Writable } from "node:stream";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";

/** Answers that are ready in the same turn of the event loop leave in one write: each write wakes the client up. */
export class StdioTransport extends StdioServerTransport {
  readonly stdout: Writable;

  constructor() {
    const stdout = openStdout();
    super(process.stdin, stdout);
    this.stdout = stdout;
  }

  override send(message: JSONRPCMessage): Promise<void> {
    const { stdout } = this;
    if (stdout.writableCorked === 0) {
      stdout.cork();
      setImmediate(() => stdout.uncork());
    }
    return super.send(message);
  }

  override close(): Promise<void> {
    this.stdout.uncork();
    return super.close();
  }
}

/** A socket is read from too, so that it is noticed when the other side closes it. */
function openStdout(): Writable {
  const stdout = fstatSync(1).isSocket() ? new Socket({ fd: 1 }).resume() : process.stdout;
  // Every answer that has to wait for a slow reader listens for its turn; Node would take eleven for a leak.
  return stdout.setMaxListeners(0);
}
