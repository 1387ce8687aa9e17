/** What reading settings rests on: how a variable counts as set, and how a mistake is told. */

export type Environment = Record<string, string | undefined>;

/** Something a person has to mend before the server can start; one line. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

/** A variable's value; blank, or a placeholder that a host did not fill in (`${user_config.x}`), is not set. */
export function read(env: Environment, variable: string): string | undefined {
  const value = env[variable];
  return value === undefined || isUnset(value) ? undefined : value;
}

/** Whether a text says nothing: blank, or an unfilled placeholder. */
export function isUnset(value: string): boolean {
  return value.trim() === "" || /^\s*\$\{[^}]*\}\s*$/.test(value);
}
