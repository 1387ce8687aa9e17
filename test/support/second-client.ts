/** An MCP client that shares no code with our SDK, connected to the built command. Needs `npm run build`. */

import { Client, type ClientOptions, type VersionNegotiationMode } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { onTestFinished } from "vitest";
import { BARE_ENV, COMMAND } from "./spawned.ts";

/** Modes of version negotiation, and the negotiated versions. */
export const MODES: readonly [mode: VersionNegotiationMode, version: string][] = [
  ["legacy", "2025-11-25"],
  ["auto", "2026-07-28"],
  [{ pin: "2026-07-28" }, "2026-07-28"],
];

/** The client starts a second process to ask for the version, except with a derived transport class. */
class OneProcessTransport extends StdioClientTransport {}

interface Connection extends Pick<ClientOptions, "supportedProtocolVersions"> {
  mode?: VersionNegotiationMode;
  args?: string[];
  env?: Record<string, string>;
  /** Options of Node. */
  node?: string[];
}

export async function connectSecondClient({
  mode = "legacy",
  args,
  env,
  node = [],
  ...options
}: Connection = {}) {
  const client = new Client({ name: "second", version: "0" }, { versionNegotiation: { mode }, ...options });
  const transport = new OneProcessTransport({
    command: process.execPath,
    args: [...node, COMMAND, ...(args ?? ["--demo"])],
    env: { ...BARE_ENV, ...env },
  });
  await client.connect(transport);
  onTestFinished(() => client.close());
  return {
    client,
    version: client.getNegotiatedProtocolVersion(),
    async call(name: string, args: Record<string, unknown> = {}) {
      const result = await client.callTool({ name, arguments: args });
      const [block] = result.content;
      return {
        text: block?.type === "text" ? block.text : "",
        isError: result.isError,
        data: result.structuredContent as Record<string, unknown>,
      };
    },
  };
}
