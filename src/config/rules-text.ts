/** Reads the text of the operator's rules file. */

import { closeSync, readFileSync } from "node:fs";
import { isAbsolute } from "node:path";
import { NOT_A_FILE, openRegularFile } from "./regular-file.ts";

/** Maximum size of a rules file: the server reads the file before each change. */
const MAX_BYTES = 100_000;

/** Returns the text, or why there is none as a clause. Reads it again each time: the operator may have changed the file. */
export function readRulesText(path: string): { text: string } | { problem: string } {
  // An MCP client starts the server in a directory that the user does not know.
  if (!isAbsolute(path)) return { problem: "its path must be absolute" };
  try {
    const { file, size } = openRegularFile(path);
    try {
      if (size > MAX_BYTES) return { problem: `it has more than ${MAX_BYTES} bytes` };
      return { text: readFileSync(file, "utf8") };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    return { problem: code === NOT_A_FILE ? "it is not a file" : `it cannot be read (${code})` };
  }
}
