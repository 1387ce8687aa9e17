/** Reads a context from the hcloud CLI's file. */

import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { posix, resolve, win32 } from "node:path";
import { parse, TomlError } from "smol-toml";
import { createRedactor } from "../hcloud/redact.ts";
import { isObject } from "../json.ts";
import { clean, didYouMean } from "../text.ts";
import { ConfigError, type Environment, readVariable } from "./variables.ts";

/** A context of the hcloud CLI's file. */
export interface Context {
  /** The inert name. */
  name: string;
  /** The context and its file, for messages. */
  where: string;
  /** Null when the context has none; HCLOUD_TOKEN may still be set. */
  token: string | null;
  /** Whether the CLI gets the token from a command. */
  hasTokenCommand: boolean;
  /** The endpoint in the context's preferences, otherwise in the global ones; null when neither has one. */
  endpoint: string | null;
}

const MAX_PATH_CHARS = 300;
const MAX_NAME_CHARS = 60;
const MAX_NAMES_CHARS = 400;

/** Characters of a token: a shorter text is no API token. */
const MIN_TOKEN_CHARS = 8;

/** Characters of an unknown name: a longer one may be a token given by mistake, so messages omit it. */
const MAX_UNKNOWN_NAME_CHARS = 30;

/** Reads a context from the first CLI file that exists. Throws {@link ConfigError}. */
export function readContext(name: string, env: Environment): Context {
  const paths = listPaths(env, process.platform, findHome(env)).map((path) => resolve(path));
  for (const path of paths) {
    const text = readIfExists(path);
    if (text !== null) return parseContext(text, name, clean(path, MAX_PATH_CHARS));
  }
  if (paths.length === 0)
    throw new ConfigError(
      "the location of the hcloud CLI's file is unknown. Set HCLOUD_CONFIG to the path of cli.toml.",
    );
  const where = clean(paths.join(" or "), MAX_PATH_CHARS);
  throw new ConfigError(
    `the hcloud CLI's file does not exist at ${where}. Create it with "hcloud context create", or set HCLOUD_CONFIG to its path.`,
  );
}

function readIfExists(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    const shown = clean(path, MAX_PATH_CHARS);
    throw new ConfigError(`${shown} cannot be read (${code}). Check its permissions, or HCLOUD_CONFIG.`);
  }
}

/**
 * Returns where cli.toml may be, in order of precedence. The CLI itself knows HCLOUD_CONFIG, %APPDATA% and, on macOS too,
 * ~/.config. The CLI does not know XDG_CONFIG_HOME, but a user may have put the file there.
 */
export function listPaths(env: Environment, platform: NodeJS.Platform, home: string): string[] {
  const file = readVariable(env, "HCLOUD_CONFIG");
  if (file !== undefined) return [file];
  if (platform === "win32") {
    const folder = readVariable(env, "APPDATA");
    return folder === undefined ? [] : [win32.join(folder, "hcloud", "cli.toml")];
  }
  const xdg = readVariable(env, "XDG_CONFIG_HOME");
  const folders = [
    // The XDG specification says to ignore a relative path.
    ...(xdg !== undefined && posix.isAbsolute(xdg) ? [xdg] : []),
    ...(home === "" ? [] : [posix.join(home, ".config")]),
  ];
  return [...new Set(folders.map((folder) => posix.join(folder, "hcloud", "cli.toml")))];
}

/** Returns "" for a user without a home directory, as in some containers. */
function findHome(env: Environment): string {
  try {
    return readVariable(env, "HOME") ?? homedir();
  } catch {
    return "";
  }
}

/** Returns the context of this name; messages state `path`. Throws {@link ConfigError}, which quotes no line of the file. */
export function parseContext(text: string, name: string, path: string): Context {
  const file = parseToml(text, path);
  const contexts = Array.isArray(file["contexts"]) ? file["contexts"].filter(isObject) : [];
  // As in the CLI, the first of several contexts with the same name counts.
  const context = contexts.find((each) => each["name"] === name);
  if (!context) throw unknownContextError(name, contexts, path);
  const token = textOrNull(context["token"]);
  const label = makeShowable(name, [token]);
  return {
    name: label,
    where: `context ${JSON.stringify(label)} in ${path}`,
    token,
    hasTokenCommand: textOrNull(context["token_command"]) !== null,
    endpoint: parseEndpoint(context["preferences"], path) ?? parseEndpoint(file["preferences"], path),
  };
}

function parseToml(text: string, path: string): Record<string, unknown> {
  try {
    return parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    // The message and the cause of a TomlError quote the file, which may contain a token.
    const where = error instanceof TomlError ? ` at line ${error.line}` : "";
    throw new ConfigError(
      `${path} is not valid TOML${where}. Correct the file, or set HCLOUD_TOKEN instead of a context.`,
    );
  }
}

function unknownContextError(name: string, contexts: Record<string, unknown>[], path: string): ConfigError {
  const tokens = contexts.map(({ token }) => textOrNull(token));
  const all = new Set(contexts.flatMap((each) => textOrNull(each["name"]) ?? []));
  const names = [...all].map((each) => makeShowable(each, tokens));
  const isShown = name.length <= MAX_UNKNOWN_NAME_CHARS;
  const which = isShown ? `context ${JSON.stringify(makeShowable(name, tokens))}` : "context of that name";
  const offer =
    names.length > 0
      ? clean(didYouMean(name, names), MAX_NAMES_CHARS)
      : ' Add one with "hcloud context create".';
  return new ConfigError(`there is no ${which} in ${path}.${offer}`);
}

/** Makes a name inert and redacts tokens in the name: a user may have pasted a token there. */
function makeShowable(name: string, tokens: (string | null)[]): string {
  const real = tokens.filter((token) => token !== null && token.length >= MIN_TOKEN_CHARS);
  return real.reduce<string>(
    (text, token) => createRedactor(token)(text),
    clean(name, MAX_NAME_CHARS) || "[invisible]",
  );
}

function parseEndpoint(preferences: unknown, path: string): string | null {
  const endpoint = isObject(preferences) ? preferences["endpoint"] : undefined;
  if (endpoint === undefined || typeof endpoint === "string") return textOrNull(endpoint);
  throw new ConfigError(`the endpoint in ${path} must be a string, such as "https://api.hetzner.cloud/v1".`);
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== "" ? value : null;
}
