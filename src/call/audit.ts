/** Writes one line of JSON for each step of a changing call: to stderr, and to the audit file when one is set. */

import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, sep } from "node:path";

/**
 * Records an event. Returns null, or a code such as ENOSPC when the file cannot be written: a caller that is about to change
 * something must then stop.
 */
export type Audit = (event: Record<string, unknown>) => string | null;

export interface AuditOptions {
  /** Absolute path; null for none. */
  file: string | null;
  /** Members of every event. */
  common: Record<string, unknown>;
  /** Shows a line, which has no line break, to a person or an MCP client. */
  log(line: string): void;
  /** In ms since 1970; default this machine's clock. */
  now?: () => number;
}

const { O_APPEND, O_CREAT, O_RDWR, O_NONBLOCK = 0 } = constants;
const TO_APPEND = O_APPEND | O_RDWR | O_NONBLOCK;

/** Returns an audit that never throws. Opens the file for each line, so that the file can be moved; creates it for its owner only. */
export function createAudit({ file, common, log, now = Date.now }: AuditOptions): Audit {
  let failing = false;

  return (event) => {
    const line = escapeUnseen(JSON.stringify({ time: new Date(now()).toISOString(), ...common, ...event }));
    log(line);
    if (file === null) return null;
    try {
      append(file, line);
      failing = false;
      return null;
    } catch (error) {
      const code = codeOf(error);
      if (!failing) {
        log(
          `hcloud-images-mcp: the file of HCLOUD_IMAGES_AUDIT_FILE cannot be written (${code}): changes are refused until it can.`,
        );
      }
      failing = true;
      return code;
    }
  };
}

/** Invisible characters; a terminal obeys some of them. */
const UNSEEN = /[\p{C}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu;

/** Returns the same JSON with all invisible characters escaped: arguments are untrusted text. */
function escapeUnseen(json: string): string {
  return json.replace(UNSEEN, (character) => character.split("").map(escapeUnit).join(""));
}

const escapeUnit = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** Returns why lines cannot be added to the file, as a code such as EACCES, or null. Writes and creates nothing. */
export function auditProblem(path: string): string | null {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) return "EISDIR";
    if (stat) accessSync(path, constants.R_OK | constants.W_OK);
    // With the separator, only a directory passes.
    else accessSync(dirname(path) + sep, constants.W_OK);
    return null;
  } catch (error) {
    return codeOf(error);
  }
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? "unknown";

/** Appends a line in one write, so that it never mixes with the lines of other processes. */
function append(path: string, line: string): void {
  const file = open(path);
  try {
    const stat = fstatSync(file);
    // A pipe may lose a line, or take a part of it.
    if (!stat.isFile() && !stat.isCharacterDevice()) throw errorWithCode("not a file");
    const bytes = Buffer.from(`${endsWithinLine(file, stat.size) ? "\n" : ""}${line}\n`);
    if (writeSync(file, bytes) === bytes.length) return;
    // This write fails for the same reason as the first one, or ends the cut line.
    writeSync(file, "\n");
    throw errorWithCode("ENOSPC");
  } finally {
    closeSync(file);
  }
}

function open(path: string): number {
  try {
    return openSync(path, TO_APPEND);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
  const made = openSync(path, TO_APPEND | O_CREAT, 0o600);
  // The umask may have removed even the owner's permissions.
  fchmodSync(made, 0o600);
  return made;
}

/** Whether the last line, of whichever process, was cut, as by a full disk. */
function endsWithinLine(file: number, size: number): boolean {
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  readSync(file, last, 0, 1, size - 1);
  if (last.toString() === "\n") return false;
  // A line that is still being written is not cut: an empty write waits for its end, and then the file has grown.
  writeSync(file, "");
  const now = fstatSync(file).size;
  return now === size || endsWithinLine(file, now);
}

function errorWithCode(code: string): Error {
  return Object.assign(new Error(code), { code });
}
