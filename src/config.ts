/** What a person can set: one table of options, read from arguments and environment. Never prints the token. */

import { readFileSync } from "node:fs";
import { isAbsolute } from "node:path";
import { parseArgs } from "node:util";
import { isLoopback } from "./hcloud/client.ts";
import { didYouMean } from "./text.ts";

interface Option {
  flag?: string;
  /** The name of the flag's value in the help, for flags that take one. */
  value?: string;
  variable?: string;
  help: string;
}

export const OPTIONS = {
  token: {
    variable: "HCLOUD_TOKEN",
    help: "API token of the project: read only, or read & write to change images",
  },
  endpoint: {
    variable: "HCLOUD_ENDPOINT",
    help: "base URL of the API: https, or http on this machine (default https://api.hetzner.cloud/v1)",
  },
  readOnly: {
    flag: "read-only",
    variable: "HCLOUD_IMAGES_READ_ONLY",
    help: "offer only the tools that change nothing (true or false, default false)",
  },
  auditFile: {
    variable: "HCLOUD_IMAGES_AUDIT_FILE",
    help: "absolute path of a file to which a line is added for each step of a change",
  },
  demo: { flag: "demo", help: "use a simulated project in this process, whatever token is set" },
  port: { flag: "port", value: "N", help: "with simulator: the port to listen on (default: any free one)" },
  faults: {
    flag: "faults",
    value: "FILE",
    help: "with simulator: what goes wrong, as JSON; see docs/faults.md",
  },
  help: { flag: "help", help: "print this and end" },
  version: { flag: "version", help: "print the version and end" },
} satisfies Record<string, Option>;

const DEFAULT_ENDPOINT = "https://api.hetzner.cloud/v1";

export interface Config {
  command: "serve" | "simulator" | "help" | "version";
  /** Null when none is set: the tools can be listed, and every call says what is missing. */
  token: string | null;
  /** Base URL without a slash at the end. */
  endpoint: string;
  readOnly: boolean;
  demo: boolean;
  /** Absolute path, null for none. */
  auditFile: string | null;
  /** 0 for any free one. */
  port: number;
  /** What stands in the file of --faults, null without one. */
  faults: string | null;
}

/** Something a person has to mend before the server can start; one line. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

type Environment = Record<string, string | undefined>;

/** Reads `argv` (without the program's name) and the environment. Throws {@link ConfigError}. */
export function readConfig(argv: readonly string[], env: Environment): Config {
  const { flags, words } = parse(argv);
  const [word, ...more] = words;
  if (flags["help"] || flags["version"]) return { ...UNSET, command: flags["help"] ? "help" : "version" };
  if (word !== undefined && word !== "simulator") throw unknownCommand(word);
  if (more.length > 0) throw new ConfigError("only options can follow the command. See --help.");
  const command = word ?? "serve";
  for (const name of ["port", "faults"]) {
    if (flags[name] !== undefined && command === "serve")
      throw new ConfigError(`--${name} goes with the command simulator.`);
  }

  const demo = flags["demo"] === true;
  const real = command === "serve" && !demo;
  return {
    command,
    token: real ? readToken(env) : null,
    endpoint: real ? readEndpoint(env) : DEFAULT_ENDPOINT,
    readOnly: flags["read-only"] === true || readSwitch(env, OPTIONS.readOnly.variable),
    demo,
    auditFile: command === "serve" ? readAuditFile(env) : null,
    port: readPort(flags["port"]),
    faults: readFaults(flags["faults"]),
  };
}

const UNSET: Omit<Config, "command"> = {
  token: null,
  endpoint: DEFAULT_ENDPOINT,
  readOnly: false,
  demo: false,
  auditFile: null,
  port: 0,
  faults: null,
};

/** Somebody may have put the token here: only what looks like a command is repeated. */
function unknownCommand(word: string): ConfigError {
  const shown = /^[a-z-]{1,20}$/.test(word) ? ` "${word}"` : "";
  return new ConfigError(`unknown command${shown}. The only one is "simulator". See --help.`);
}

