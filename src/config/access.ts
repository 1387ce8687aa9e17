/** Where the API is and with what token to go there, out of variables and context, in the hcloud CLI's order. */

import { isLoopback } from "../hcloud/client.ts";
import { readCliFile } from "./cli-file.ts";
import { type Context, contextOf } from "./context.ts";
import { ConfigError, type Environment, isUnset, read } from "./variable.ts";

const DEFAULT_ENDPOINT = "https://api.hetzner.cloud/v1";

export interface Access {
  /** Null when none is set: the tools can be listed, and every call says what is missing. */
  token: string | null;
  /** Base URL without a slash at the end. */
  endpoint: string;
  /** The context whose token this is, as it may be shown; null without one, and when another token won. */
  context: string | null;
  /** Where token and endpoint come from, in words. */
  origin: { token: string; endpoint: string };
  /** What works and is perhaps not what was meant; each one line. */
  warnings: string[];
}

export const NO_ACCESS: Access = {
  token: null,
  endpoint: DEFAULT_ENDPOINT,
  context: null,
  origin: { token: "not set", endpoint: "the default" },
  warnings: [],
};

/**
 * As in the CLI a variable wins over what the context says, and that over the default. `flag` is the value of
 * `--context`. Without it and HCLOUD_CONTEXT the CLI's file is not opened. Throws {@link ConfigError}.
 */
export function readAccess(flag: string | undefined, env: Environment): Access {
  if (flag !== undefined && isUnset(flag)) throw new ConfigError("--context needs the name of a context.");
  const name = flag ?? read(env, "HCLOUD_CONTEXT");
  const context = name === undefined ? null : readContext(name, env);
  const [token, tokenOrigin] = tokenOf(env, context);
  const [endpoint, endpointOrigin] = endpointOf(env, context);
  const isItsToken = context !== null && token === context.token;
  return {
    token,
    endpoint,
    context: isItsToken ? context.name : null,
    origin: { token: tokenOrigin, endpoint: endpointOrigin },
    warnings: context && !isItsToken ? [tokenWins(context)] : [],
  };
}

function readContext(name: string, env: Environment): Context {
  const { text, path } = readCliFile(env);
  return contextOf(text, name, path);
}

/** The token of an unknown project is not to pass for that of the context. */
function tokenWins({ where }: Context): string {
  return `HCLOUD_TOKEN is set and wins over the token of ${where}, as in the hcloud CLI: the project is that of HCLOUD_TOKEN. Unset it to work in the context.`;
}

function tokenOf(env: Environment, context: Context | null): [token: string | null, origin: string] {
  const own = read(env, "HCLOUD_TOKEN");
  if (own !== undefined) return [checkedToken(own, "HCLOUD_TOKEN"), "HCLOUD_TOKEN"];
  if (!context) return [null, NO_ACCESS.origin.token];
  const { token, hasTokenCommand, where } = context;
  if (token !== null) return [checkedToken(token, `the token of ${where}`), where];
  throw new ConfigError(
    hasTokenCommand
      ? `${where} has a token_command, which this server does not run. Set HCLOUD_TOKEN to what it prints.`
      : `${where} has no token. Add it there, or make the context anew with "hcloud context create".`,
  );
}

function checkedToken(token: string, what: string): string {
  // What is not visible ASCII cannot stand in a header, and was never part of a token.
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new ConfigError(
    `${what} contains blanks, line breaks or other characters that no token has. Copy it again.`,
  );
}

function endpointOf(env: Environment, context: Context | null): [endpoint: string, origin: string] {
  const own = read(env, "HCLOUD_ENDPOINT");
  if (own !== undefined) return [checkedEndpoint(own, "HCLOUD_ENDPOINT"), "HCLOUD_ENDPOINT"];
  if (!context?.endpoint) return [DEFAULT_ENDPOINT, NO_ACCESS.origin.endpoint];
  return [checkedEndpoint(context.endpoint, `the endpoint of ${context.where}`), context.where];
}

/** No way up, nothing encoded, no backslash, blank or empty segment: what is read is where the token goes. */
const PLAIN_URL = /^https?:\/\/[^/\\\s%]+(\/(?!\.{1,2}(\/|$))[\w.~-]+)*\/*$/i;

function checkedEndpoint(value: string, what: string): string {
  const refuse = (why: string) =>
    new ConfigError(`${what} ${why}. Give a base URL such as ${DEFAULT_ENDPOINT}, or leave it out.`);
  if (!URL.canParse(value.trim())) throw refuse("is not a URL");
  const url = new URL(value.trim());
  if (url.username !== "" || url.password !== "") throw refuse("must not contain a user name or password");
  if (/[?#]/.test(value)) throw refuse("must not contain ? or #");
  const local = url.protocol === "http:" && isLoopback(url.hostname);
  if (url.protocol !== "https:" && !local)
    throw refuse("must be https, or http on this machine (127.0.0.1, [::1], localhost)");
  if (!PLAIN_URL.test(value.trim())) throw refuse("must be a host and a plain path, as it would be typed");
  return (url.origin + url.pathname).replace(/\/+$/, "");
}
