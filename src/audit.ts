/** One line of JSON for each step of a changing call: on stderr, and in a file where somebody asked for one. */

import { closeSync, constants, openSync, writeSync } from "node:fs";

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
  tell(line: string): void;
}

const { O_APPEND, O_CREAT, O_WRONLY, O_NONBLOCK = 0 } = constants;

/** Never throws. The file is opened for each line, so that it can be moved away, and is made for its owner alone. */
export function createAudit({ file, common, tell }: AuditOptions): Audit {
  let failing = false;
  /** A line that a full disk cut is ended before the next begins. */
  let torn = false;

  return (event) => {
    const line = JSON.stringify({ time: new Date().toISOString(), ...common, ...event });
    tell(line);
    if (file === null) return null;
    try {
      append(file, line);
      failing = false;
      return null;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? "unknown";
      if (!failing) {
        tell(
          `hcloud-images-mcp: the file of HCLOUD_IMAGES_AUDIT_FILE cannot be written (${code}): changes are refused until it can.`,
        );
      }
      failing = true;
      return code;
    }
  };

  /** One write for a whole line: appended at once, it never mixes with those of other processes. */
  function append(path: string, line: string): void {
    const opened = openSync(path, O_APPEND | O_CREAT | O_WRONLY | O_NONBLOCK, 0o600);
    try {
      const bytes = Buffer.from(`${torn ? "\n" : ""}${line}\n`);
      const written = writeSync(opened, bytes);
      torn = written > 0 ? written < bytes.length : torn;
      if (written < bytes.length) throw Object.assign(new Error("cut"), { code: "ENOSPC" });
    } finally {
      closeSync(opened);
    }
  }
}
