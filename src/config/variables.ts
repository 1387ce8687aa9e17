/** Reads environment variables, of which some MCP clients set blank ones or placeholders. */

export type Environment = Record<string, string | undefined>;

/** The error of a setting that the user must correct before the server can start; the message is one line. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

/** Returns a variable's value; undefined when the value says nothing. */
export function readVariable(env: Environment, variable: string): string | undefined {
  const value = env[variable];
  return value === undefined || isUnset(value) ? undefined : value;
}

/** Whether a value says nothing: blank or a placeholder. */
export function isUnset(value: string): boolean {
  return value.trim() === "" || isPlaceholder(value);
}

/** Whether the MCP client passed a placeholder instead of a value, as Claude Desktop does for a blank setting. */
export function isPlaceholder(value: string | undefined): boolean {
  return /^\s*\$\{[^}]*\}\s*$/.test(value ?? "");
}

/** Whether Claude Desktop passed the placeholder of a setting of its bundle that the user left blank. */
export function isBlankSetting(value: string | undefined): boolean {
  return /^\s*\$\{user_config\.\w+\}\s*$/.test(value ?? "");
}
