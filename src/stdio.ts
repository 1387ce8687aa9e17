/** The SDK's stdio, on which many answers at once cost little. */

import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";

/** Answers that are ready in the same turn of the event loop leave in one write: each write wakes the client up. */
export class StdioTransport extends StdioServerTransport {
  constructor() {
    super();
    // Every answer that has to wait for a slow reader listens for its turn; Node would take eleven for a leak.
    process.stdout.setMaxListeners(0);
  }

  override send(message: JSONRPCMessage): Promise<void> {
    if (process.stdout.writableCorked === 0) {
      process.stdout.cork();
      setImmediate(() => process.stdout.uncork());
    }
    return super.send(message);
  }

  override close(): Promise<void> {
    process.stdout.uncork();
    return super.close();
  }
}
