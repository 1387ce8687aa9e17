/** A context of the hcloud CLI, out of the text of its cli.toml. Pure, and never quotes a line, which may hold a token. */

import { parse, TomlError } from "smol-toml";
import { isObject } from "../hcloud/errors.ts";
import { redactor } from "../hcloud/redact.ts";
import { clean, didYouMean } from "../text.ts";
import { ConfigError } from "./variable.ts";

export interface Context {
  /** As it may be shown. */
  name: string;
  /** The context and its file, for messages. */
  where: string;
  /** Null when the context has none, which does no harm while another token wins. */
  token: string | null;
  /** Whether the CLI gets its token by a command instead. */
  hasTokenCommand: boolean;
  /** Of the context's own preferences, or else of the global ones; null when neither has one. */
  endpoint: string | null;
}

const NAME = 60;
const NAMES = 400;

/** What is shorter than a piece that is redacted is no token of the API. */
const SECRET = 8;

/** A name that is not in the file may be a token that was put in its place: what is as long as one is not repeated. */
const UNKNOWN_NAME = 30;

/** The context of that name; `path` is where the text was read, for messages. Throws {@link ConfigError}. */
export function contextOf(text: string, name: string, path: string): Context {
  const file = tableOf(text, path);
  const contexts = Array.isArray(file["contexts"]) ? file["contexts"].filter(isObject) : [];
  // The first of several with one name, as in the CLI.
  const context = contexts.find((each) => each["name"] === name);
  if (!context) throw unknownContext(name, contexts, path);
  const token = textOf(context["token"]);
  const label = shown(name, [token]);
  return {
    name: label,
    where: `context ${JSON.stringify(label)} in ${path}`,
    token,
    hasTokenCommand: textOf(context["token_command"]) !== null,
    endpoint: endpointOf(context["preferences"], path) ?? endpointOf(file["preferences"], path),
  };
}

function tableOf(text: string, path: string): Record<string, unknown> {
  try {
    return parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    // Neither message nor cause: both quote the file.
    const where = error instanceof TomlError ? ` at line ${error.line}` : "";
    throw new ConfigError(
      `${path} is not valid TOML${where}. Mend it, or set HCLOUD_TOKEN instead of asking for a context.`,
    );
  }
}

function unknownContext(name: string, contexts: Record<string, unknown>[], path: string): ConfigError {
  const tokens = contexts.map(({ token }) => textOf(token));
  const all = new Set(contexts.flatMap((each) => textOf(each["name"]) ?? []));
  const names = [...all].map((each) => shown(each, tokens));
  const which =
    name.length > UNKNOWN_NAME
      ? "no context of that name"
      : `no context ${JSON.stringify(shown(name, tokens))}`;
  const offer =
    names.length > 0 ? clean(didYouMean(name, names), NAMES) : ' Add one with "hcloud context create".';
  return new ConfigError(`there is ${which} in ${path}.${offer}`);
}

/** A name made fit to be shown; somebody may have pasted a token there, or a part of one. */
function shown(name: string, tokens: (string | null)[]): string {
  const real = tokens.filter((token) => token !== null && token.length >= SECRET);
  return real.reduce<string>((text, token) => redactor(token)(text), clean(name, NAME) || "[invisible]");
}

function endpointOf(preferences: unknown, path: string): string | null {
  const endpoint = isObject(preferences) ? preferences["endpoint"] : undefined;
  if (endpoint === undefined || typeof endpoint === "string") return textOf(endpoint);
  throw new ConfigError(`the endpoint in ${path} must be a text, such as "https://api.hetzner.cloud/v1".`);
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== "" ? value : null;
}
