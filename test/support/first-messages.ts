/** First messages of MCP clients over stdio, with versions and capabilities as recorded in November 2026. */

import { ENVELOPE, PREFIX } from "./modern.ts";

interface Host {
  host: string;
  version: string;
  capabilities: object;
}

const FORM_AND_URL = { elicitation: { form: {}, url: {} } };
const PAGES = { extensions: { [`${PREFIX}/ui`]: { mimeTypes: ["text/html;profile=mcp-app"] } } };

export const HOSTS: readonly Host[] = [
  { host: "Claude Code 2.1.331", version: "2026-07-28", capabilities: FORM_AND_URL },
  { host: "Claude Code 2.1.331 after a failed probe", version: "2025-11-25", capabilities: FORM_AND_URL },
  { host: "Claude Code 2.1.197", version: "2025-11-25", capabilities: { elicitation: {} } },
  { host: "Codex 0.169", version: "2025-06-18", capabilities: FORM_AND_URL },
  { host: "Gemini CLI 0.61", version: "2025-06-18", capabilities: {} },
  {
    host: "Inspector 2.12 web",
    version: "2025-11-25",
    capabilities: { elicitation: { form: {} }, ...PAGES },
  },
  {
    host: "Inspector 2.12 web, modern",
    version: "2026-07-28",
    capabilities: { elicitation: { form: {} }, ...PAGES },
  },
  { host: "Inspector 2.12 CLI", version: "2025-11-25", capabilities: {} },
  { host: "Inspector 2.12 CLI, modern", version: "2026-07-28", capabilities: {} },
  { host: "VS Code", version: "2025-11-25", capabilities: { elicitation: { form: {}, url: {} }, ...PAGES } },
];

/** Returns the messages up to a first call with a progress token. The requests have the ids 0, 1 and 2. */
export function firstMessages({ host, version, capabilities }: Host, tool: string, args: object): object[] {
  const isModern = version === ENVELOPE[`${PREFIX}/protocolVersion`];
  const clientInfo = { name: host, version: "0" };
  const envelope = isModern && {
    ...ENVELOPE,
    [`${PREFIX}/clientInfo`]: clientInfo,
    [`${PREFIX}/clientCapabilities`]: capabilities,
  };
  const request = (id: number, method: string, params: object, meta: object = {}) => {
    const _meta = { ...meta, ...envelope };
    return {
      jsonrpc: "2.0",
      id,
      method,
      params: { ...params, ...(Object.keys(_meta).length > 0 && { _meta }) },
    };
  };
  const opening = isModern
    ? [request(0, "server/discover", {})]
    : [
        request(0, "initialize", { protocolVersion: version, capabilities, clientInfo }),
        { jsonrpc: "2.0", method: "notifications/initialized" },
      ];
  return [
    ...opening,
    request(1, "tools/list", {}),
    request(2, "tools/call", { name: tool, arguments: args }, { progressToken: 2 }),
  ];
}
