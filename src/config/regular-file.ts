/** Opens a file that a call waits for. */

import { closeSync, constants, fstatSync, openSync } from "node:fs";

const { O_RDONLY, O_NONBLOCK = 0 } = constants;

/** The code of the error for a path that leads to a directory, a device or a pipe. */
export const NOT_A_FILE = "not a file";

/**
 * Opens a regular file to read it; the caller closes it. Returns its descriptor and its size in bytes. Throws the system's error, or
 * one with the code {@link NOT_A_FILE}.
 */
export function openRegularFile(path: string): { file: number; size: number } {
  // A pipe must not keep the server waiting.
  const file = openSync(path, O_RDONLY | O_NONBLOCK);
  const stat = fstatSync(file);
  if (stat.isFile()) return { file, size: stat.size };
  closeSync(file);
  throw Object.assign(new Error(NOT_A_FILE), { code: NOT_A_FILE });
}
