/** One line of JSON for each step of a changing call: on stderr, and in a file where somebody asked for one. */

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
 * Writes an event down; null, or why the file could not be written (a code such as ENOSPC). A caller that is about to change
 * something has to stop then.
 */
export type Audit = (event: Record<string, unknown>) => string | null;

export interface AuditOptions {
  /** Absolute path; null for none. */
  file: string | null;
  /** What all events have in common. */
  common: Record<string, unknown>;
  /** Takes a line without its end, for a person or a host to see. */
  log(line: string): void;
  /** In ms since 1970; default this machine's clock. */
  now?: () => number;
}

const { O_APPEND, O_CREAT, O_RDWR, O_NONBLOCK = 0 } = constants;
const TO_APPEND = O_APPEND | O_RDWR | O_NONBLOCK;

/** Never throws. The file is opened for each line, so that it can be moved away, and is made for its owner alone. */
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

/** Characters that are not seen; a terminal may obey some of them. */
const UNSEEN = /[\p{C}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu;

/** The same JSON, with all characters escaped that are not seen: arguments are other people's text. */
function escapeUnseen(json: string): string {
  return json.replace(UNSEEN, (character) => character.split("").map(escapeUnit).join(""));
}

const escapeUnit = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** Why lines could not be added to the file, as a code such as EACCES; null when they could. Writes and makes nothing. */
export function auditProblem(path: string): string | null {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) return "EISDIR";
    if (stat) accessSync(path, constants.R_OK | constants.W_OK);
    // With its separator, so that only a folder will do.
    else accessSync(dirname(path) + sep, constants.W_OK);
    return null;
  } catch (error) {
    return codeOf(error);
  }
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? "unknown";

/** One write for a whole line: appended at once, it never mixes with those of other processes. */
function append(path: string, line: string): void {
  const file = open(path);
  try {
    const stat = fstatSync(file);
    // What a pipe takes may be lost, and it may take a part of a line.
    if (!stat.isFile() && !stat.isCharacterDevice()) throw errorWithCode("not a file");
    const bytes = Buffer.from(`${endsWithinLine(file, stat.size) ? "\n" : ""}${line}\n`);
    if (writeSync(file, bytes) === bytes.length) return;
    // Fails for the reason for which the line was cut; else it ends what there is of it.
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
  // The umask may have taken even the owner's rights away.
  fchmodSync(made, 0o600);
  return made;
}

/** A full disk may have cut the last line, of whichever process. */
function endsWithinLine(file: number, size: number): boolean {
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  readSync(file, last, 0, 1, size - 1);
  if (last.toString() === "\n") return false;
  // One that is still being written is not cut: even an empty write waits for it, after which the file has grown.
  writeSync(file, "");
  const now = fstatSync(file).size;
  return now === size || endsWithinLine(file, now);
}

function errorWithCode(code: string): Error {
  return Object.assign(new Error(code), { code });
}
