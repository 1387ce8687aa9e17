/** Reads all settings from arguments and environment by the table of options. Never prints the token. */

import { readFileSync } from "node:fs";
import { isAbsolute } from "node:path";
import { inspect, parseArgs } from "node:util";
import { didYouMean } from "../text.ts";
import { type Access, NO_ACCESS, readAccess } from "./access.ts";
import { OPTIONS, type Option } from "./option-table.ts";
import { ConfigError, type Environment, isBlankSetting, isPlaceholder, readVariable } from "./variables.ts";

export { ConfigError };

/** The way to confirm a change: only by a form, only by a code, or `auto` by a form if the MCP client shows forms, otherwise by a code. */
export type ConfirmMode = "auto" | "form" | "code";

export interface Config extends Access {
  command: "serve" | "doctor" | "simulator" | "help" | "version";
  readOnly: boolean;
  demo: boolean;
  confirm: ConfirmMode;
  /** An absolute path; null for no audit file. */
  auditFile: string | null;
  /** The path as it was set, relative or not; null for no rules. */
  rulesFile: string | null;
  /** The simulator's port; 0 for any free port. */
  port: number;
  /** The text of the file given with --faults; null without the flag. */
  faults: string | null;
}

/** Reads all settings; `argv` is without the program's name. Throws {@link ConfigError}. */
export function readConfig(argv: readonly string[], env: Environment): Config {
  const { flags, words } = parseArguments(argv);
  const [word, ...more] = words;
  // Help and version work with every setting.
  if (flags["help"] || flags["version"])
    return { ...readConfig([], {}), command: flags["help"] ? "help" : "version" };
  if (word !== undefined && word !== "simulator" && word !== "doctor") throw unknownCommandError(word);
  if (more.length > 0) throw new ConfigError("only options can follow the command. See --help.");
  const command = word ?? "serve";
  for (const name of ["port", "faults"]) {
    if (flags[name] !== undefined && command !== "simulator")
      throw new ConfigError(`--${name} is only for the command simulator.`);
  }

  const demoSwitch = flags["demo"] === true || readSwitch(env, OPTIONS.demo.variable);
  const demo = demoSwitch === true;
  const isReal = command !== "simulator" && !demo;
  const access = isReal ? readAccess(flags["context"] as string | undefined, env) : NO_ACCESS;
  return hideToken({
    command,
    ...access,
    warnings: [...access.warnings, ...describePlaceholders(env, demo)],
    // A placeholder may mean read-only or the simulated project: nothing in the real project may be lost.
    readOnly:
      flags["read-only"] === true ||
      (readSwitch(env, OPTIONS.readOnly.variable) ?? true) ||
      demoSwitch === null,
    demo,
    confirm: readConfirmMode(env),
    auditFile: command === "simulator" ? null : readAuditFile(env),
    rulesFile: command === "simulator" ? null : readRulesFile(env),
    port: readPort(flags["port"]),
    faults: readFaults(flags["faults"]),
  });
}

const REAL_PROJECT =
  "the server uses the real project, and is read-only. Set it to true for the simulated project, otherwise to false.";

const NO_RULES = "every change is refused. Set it to an absolute path, or remove it.";

/** Returns warnings. The token's placeholder needs none: each call says that no token is set. */
function describePlaceholders(env: Environment, demo: boolean): string[] {
  const effects: [variable: string, effect: string][] = [
    [OPTIONS.readOnly.variable, "the server is read-only. Set it to true or false."],
    [OPTIONS.confirm.variable, "changes need the user's choice in a form. Set it to auto, form or code."],
    [OPTIONS.auditFile.variable, "no audit file is written. Set it to an absolute path, or remove it."],
  ];
  if (!isBlankSetting(env[OPTIONS.rulesFile.variable])) effects.push([OPTIONS.rulesFile.variable, NO_RULES]);
  if (!demo) effects.push([OPTIONS.demo.variable, REAL_PROJECT]);
  return effects
    .filter(([variable]) => isPlaceholder(env[variable]))
    .map(
      ([variable, effect]) => `${variable} is a placeholder that the MCP client did not fill in: ${effect}`,
    );
}

/** Makes a logged Config show "[hidden]" instead of its token. */
function hideToken(config: Config): Config {
  const shown = { ...config, token: config.token === null ? null : "[hidden]" };
  return Object.defineProperty(config, inspect.custom, { value: () => shown });
}

/** Returns an error that repeats only a word that looks like a command: the user may have pasted the token. */
function unknownCommandError(word: string): ConfigError {
  const shown = /^[a-z-]{1,20}$/.test(word) ? ` "${word}"` : "";
  return new ConfigError(`unknown command${shown}. The commands are "doctor" and "simulator". See --help.`);
}

/** Whether the command is `doctor`, which reports wrong arguments as findings. */
export function isDoctorCommand(argv: readonly string[]): boolean {
  const { values, positionals } = splitArguments(argv);
  return positionals[0] === "doctor" && !values["help"] && !values["version"];
}

const FLAGS = Object.fromEntries(
  Object.values<Option>(OPTIONS).flatMap(({ flag, value }) =>
    flag === undefined ? [] : [[flag, { type: value ? ("string" as const) : ("boolean" as const) }]],
  ),
);

function splitArguments(argv: readonly string[]) {
  return parseArgs({ args: [...argv], options: FLAGS, strict: false, allowPositionals: true, tokens: true });
}

function parseArguments(argv: readonly string[]) {
  const { values, positionals, tokens } = splitArguments(argv);
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const option = Object.hasOwn(FLAGS, token.name) ? FLAGS[token.name] : undefined;
    if (!option) {
      const flags = Object.keys(FLAGS).map((flag) => `--${flag}`);
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

/** Returns null for a placeholder: the user may have meant true or false. */
function readSwitch(env: Environment, variable: string): boolean | null {
  if (isPlaceholder(env[variable])) return null;
  const value = readVariable(env, variable)?.trim().toLowerCase();
  if (value === undefined || ["false", "0", "no", "off"].includes(value)) return false;
  if (["true", "1", "yes", "on"].includes(value)) return true;
  throw new ConfigError(`${variable} must be true or false.`);
}

const CONFIRM_MODES: readonly string[] = ["auto", "form", "code"] satisfies ConfirmMode[];

function readConfirmMode(env: Environment): ConfirmMode {
  const { variable } = OPTIONS.confirm;
  // The user may have meant form, which loses nothing.
  if (isPlaceholder(env[variable])) return "form";
  const value = readVariable(env, variable)?.trim().toLowerCase() ?? "auto";
  if (CONFIRM_MODES.includes(value)) return value as ConfirmMode;
  throw new ConfigError(`${variable} must be auto, form or code.`);
}

function readAuditFile(env: Environment): string | null {
  const path = readVariable(env, OPTIONS.auditFile.variable);
  if (path === undefined) return null;
  // An MCP client starts the server in a directory that the user does not know.
  if (!isAbsolute(path)) throw new ConfigError("HCLOUD_IMAGES_AUDIT_FILE must be an absolute path.");
  return path;
}

/** Returns the path unchecked: with an unusable path or a placeholder, the server refuses every change and still reads images. */
function readRulesFile(env: Environment): string | null {
  const { variable } = OPTIONS.rulesFile;
  const given = env[variable]?.trim() ?? "";
  return given === "" || isBlankSetting(given) ? null : given;
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
