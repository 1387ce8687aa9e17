/** The official 2.x client, connected to our server in one process. */

import { Client, type ClientOptions } from "@modelcontextprotocol/client";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { onTestFinished } from "vitest";

export const ERAS = ["2025-06-18", "2025-11-25", "2026-07-28"] as const;
export type Era = (typeof ERAS)[number];

/** Creates a client that knows only this version. */
export function createClient(era: Era, capabilities: ClientOptions["capabilities"] = {}): Client {
  const isModern = era === "2026-07-28";
  return new Client(
    { name: "joined", version: "0" },
    {
      capabilities,
      versionNegotiation: { mode: isModern ? { pin: era } : "legacy" },
      ...(!isModern && { supportedProtocolVersions: [era] }),
    },
  );
}

/** Connects client and server; the client is closed when the test ends. */
export async function join(client: Client, server: Server): Promise<void> {
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(theirs), client.connect(ours as never)]);
  onTestFinished(() => client.close());
}
