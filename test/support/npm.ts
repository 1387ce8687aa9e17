/** npm as a person runs it, whatever runs these tests. */

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Without what an npm that runs these tests set; no step of a test needs the network. */
export function npmEnv(cache: string): Record<string, string> {
  const kept = Object.entries(process.env).filter(([key]) => !/^npm_/i.test(key)) as [string, string][];
  const set = { npm_config_cache: cache, npm_config_offline: "true", npm_config_update_notifier: "false" };
  return { ...Object.fromEntries(kept), ...set };
}

/** Runs a command of npm in a folder and returns what it printed. Throws when it fails. */
export function runNpm(args: string[], cwd: string, cache: string): string {
  // On Windows npm is a script, which only a shell starts.
  const shell = process.platform === "win32";
  return execFileSync("npm", args, { cwd, env: npmEnv(cache), encoding: "utf8", shell, stdio: "pipe" });
}