/** The text of `--help`. */
export function helpText(): string {
  const rows = Object.values<Option>(OPTIONS).map(({ flag, value, variable, help }) => {
    const names = [flag && `--${flag}${value ? ` ${value}` : ""}`, variable].filter(Boolean).join(", ");
    return `  ${names.padEnd(38)} ${help}`;
  });
  return [
    "hcloud-images-mcp: an MCP server that looks after Hetzner Cloud images (stdio)",
    "",
    "Usage: hcloud-images-mcp [options]             serve MCP on stdin and stdout",
    "       hcloud-images-mcp simulator [--port N]  run only the simulated Hetzner Cloud API",
    "",
    "Options and environment variables:",
    ...rows,
    "",
  ].join("\n");
}

function parse(argv: readonly string[]) {
  const known = Object.values<Option>(OPTIONS).filter(({ flag }) => flag !== undefined);
  const options = Object.fromEntries(
    known.map(({ flag = "", value }) => [flag, { type: value ? ("string" as const) : ("boolean" as const) }]),
  );
  const { values, positionals, tokens } = parseArgs({
    args: [...argv],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (!option) {
      const flags = known.map(({ flag }) => `--${flag}`);
      const shown = token.rawName.length <= 30 ? ` ${token.rawName}` : "";
      throw new ConfigError(`unknown option${shown}.${didYouMean(token.rawName, flags)} See --help.`);
    }
    if (option.type === "string" && token.value === undefined)
      throw new ConfigError(`${token.rawName} needs a value.`);
    if (option.type === "boolean" && token.value !== undefined)
      throw new ConfigError(`${token.rawName} takes no value.`);
  }
  return { flags: values, words: positionals };
}

/** A variable's value; blank, or a placeholder that a host did not fill in (`${user_config.x}`), is not set. */
function read(env: Environment, variable: string): string | undefined {
  const value = env[variable];
  return value === undefined || value.trim() === "" || /^\s*\$\{[^}]*\}\s*$/.test(value) ? undefined : value;
}

function readToken(env: Environment): string | null {
  const token = read(env, OPTIONS.token.variable);
  if (token === undefined) return null;
  // What is not visible ASCII cannot stand in a header, and was never part of a token.
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new ConfigError(
      "HCLOUD_TOKEN contains blanks, line breaks or other characters that no token has. Copy it again.",
    );
  }
  return token;
}

function readEndpoint(env: Environment): string {
  const value = read(env, OPTIONS.endpoint.variable);
  if (value === undefined) return DEFAULT_ENDPOINT;
  const refuse = (why: string) =>
    new ConfigError(`HCLOUD_ENDPOINT ${why}. Give a base URL such as ${DEFAULT_ENDPOINT}, or leave it out.`);
  if (!URL.canParse(value.trim())) throw refuse("is not a URL");
  const url = new URL(value.trim());
  if (url.username !== "" || url.password !== "") throw refuse("must not contain a user name or password");
  if (url.search !== "" || url.hash !== "") throw refuse("must not contain ? or #");
  const local = url.protocol === "http:" && isLoopback(url.hostname);
  if (url.protocol !== "https:" && !local)
    throw refuse("must be https, or http on this machine (127.0.0.1, [::1], localhost)");
  return (url.origin + url.pathname).replace(/\/+$/, "");
}

function readSwitch(env: Environment, variable: string): boolean {
  const value = read(env, variable)?.trim().toLowerCase();
  if (value === undefined || ["false", "0", "no", "off"].includes(value)) return false;
  if (["true", "1", "yes", "on"].includes(value)) return true;
  throw new ConfigError(`${variable} must be true or false.`);
}

function readAuditFile(env: Environment): string | null {
  const path = read(env, OPTIONS.auditFile.variable);
  if (path === undefined) return null;
  // Hosts start servers in folders of their own choice.
  if (!isAbsolute(path)) throw new ConfigError("HCLOUD_IMAGES_AUDIT_FILE must be an absolute path.");
  return path;
}

function readFaults(path: unknown): string | null {
  if (typeof path !== "string") return null;
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new ConfigError(`the file of --faults cannot be read: ${(error as NodeJS.ErrnoException).code}.`);
  }
}

function readPort(value: unknown): number {
  if (value === undefined) return 0;
  const port = typeof value === "string" && /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  if (!(port <= 65_535)) throw new ConfigError("--port must be a number from 0 to 65535.");
  return port;
}
