/** Reads the API's endpoint and token from variables and a context, in the hcloud CLI's order of precedence. */

import { isLoopback } from "../hcloud/client.ts";
import { type Context, readContext } from "./cli-file.ts";
import { ConfigError, type Environment, isUnset, readVariable } from "./variables.ts";

const DEFAULT_ENDPOINT = "https://api.hetzner.cloud/v1";

export interface Access {
  /** The API token; null when none is set: the server still lists its tools, and every call says what is missing. */
  token: string | null;
  /** Base URL without a slash at the end. */
  endpoint: string;
  /** The inert name of the context that the token belongs to; null for any other token. */
  context: string | null;
  /** The sources of token and endpoint, in words. */
  origin: { token: string; endpoint: string };
  /** Settings that work but may not be what the user meant, in one line each. */
  warnings: string[];
}

/** The access without any setting. */
export const NO_ACCESS: Access = {
  token: null,
  endpoint: DEFAULT_ENDPOINT,
  context: null,
  origin: { token: "not set", endpoint: "the default" },
  warnings: [],
};

/**
 * Returns endpoint and token: a variable overrides the context, which overrides the default. `flag` is the value of
 * `--context`. Without the flag and HCLOUD_CONTEXT the CLI's file is not opened. Throws {@link ConfigError}.
 */
export function readAccess(flag: string | undefined, env: Environment): Access {
  if (flag !== undefined && isUnset(flag)) throw new ConfigError("--context needs the name of a context.");
  const name = flag ?? readVariable(env, "HCLOUD_CONTEXT");
  const context = name === undefined ? null : readContext(name, env);
  const [token, tokenOrigin] = readToken(env, context);
  const [endpoint, endpointOrigin] = readEndpoint(env, context);
  const isFromContext = context !== null && token === context.token;
  return {
    token,
    endpoint,
    context: isFromContext ? context.name : null,
    origin: { token: tokenOrigin, endpoint: endpointOrigin },
    warnings: context && !isFromContext ? [describeOtherToken(context)] : [],
  };
}

/** Returns a warning: the user must not take the project of HCLOUD_TOKEN for the context's project. */
function describeOtherToken({ where }: Context): string {
  return `HCLOUD_TOKEN overrides the token of ${where}, as in the hcloud CLI. The server uses the project of HCLOUD_TOKEN. Unset HCLOUD_TOKEN to use the context.`;
}

function readToken(env: Environment, context: Context | null): [token: string | null, origin: string] {
  const own = readVariable(env, "HCLOUD_TOKEN");
  if (own !== undefined) return [checkToken(own, "HCLOUD_TOKEN"), "HCLOUD_TOKEN"];
  if (!context) return [null, NO_ACCESS.origin.token];
  const { token, hasTokenCommand, where } = context;
  if (token !== null) return [checkToken(token, `the token of ${where}`), where];
  throw new ConfigError(
    hasTokenCommand
      ? `${where} has a token_command, which this server does not run. Set HCLOUD_TOKEN to the token that the command prints.`
      : `${where} has no token. Add it there, or create the context again with "hcloud context create".`,
  );
}

function checkToken(token: string, what: string): string {
  // An HTTP header takes only visible ASCII, and a token has nothing else.
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new ConfigError(
    `${what} contains blanks, line breaks or other characters that no token has. Copy it again.`,
  );
}

function readEndpoint(env: Environment, context: Context | null): [endpoint: string, origin: string] {
  const own = readVariable(env, "HCLOUD_ENDPOINT");
  if (own !== undefined) return [checkEndpoint(own, "HCLOUD_ENDPOINT"), "HCLOUD_ENDPOINT"];
  if (!context?.endpoint) return [DEFAULT_ENDPOINT, NO_ACCESS.origin.endpoint];
  return [checkEndpoint(context.endpoint, `the endpoint of ${context.where}`), context.where];
}

/** A URL without "..", %, backslash, blank or empty segment: the token goes exactly to the address that the user reads. */
const PLAIN_URL = /^https?:\/\/[^/\\\s%]+(\/(?!\.{1,2}(\/|$))[\w.~-]+)*\/*$/i;

function checkEndpoint(value: string, what: string): string {
  const fail = (why: string) =>
    new ConfigError(`${what} ${why}. Give a base URL such as ${DEFAULT_ENDPOINT}, or remove the setting.`);
  if (!URL.canParse(value.trim())) throw fail("is not a URL");
  const url = new URL(value.trim());
  if (url.username !== "" || url.password !== "") throw fail("must not contain a user name or password");
  if (/[?#]/.test(value)) throw fail("must not contain ? or #");
  const isLocal = url.protocol === "http:" && isLoopback(url.hostname);
  if (url.protocol !== "https:" && !isLocal)
    throw fail("must be https, or http on this machine (127.0.0.1, [::1], localhost)");
  if (!PLAIN_URL.test(value.trim()))
    throw fail("must be a host and a plain path, without .., %, blanks or backslashes");
  return (url.origin + url.pathname).replace(/\/+$/, "");
}
