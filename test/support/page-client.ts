/** An MCP client that shows pages, connected to our server in one process, on one fake clock. */

import { type HarnessOptions, startServer } from "./harness.ts";
import { createClient, type Era, join } from "./joined-client.ts";

export const UI = "io.modelcontextprotocol/ui";
export const PAGE_TYPE = "text/html;profile=mcp-app";
/** The extension that an MCP client with pages declares. */
export const SHOWS_PAGES = { [UI]: { mimeTypes: [PAGE_TYPE] } };

interface PageClientOptions extends HarnessOptions {
  era?: Era;
  extensions?: Record<string, Record<string, unknown>> | null;
}

export type PageResult = Record<string, unknown> & { structuredContent: Record<string, unknown> };

export async function startPageClient(options: PageClientOptions = {}) {
  const { era = "2025-11-25", extensions = SHOWS_PAGES, ...rest } = options;
  const started = await startServer(rest);
  const client = createClient(era, extensions === null ? {} : { extensions: extensions as never });
  await join(client, started.server);
  return {
    ...started,
    client,
    /** Returns the whole result, as a host passes it to the page. */
    async call(name: string, args: Record<string, unknown> = {}): Promise<PageResult> {
      return (await client.callTool({ name, arguments: args })) as unknown as PageResult;
    },
  };
}
