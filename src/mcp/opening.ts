/** Answers lines on stdio before the server is loaded: `initialize` with its result, or any request after a failed load. */

import { isObject } from "../json.ts";
import type { Greeting } from "./greeting.ts";
import { isId, type Line, parseLine, requestId } from "./lines.ts";
import { INTERNAL_ERROR } from "./protocol-error.ts";
import type { RequestClient } from "./request-client.ts";

/** The answer to `initialize`, and the client that the request describes. */
export interface AnsweredInitialize {
  answer: object;
  client: RequestClient;
}

/** Returns null for every line but an `initialize` without mistakes or extras: the loaded server answers those lines. */
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

/** Returns the error that answers a request to a server that could not be loaded; null for a line that is no request. */
export function createRefusal(line: Line, message: string): object | null {
  try {
    const id = line && requestId(parseLine(line));
    return id === null ? null : { jsonrpc: "2.0", id, error: { code: INTERNAL_ERROR, message } };
  } catch {
    return null;
  }
}
