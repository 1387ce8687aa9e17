/** Where the hcloud CLI keeps its contexts. The file is opened only when a context was asked for. */

import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { posix, resolve, win32 } from "node:path";
import { clean } from "../text.ts";
import { ConfigError, type Environment, read } from "./variable.ts";

const PATH = 300;

interface CliFile {
  /** As it may be shown. */
  path: string;
  text: string;
}

/** The first of the {@link places} that there is. Throws {@link ConfigError}. */
export function readCliFile(env: Environment): CliFile {
  const tried = places(env, process.platform, homeOf(env)).map((place) => resolve(place));
  for (const place of tried) {
    const path = clean(place, PATH);
    try {
      return { path, text: readFileSync(place, "utf8") };
    } catch (error) {
      const { code = "unknown" } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ENOTDIR") continue;
      throw new ConfigError(`${path} cannot be read (${code}). Check its permissions, or HCLOUD_CONFIG.`);
    }
  }
  if (tried.length === 0)
    throw new ConfigError(
      "it is not known where the hcloud CLI keeps its contexts. Set HCLOUD_CONFIG to its cli.toml.",
    );
  const where = clean(tried.join(" or "), PATH);
  throw new ConfigError(
    `there is no file of the hcloud CLI's contexts at ${where}. Make it with "hcloud context create", or set HCLOUD_CONFIG to it.`,
  );
}

/**
 * Where cli.toml may be, in the order of trying. The CLI itself knows HCLOUD_CONFIG, %APPDATA% and, on macOS too,
 * ~/.config; XDG_CONFIG_HOME it does not know, so that a file there was put there by its owner.
 */
export function places(env: Environment, platform: NodeJS.Platform, home: string): string[] {
  const file = read(env, "HCLOUD_CONFIG");
  if (file !== undefined) return [file];
  if (platform === "win32") {
    const folder = read(env, "APPDATA");
    return folder === undefined ? [] : [win32.join(folder, "hcloud", "cli.toml")];
  }
  const xdg = read(env, "XDG_CONFIG_HOME");
  const folders = [
    // A relative one is to be ignored, says the specification.
    ...(xdg !== undefined && posix.isAbsolute(xdg) ? [xdg] : []),
    ...(home === "" ? [] : [posix.join(home, ".config")]),
  ];
  return [...new Set(folders.map((folder) => posix.join(folder, "hcloud", "cli.toml")))];
}

/** Empty for a user without one, as there are in containers. */
function homeOf(env: Environment): string {
  try {
    return read(env, "HOME") ?? homedir();
  } catch {
    return "";
  }
}
