/** JSON-RPC as lines on two streams. A line that is no message is answered with an error, so that no client waits. */

// biome-ignore lint/style/noRestrictedImports: reads the types of stdin and stdout, opens no file
import { fstatSync } from "node:fs";
import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import {
  type JSONRPCMessage,
  JSONRPCMessageSchema,
  type RequestId,
} from "@modelcontextprotocol/sdk/types.js";

/** A longer line is skipped, not kept in memory. */
const MAX_LINE_BYTES = 10 * 1024 * 1024;
const LINE_BREAK = 0x0a;

/** Rejects bytes that are no UTF-8, which must not pass for a name. Strips a byte order mark. */
const decoder = new TextDecoder("utf-8", { fatal: true });

type Id = string | number | null;

const NOT_JSON = { code: -32700, message: "Parse error: the line is not JSON" };
const NOT_A_MESSAGE = { code: -32600, message: "Invalid request: the line is not a JSON-RPC 2.0 message" };
const TOO_LONG = { code: -32600, message: "Invalid request: the line is longer than 10 MiB" };

/** A transport for the SDK. The SDK's own transport closes at a line that is too long, and drops a line that is no message. */
export class StdioTransport implements Transport {
  onmessage?: (message: JSONRPCMessage) => void;
  onclose?: () => void;
  readonly #input: Readable;
  readonly #output: Writable;
  /** The pieces of the line that is being received, and their size. */
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(input: Readable, output: Writable) {
    this.#input = input;
    this.#output = output;
  }

  async start(): Promise<void> {
    this.#input.on("data", this.#receive).on("end", this.#receiveEnd);
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const isAnswer = !("method" in message);
    await this.#write(isAnswer ? { ...message, id: readTextId(message.id) } : message);
  }

  /**
   * Resolves when the line was handed on, or when nobody is left to read it. All lines of one turn of the event loop leave in
   * one write, because each write wakes the client up.
   */
  async #write(message: object): Promise<void> {
    if (this.#output.writableCorked === 0) {
      this.#output.cork();
      setImmediate(() => this.#output.uncork());
    }
    await new Promise<unknown>((resolve) => this.#output.write(`${JSON.stringify(message)}\n`, resolve));
  }

  async close(): Promise<void> {
    this.#output.uncork();
    this.#input.off("data", this.#receive).off("end", this.#receiveEnd).pause();
    this.onclose?.();
  }

  readonly #receive = (chunk: Buffer): void => {
    let start = 0;
    for (let end = chunk.indexOf(LINE_BREAK); end !== -1; end = chunk.indexOf(LINE_BREAK, start)) {
      this.#keep(chunk.subarray(start, end));
      start = end + 1;
      this.#endLine();
    }
    this.#keep(chunk.subarray(start));
  };

  /** Reads a last line without a line break. */
  readonly #receiveEnd = (): void => {
    if (this.#bytes > 0) this.#endLine();
  };

  #keep(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes > MAX_LINE_BYTES) this.#chunks = [];
    else this.#chunks.push(part);
  }

  #endLine(): void {
    const isTooLong = this.#bytes > MAX_LINE_BYTES;
    const line = Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#bytes = 0;
    if (isTooLong) this.#refuse(null, TOO_LONG);
    else this.#read(line);
  }

  #read(line: Buffer): void {
    let value: unknown;
    try {
      value = JSON.parse(decoder.decode(line));
    } catch {
      this.#refuse(null, NOT_JSON);
      return;
    }
    try {
      this.onmessage?.(withTextIds(JSONRPCMessageSchema.parse(value)));
    } catch {
      // A line can also be nested too deep for the stack.
      this.#refuse(requestId(value), NOT_A_MESSAGE);
    }
  }

  #refuse(id: Id, error: { code: number; message: string }): void {
    void this.#write({ jsonrpc: "2.0", id, error });
  }
}

/** Replaces the id of a request by its JSON text: the SDK takes the id 0 for no id, and would not cancel that request. */
function withTextIds(message: JSONRPCMessage): JSONRPCMessage {
  if (!("method" in message)) return message;
  if ("id" in message) return { ...message, id: JSON.stringify(message.id) };
  if (message.method !== "notifications/cancelled") return message;
  const requestId = JSON.stringify(message.params?.["requestId"]);
  return { ...message, params: { ...message.params, requestId } };
}

/** Returns the id of a request as its client sent it. */
export function readTextId(id: RequestId | undefined): RequestId {
  return JSON.parse(String(id));
}

/** Returns the id of a request that is wrong otherwise, or null for anything else. */
function requestId(value: unknown): Id {
  const { id, method } = (value ?? {}) as Record<string, unknown>;
  const isId = typeof id === "string" || Number.isSafeInteger(id);
  return isId && method !== undefined ? (id as Id) : null;
}

/** Returns stdout. A socket is read from too, so that the server notices when the other side closes the socket. */
export function openStdout(): Writable {
  const [input, output] = [fstatSync(0), fstatSync(1)];
  const isOwn = output.isSocket() && output.ino !== input.ino;
  return isOwn ? new Socket({ fd: 1 }).resume() : process.stdout;
}
