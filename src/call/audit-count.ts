/** Counts, in the audit file, the images that the calls of the last 24 hours deleted, binned or unprotected, or may have. */

import { closeSync, readSync } from "node:fs";
import { openRegularFile } from "../config/regular-file.ts";
import { DAY_MS } from "../hcloud/time.ts";
import { isObject } from "../json.ts";
import { ToolError } from "../tool-error.ts";

/** Bytes read at a time, from the end of the file. */
const BLOCK_BYTES = 64 * 1024;

/** Number of older lines in a row that ends the search: several processes write the file, and one clock may be wrong. */
const MAX_OLDER_LINES = 1_000;

/** The audit lines that count. */
export interface Counted {
  /** Only what was done to a simulated project, or only to a real one. */
  demo: boolean;
  /** Names of the tools that delete or unprotect what was confirmed. A tool of the bin records at the end what it did. */
  countedTools: readonly string[];
}

/** The fields that are read of an audit line. */
interface CallLine {
  time: number;
  call: string;
  /** Whether the project is simulated. */
  demo: boolean;
  /** Number of images that the call changed or may have changed; undefined when the line does not say. */
  images: number | undefined;
}

/** Counts in the file at `path`; `now` is in ms. Throws {@link ToolError} when the file cannot be read: the limit might be exceeded. */
export function countChangedImages(path: string, counted: Counted, now: number): number {
  const byCall = new Map<string, number>();
  let older = 0;
  try {
    for (const text of readLinesBackwards(path)) {
      const line = parseLine(text, counted.countedTools);
      if (line === null) continue;
      const { time, call, demo, images } = line;
      older = time > now - DAY_MS ? 0 : older + 1;
      if (older > MAX_OLDER_LINES) break;
      // Of one call, the line that is found first was written last.
      const counts = older === 0 && demo === counted.demo && images !== undefined && !byCall.has(call);
      if (counts) byCall.set(call, images);
    }
  } catch (error) {
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return 0;
    throw new ToolError(
      "audit_failed",
      `The operator's rules limit the images of a day (max_images_per_day), and the audit file that counts them cannot be read (${code}). Nothing was changed. Call again once the file can be read.`,
    );
  }
  return [...byCall.values()].reduce((sum, images) => sum + images, 0);
}

/** Yields the lines, the last one first. */
function* readLinesBackwards(path: string): Generator<string> {
  const { file, size } = openRegularFile(path);
  try {
    /** The parts, in order, of a line whose beginning is not read yet. */
    let parts: Buffer[] = [];
    for (let end = size; end > 0; ) {
      const start = Math.max(0, end - BLOCK_BYTES);
      const block = Buffer.alloc(end - start);
      readSync(file, block, 0, block.length, start);
      let lineEnd = block.length;
      for (
        let at = block.lastIndexOf(0x0a);
        at !== -1;
        at = lineEnd > 0 ? block.lastIndexOf(0x0a, lineEnd - 1) : -1
      ) {
        yield Buffer.concat([block.subarray(at + 1, lineEnd), ...parts]).toString("utf8");
        parts = [];
        lineEnd = at;
      }
      parts.unshift(block.subarray(0, lineEnd));
      end = start;
    }
    yield Buffer.concat(parts).toString("utf8");
  } finally {
    closeSync(file);
  }
}

/** Returns null for any other line, such as one that a full disk cut: that change was refused. */
function parseLine(text: string, countedTools: readonly string[]): CallLine | null {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(line)) return null;
  const { time, call, demo } = line;
  const at = typeof time === "string" ? Date.parse(time) : Number.NaN;
  if (Number.isNaN(at) || typeof call !== "string") return null;
  return { time: at, call, demo: demo === true, images: countImages(line, countedTools) };
}

/** Returns the line's own count; without one, the number of images that were deleted, binned or confirmed. */
function countImages(
  { counted, outcome, tool, ids, deleted, binned }: Record<string, unknown>,
  countedTools: readonly string[],
): number | undefined {
  if (Number.isSafeInteger(counted)) return Math.max(0, counted as number);
  const done = deleted ?? binned;
  if (Array.isArray(done)) return done.length;
  const isCounted = outcome === "confirmed" && countedTools.includes(String(tool));
  return isCounted && Array.isArray(ids) ? ids.length : undefined;
}
