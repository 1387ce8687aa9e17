/** Counts, in the audit file, the images that the calls of the last 24 hours changed, or may have changed. */

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { DAY_MS } from "../hcloud/time.ts";
import { ToolError } from "../tool.ts";

/** Bytes read at a time, from the end of the file. */
const BLOCK = 64 * 1024;

/** Lines of several processes may be out of order by so much, in ms. */
const SLACK_MS = 60 * 60 * 1000;

/** What is read of a line. `counted` is in the first line of a call before it changes anything, and corrected in its last. */
interface CountedLine {
  time: number;
  call: string;
  counted: number;
  /** Of a simulated project. */
  demo: boolean;
}

/** `now` is in ms. Throws {@link ToolError} when the file cannot be read: what is not known is not allowed. */
export function countImages(path: string, isDemo: boolean, now: number): number {
  const byCall = new Map<string, number>();
  try {
    for (const { time, call, counted, demo } of readBackwards(path, now - DAY_MS - SLACK_MS)) {
      if (demo !== isDemo) continue;
      // The first that is found was written last.
      if (time > now - DAY_MS && !byCall.has(call)) byCall.set(call, counted);
    }
  } catch (error) {
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return 0;
    throw new ToolError(
      "audit_failed",
      `The operator's rules limit the images of a day (max_images_per_day), and the audit file that counts them cannot be read (${code}). Nothing was changed. Call again once the file can be read.`,
    );
  }
  return [...byCall.values()].reduce((sum, counted) => sum + counted, 0);
}

/** The counted lines, last one first, until one was written before `since`, in ms. */
function* readBackwards(path: string, since: number): Generator<CountedLine> {
  const file = openSync(path, "r");
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw Object.assign(new Error("not a file"), { code: "not a file" });
    let rest = Buffer.alloc(0);
    for (let end = stat.size; end > 0; ) {
      const start = Math.max(0, end - BLOCK);
      const block = Buffer.alloc(end - start);
      readSync(file, block, 0, block.length, start);
      const text = Buffer.concat([block, rest]);
      // What is before the first line break may begin in the block before.
      const first = start === 0 ? 0 : text.indexOf("\n") + 1;
      if (start > 0 && first === 0) {
        rest = text;
        end = start;
        continue;
      }
      for (const line of text.subarray(first).toString("utf8").split("\n").reverse()) {
        const parsed = parseLine(line);
        if (parsed === null) continue;
        if (parsed.time < since) return;
        if (parsed.counted !== undefined) yield { ...parsed, counted: parsed.counted };
      }
      rest = text.subarray(0, first);
      end = start;
    }
  } finally {
    closeSync(file);
  }
}

/** Null for a line that is none, such as one that a full disk has cut: its change was refused. */
function parseLine(line: string): (Omit<CountedLine, "counted"> & { counted: number | undefined }) | null {
  try {
    const { time: text, call, counted, demo } = JSON.parse(line);
    const time = Date.parse(text);
    if (Number.isNaN(time) || typeof call !== "string") return null;
    const isCount = Number.isSafeInteger(counted) && counted >= 0;
    return { time, call, counted: isCount ? counted : undefined, demo: demo === true };
  } catch {
    return null;
  }
}
