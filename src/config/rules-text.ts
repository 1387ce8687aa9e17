/** Reads the text of the operator's rules file. */

import { readFileSync } from "node:fs";
import { isAbsolute } from "node:path";

/** Returns the text, or why there is none as a clause. Reads anew each time: the operator may have changed the file. */
export function readRulesText(path: string): { text: string } | { problem: string } {
  // An MCP client starts the server in a directory that the user does not know.
  if (!isAbsolute(path)) return { problem: "its path must be absolute" };
  try {
    return { text: readFileSync(path, "utf8") };
  } catch (error) {
    return { problem: `it cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"})` };
  }
}
