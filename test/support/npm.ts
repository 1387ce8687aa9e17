/** npm as a person runs it, independent of the npm that runs the tests. */

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Returns an environment without the variables of the outer npm; npm stays offline. */
export function npmEnv(cache: string): Record<string, string> {
  const kept = Object.entries(process.env).filter(([key]) => !/^npm_/i.test(key)) as [string, string][];
  const set = { npm_config_cache: cache, npm_config_offline: "true", npm_config_update_notifier: "false" };
  return { ...Object.fromEntries(kept), ...set };
}

/** Runs a command of npm in a folder and returns its output. Throws if the command fails. */
export function runNpm(args: string[], cwd: string, cache: string): string {
  // On Windows, npm is a script, which only a shell can start.
  const shell = process.platform === "win32";
  return execFileSync("npm", args, { cwd, env: npmEnv(cache), encoding: "utf8", shell, stdio: "pipe" });
}
