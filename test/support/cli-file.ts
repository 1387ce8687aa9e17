/** The hcloud CLI's configuration file, in a folder that is deleted when the test ends. */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryFolder } from "./folder.ts";

/** Writes the text below the folder and returns the absolute path. */
export function writeCliFile(text: string, folder = temporaryFolder(), place = "cli.toml"): string {
  const path = join(folder, place);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** Returns one context in the CLI's format. */
export function contextText(name: string, token: string, endpoint?: string): string {
  const preferences = endpoint ? `  [contexts.preferences]\n    endpoint = "${endpoint}"\n` : "";
  return `[[contexts]]\n  name = ${JSON.stringify(name)}\n  token = "${token}"\n${preferences}`;
}
