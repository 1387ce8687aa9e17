/** Starts the MCP server with everything that the answer to `initialize` does not need. */

import { createAudit } from "./call/audit.ts";
import type { Config } from "./config/options.ts";
import { createClient } from "./hcloud/client.ts";
import type { Lines } from "./mcp/lines.ts";
import type { RequestClient } from "./mcp/request-client.ts";
import { createServer } from "./mcp/server.ts";
import { StdioTransport } from "./mcp/stdio.ts";
import { openRules } from "./tools/operator-rules.ts";
import { VERSION } from "./version.ts";

interface RunningServer {
  close(): Promise<unknown>;
}

/** Serves MCP on the lines. `client` is the client of an `initialize` that was already answered. */
export async function serve(config: Config, lines: Lines, client?: RequestClient): Promise<RunningServer> {
  const { demo, auditFile, rulesFile, readOnly, context, confirm } = config;
  const simulator = demo ? await (await import("./simulator/http.ts")).startSimulator() : undefined;
  const { endpoint, token } = simulator ?? config;
  const log = (text: string) => process.stderr.write(`${text}\n`);
  const api = createClient({ endpoint, token, userAgent: `hcloud-images-mcp/${VERSION}` });
  const audit = createAudit({ file: auditFile, common: demo ? { demo: true } : {}, log });
  const options = { client: api, version: VERSION, readOnly, demo, context, confirm, audit };
  const operator = rulesFile === null ? {} : { operator: openRules(rulesFile, config) };
  const server = createServer({ ...options, ...operator, onInternalError: log }, client);
  await server.connect(new StdioTransport(lines));
  return { close: () => Promise.allSettled([server.close(), api.close(), simulator?.close()]) };
}
