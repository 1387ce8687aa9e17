/** Reads the text of the operator's rules file. */

import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { isAbsolute } from "node:path";

/** Maximum size of a rules file: the server reads the file before each change. */
const MAX_BYTES = 100_000;

const { O_RDONLY, O_NONBLOCK = 0 } = constants;

/** Returns the text, or as a clause why there is none. Reads the file each time: the operator may have changed it. */
export function readRulesText(path: string): { text: string } | { problem: string } {
  // An MCP client starts the server in a directory that the user does not know.
  if (!isAbsolute(path)) return { problem: "its path must be absolute" };
  try {
    // The server must not wait for a pipe that nobody writes to.
    const file = openSync(path, O_RDONLY | O_NONBLOCK);
    try {
      const stat = fstatSync(file);
      if (!stat.isFile()) return { problem: "it is not a file" };
      if (stat.size > MAX_BYTES) return { problem: `it has more than ${MAX_BYTES} bytes` };
      return { text: readFileSync(file, "utf8") };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    return { problem: `it cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"})` };
  }
}
