/** A client that shows pages, joined with our server in one process, on one fake clock. */

import { Client } from "@modelcontextprotocol/client";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { onTestFinished } from "vitest";
import type { Era } from "./forms.ts";
import { type HarnessOptions, startServer } from "./harness.ts";

export const UI = "io.modelcontextprotocol/ui";
export const PAGE_TYPE = "text/html;profile=mcp-app";
/** What a client with pages declares. */
export const SHOWS_PAGES = { [UI]: { mimeTypes: [PAGE_TYPE] } };

interface PageClientOptions extends HarnessOptions {
  era?: Era;
  extensions?: Record<string, Record<string, unknown>> | null;
}

export type Shown = Record<string, unknown> & { structuredContent: Record<string, unknown> };

export async function startPageClient(options: PageClientOptions = {}) {
  const { era = "2025-11-25", extensions = SHOWS_PAGES, ...rest } = options;
  const started = await startServer(rest);
  const isModern = era === "2026-07-28";
  const client = new Client(
    { name: "pages", version: "0" },
    {
      capabilities: extensions === null ? {} : { extensions: extensions as never },
      versionNegotiation: { mode: isModern ? { pin: era } : "legacy" },
      ...(!isModern && { supportedProtocolVersions: [era] }),
    },
  );
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  await Promise.all([started.server.connect(theirs), client.connect(ours as never)]);
  onTestFinished(() => client.close());
  return {
    ...started,
    client,
    /** The whole result, as a host hands it to the page. */
    async call(name: string, args: Record<string, unknown> = {}): Promise<Shown> {
      return (await client.callTool({ name, arguments: args })) as unknown as Shown;
    },
  };
}
