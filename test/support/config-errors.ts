/** Settings that a person has to mend before the server can start. */

import { expect } from "vitest";
import { ConfigError, readConfig } from "../../src/config/options.ts";

export type Environment = Record<string, string | undefined>;

/** The one line with which these settings are refused. */
export function readConfigError(argv: string[], env: Environment = {}): string {
  try {
    readConfig(argv, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.message).not.toMatch(/[\r\n]/);
    return error.message;
  }
  throw new Error(`${argv.join(" ")} was accepted`);
}

/** Fails unless the line has these facts, such as names, limits and paths; its wording is in one snapshot. */
export function expectFacts(told: string, ...facts: readonly string[]): void {
  for (const fact of facts) expect(told).toContain(fact);
}
