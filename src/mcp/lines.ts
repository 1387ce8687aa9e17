/** Reads and writes lines of JSON on two streams. A line waits until a reader takes it. */

// biome-ignore lint/style/noRestrictedImports: reads the types of stdin and stdout, opens no file
import { fstatSync } from "node:fs";
import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";

/** Bytes of the longest line: a longer line is skipped, not stored in memory. */
const MAX_LINE_BYTES = 10 * 1024 * 1024;
const LINE_BREAK = 0x0a;

/** Rejects bytes that are not UTF-8: replacement characters must not pass for a name. Removes a byte order mark. */
const decoder = new TextDecoder("utf-8", { fatal: true });

/** A line without its line break; null for a line that is too long. */
export type Line = Buffer | null;

export class Lines {
  readonly #input: Readable;
  readonly #output: Writable;
  #take: ((line: Line) => void) | undefined;
  #putBack: Line[] = [];
  /** The pieces of the line that is being received, and their size in bytes. */
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(input: Readable, output: Writable) {
    this.#input = input;
    this.#output = output;
    input.on("data", this.#receive).on("end", this.#receiveEnd).pause();
  }

  /** Passes all lines to `take`, until {@link hold}. */
  read(take: (line: Line) => void): void {
    this.#take = take;
    for (const line of this.#putBack.splice(0)) take(line);
    this.#input.resume();
  }

  /** Stores these lines, all further ones and the end of the input for a later {@link read}. */
  hold(...lines: Line[]): void {
    this.#take = undefined;
    this.#putBack = lines;
    this.#input.pause();
  }

  close(): void {
    this.#output.uncork();
    this.#input.off("data", this.#receive).off("end", this.#receiveEnd).pause();
  }

  /**
   * Writes the JSON of a message as a line. Resolves after the write, also when the reader has gone. The first line of a turn of the
   * event loop leaves immediately, all further lines of that turn in one write, because each write wakes the MCP client.
   */
  async write(json: string): Promise<void> {
    await new Promise<unknown>((resolve) => {
      this.#output.write(`${json}\n`, resolve);
      if (this.#output.writableCorked > 0) return;
      this.#output.cork();
      setImmediate(() => this.#output.uncork());
    });
  }

  readonly #receive = (chunk: Buffer): void => {
    let start = 0;
    for (let end = chunk.indexOf(LINE_BREAK); end !== -1; end = chunk.indexOf(LINE_BREAK, start)) {
      this.#keep(chunk.subarray(start, end));
      start = end + 1;
      this.#endLine();
      if (this.#take) continue;
      if (start < chunk.length) this.#input.unshift(chunk.subarray(start));
      return;
    }
    this.#keep(chunk.subarray(start));
  };

  /** Passes on a last line without a line break. */
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
    this.#take?.(isTooLong ? null : line);
  }
}

/** Returns the JSON value of a line. Throws for a line that is not JSON. */
export function parseLine(line: Buffer): unknown {
  return JSON.parse(decoder.decode(line));
}

/** Returns the id of a request, even of an invalid one; null for any other value. */
export function requestId(value: unknown): string | number | null {
  const { id, method } = (value ?? {}) as Record<string, unknown>;
  return isId(id) && method !== undefined ? id : null;
}

/** Whether the value is an id of JSON-RPC. */
export function isId(id: unknown): id is string | number {
  return typeof id === "string" || Number.isSafeInteger(id);
}

/** Returns stdout. A socket is also read from, so that the server notices when the other side closes the socket. */
export function openStdout(): Writable {
  const [input, output] = [fstatSync(0), fstatSync(1)];
  const isOwn = output.isSocket() && output.ino !== input.ino;
  return isOwn ? new Socket({ fd: 1 }).resume() : process.stdout;
}
