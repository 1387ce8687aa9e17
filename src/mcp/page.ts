/** The page that MCP clients with MCP Apps show in the chat: which clients get the page, which tools have it, and its data. */

import type { Result } from "@modelcontextprotocol/sdk/types.js";
import { isObject } from "../json.ts";
import type { Tool } from "../tool.ts";
import { definitionOf } from "../tools/definition.ts";
import { PAGE_VIEW, type PageView } from "../view/page-data.ts";
import type { RequestClient } from "./request-client.ts";
import { withoutToken } from "./results.ts";

const EXTENSION = "io.modelcontextprotocol/ui";
const MIME_TYPE = "text/html;profile=mcp-app";

export const PAGE_URI = "ui://hcloud-images/page.html";

/** The extension that the server declares. */
export const PAGES = { [EXTENSION]: { mimeTypes: [MIME_TYPE] } };

/** Whether the MCP client declares that it shows pages of the type of this server. */
export function canShowPages({ clientCapabilities }: Partial<RequestClient>): boolean {
  const extensions: unknown = clientCapabilities?.extensions;
  const declared = isObject(extensions) ? extensions[EXTENSION] : undefined;
  const types = isObject(declared) ? declared["mimeTypes"] : undefined;
  return Array.isArray(types) && types.includes(MIME_TYPE);
}

/** Returns the definition of a tool in `tools/list` for an MCP client with pages. */
export function defineWithPage(tool: Tool) {
  const definition = definitionOf(tool);
  // A page may call only tools that read: for every other tool, the MCP client asks the user about the model's call.
  if (tool.effect !== "read") return { ...definition, _meta: { ui: { visibility: ["model"] } } };
  if (!tool.page) return definition;
  return { ...definition, _meta: { ui: { resourceUri: PAGE_URI, visibility: ["model", "app"] } } };
}

/** Returns the part of a result that only the page gets: MCP clients do not show `_meta` to the model. */
export function createPageMeta(view: PageView, redact: (text: string) => string): Result {
  const [shown] = withoutToken(view, redact);
  return { _meta: { [PAGE_VIEW]: shown } };
}

/** Returns the page as a resource; the page contains all its code and loads nothing. */
export async function readPage() {
  const { default: text } = await import("#page");
  const csp = { connectDomains: [], resourceDomains: [], frameDomains: [], baseUriDomains: [] };
  return { uri: PAGE_URI, mimeType: MIME_TYPE, text, _meta: { ui: { csp, prefersBorder: true } } };
}
