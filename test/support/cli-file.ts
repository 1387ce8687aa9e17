/** The hcloud CLI's file of contexts, in a folder of its own that is gone when the test ends. */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryFolder } from "./folder.ts";

/** Writes the text below the folder, and returns the whole path. */
export function writeCliFile(text: string, folder = temporaryFolder(), place = "cli.toml"): string {
  const path = join(folder, place);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** One context as the CLI writes it. */
export function contextText(name: string, token: string, endpoint?: string): string {
  const preferences = endpoint ? `  [contexts.preferences]\n    endpoint = "${endpoint}"\n` : "";
  return `[[contexts]]\n  name = ${JSON.stringify(name)}\n  token = "${token}"\n${preferences}`;
}
