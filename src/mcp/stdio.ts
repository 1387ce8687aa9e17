/** Speaks JSON-RPC on stdio. Answers a line that is not a message with an error, so that no MCP client waits. */

import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import {
  type JSONRPCMessage,
  JSONRPCMessageSchema,
  type RequestId,
} from "@modelcontextprotocol/sdk/types.js";
import { isObject } from "../json.ts";
import { isId, type Line, type Lines, parseLine, requestId } from "./lines.ts";
import { encodeMessage } from "./results.ts";

const NOT_JSON = { code: -32700, message: "Parse error: the line is not JSON" };
const NOT_A_MESSAGE = { code: -32600, message: "Invalid request: the line is not a JSON-RPC 2.0 message" };
const TOO_LONG = { code: -32600, message: "Invalid request: the line is longer than 10 MiB" };

/** A transport for the SDK, whose own one closes after a line that is too long, and ignores a line that is not a message. */
export class StdioTransport implements Transport {
  onmessage?: (message: JSONRPCMessage) => void;
  onclose?: () => void;
  readonly #lines: Lines;

  constructor(lines: Lines) {
    this.#lines = lines;
  }

  async start(): Promise<void> {
    this.#lines.read((line) => this.#read(line));
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const isAnswer = !("method" in message);
    await this.#lines.write(encodeMessage(isAnswer ? { ...message, id: decodeId(message.id) } : message));
  }

  async close(): Promise<void> {
    this.#lines.close();
    this.onclose?.();
  }

  #read(line: Line): void {
    if (line === null) {
      this.#refuse(null, TOO_LONG);
      return;
    }
    let value: unknown;
    try {
      value = parseLine(line);
    } catch {
      this.#refuse(null, NOT_JSON);
      return;
    }
    try {
      this.onmessage?.(encodeIds(checkMessage(value)));
    } catch {
      // A line can also be nested too deeply for the stack.
      this.#refuse(requestId(value), NOT_A_MESSAGE);
    }
  }

  #refuse(id: RequestId | null, error: { code: number; message: string }): void {
    void this.#lines.write(JSON.stringify({ jsonrpc: "2.0", id, error }));
  }
}

/** Returns the message. Throws for any other value. The check of a plain request takes a tenth of the time of the SDK's schema. */
function checkMessage(value: unknown): JSONRPCMessage {
  if (isObject(value) && Object.keys(value).length === 4) {
    const { jsonrpc, id, method, params } = value;
    const isRequest = jsonrpc === "2.0" && isId(id) && typeof method === "string" && isObject(params);
    if (isRequest && !("_meta" in params)) return value as JSONRPCMessage;
  }
  return JSONRPCMessageSchema.parse(value);
}

/** Replaces the id of a request by its JSON text: the SDK takes the id 0 for a missing id, and would not cancel the request. */
function encodeIds(message: JSONRPCMessage): JSONRPCMessage {
  if (!("method" in message)) return message;
  if ("id" in message) return { ...message, id: JSON.stringify(message.id) };
  if (message.method !== "notifications/cancelled") return message;
  const requestId = JSON.stringify(message.params?.["requestId"]);
  return { ...message, params: { ...message.params, requestId } };
}

/** Returns the id of a request as its MCP client sent it. */
export function decodeId(id: RequestId | undefined): RequestId {
  return JSON.parse(String(id));
}
