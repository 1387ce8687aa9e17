/** What can be said on stdio before the server is loaded: the answer to `initialize`, or that loading has failed. */

import { isObject } from "../hcloud/errors.ts";
import type { Greeting } from "./greeting.ts";
import { isId, type Line, parseLine, requestId } from "./lines.ts";
import { INTERNAL_ERROR } from "./protocol-error.ts";
import type { RequestClient } from "./request-client.ts";

/** An answer to `initialize`, and what the request said of its client. */
export interface AnsweredInitialize {
  answer: object;
  client: RequestClient;
}

/** Returns null for any line but an `initialize` without mistakes or extras: the whole server answers that line. */
export function answerInitialize(line: Line, greeting: Greeting): AnsweredInitialize | null {
  try {
    const { jsonrpc, id, method, params, ...more } = (line && parseLine(line)) as Record<string, unknown>;
    const isRequest = jsonrpc === "2.0" && isId(id) && method === "initialize" && isObject(params);
    if (!isRequest || "_meta" in params || Object.keys(more).length > 0) return null;
    const result = greeting.initialize(params);
    const { protocolVersion } = result;
    const clientCapabilities = params["capabilities"] as RequestClient["clientCapabilities"];
    return { answer: { result, jsonrpc, id }, client: { clientCapabilities, protocolVersion } };
  } catch {
    return null;
  }
}

/** Returns the answer to a line that asks something of a server that could not be loaded; null for any other line. */
export function refuse(line: Line, message: string): object | null {
  try {
    const id = line && requestId(parseLine(line));
    return id === null ? null : { jsonrpc: "2.0", id, error: { code: INTERNAL_ERROR, message } };
  } catch {
    return null;
  }
}
