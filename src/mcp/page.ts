/** The page that clients with MCP Apps show in the chat: who gets it, which tools have it, and what it is shown with. */

import type { Result } from "@modelcontextprotocol/sdk/types.js";
import { isObject } from "../hcloud/errors.ts";
import type { Tool } from "../tool.ts";
import { definitionOf } from "../tools/definition.ts";
import { PAGE_VIEW, type PageView } from "../view/page-data.ts";
import type { RequestClient } from "./request-client.ts";
import { withoutToken } from "./results.ts";

const EXTENSION = "io.modelcontextprotocol/ui";
const MIME_TYPE = "text/html;profile=mcp-app";

export const PAGE_URI = "ui://hcloud-images/page.html";

/** What the server declares. */
export const PAGES = { [EXTENSION]: { mimeTypes: [MIME_TYPE] } };

/** Whether the client declares that it shows pages of the type that this server has. */
export function canShowPages({ clientCapabilities }: Partial<RequestClient>): boolean {
  const extensions: unknown = clientCapabilities?.extensions;
  const declared = isObject(extensions) ? extensions[EXTENSION] : undefined;
  const types = isObject(declared) ? declared["mimeTypes"] : undefined;
  return Array.isArray(types) && types.includes(MIME_TYPE);
}

/** A tool as `tools/list` shows it to a client with pages. */
export function defineWithPage(tool: Tool) {
  const definition = definitionOf(tool);
  // A page may call a tool that only reads; what can change something is for the model, whose user is asked.
  if (tool.effect !== "read") return { ...definition, _meta: { ui: { visibility: ["model"] } } };
  if (!tool.page) return definition;
  return { ...definition, _meta: { ui: { resourceUri: PAGE_URI, visibility: ["model", "app"] } } };
}

/** What a result has for the page only: clients keep `_meta` from the model. */
export function createPageMeta(view: PageView, redact: (text: string) => string): Result {
  const [shown] = withoutToken(view, redact);
  return { _meta: { [PAGE_VIEW]: shown } };
}

/** The page with all that it needs: it loads nothing from anywhere. */
export async function readPage() {
  const { default: text } = await import("#page");
  const csp = { connectDomains: [], resourceDomains: [], frameDomains: [], baseUriDomains: [] };
  return { uri: PAGE_URI, mimeType: MIME_TYPE, text, _meta: { ui: { csp, prefersBorder: true } } };
}
