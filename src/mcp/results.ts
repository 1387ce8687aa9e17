/** Creates tool results: the same data as structure and as text, both without any part of the token. */

import type { CallToolResult, JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";

type Redact = (text: string) => string;

/** The JSON of the structures of results. */
const jsonOfStructures = new WeakMap<object, string>();

/** Returns a result with structure and text: some MCP clients show the model only one of the two. */
export function success(data: object, redact: Redact): CallToolResult {
  const [structuredContent, text] = withoutToken(data, redact);
  jsonOfStructures.set(structuredContent, text);
  return { content: [{ type: "text", text }], structuredContent };
}

/** Returns a result that says why the call failed. */
export function failure(sentence: string, redact: Redact): CallToolResult {
  return { content: [{ type: "text", text: redact(sentence) }], isError: true };
}

/** Returns the JSON of a message. A structure is not converted a second time: in the result of a list that is half of the work. */
export function encodeMessage(message: JSONRPCMessage): string {
  if (!("result" in message)) return JSON.stringify(message);
  const { structuredContent, ...result } = message.result;
  const json = jsonOfStructures.get(Object(structuredContent));
  if (json === undefined) return JSON.stringify(message);
  const rest = JSON.stringify(result).slice(0, -1);
  return `{"result":${rest},"structuredContent":${json}},"jsonrpc":"2.0","id":${JSON.stringify(message.id)}}`;
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
