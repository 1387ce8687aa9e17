/** Creates tool results: the same data as structure and as text, both without any part of the token. */

import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";

type Redact = (text: string) => string;

/** Returns a result with structure and text: some MCP clients show the model only one of the two. */
export function success(data: object, redact: Redact): CallToolResult {
  const [structuredContent, text] = withoutToken(data, redact);
  return { content: [{ type: "text", text }], structuredContent };
}

/** Returns a result that says why the call failed. */
export function failure(sentence: string, redact: Redact): CallToolResult {
  return { content: [{ type: "text", text: redact(sentence) }], isError: true };
}

/** Returns the data with all texts redacted, and the same data as compact JSON. */
export function withoutToken(data: object, redact: Redact): [data: Record<string, unknown>, json: string] {
  const json = JSON.stringify(data);
  if (redact(json) === json) return [{ ...data }, json];
  const redacted = JSON.stringify(data, (_, part) => {
    if (typeof part === "string") return redact(part);
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).map(([key, value]) => [redact(key), value]));
  });
  return [JSON.parse(redacted), redacted];
}
