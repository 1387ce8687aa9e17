/** Settings that a person must correct before the server can start. */

import { expect } from "vitest";
import { ConfigError, readConfig } from "../../src/config/options.ts";

export type Environment = Record<string, string | undefined>;

/** Returns the line that refuses these settings; throws if they are accepted. */
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

/** Fails unless the line contains these facts, such as names, limits and paths. One snapshot has its wording. */
export function expectFacts(told: string, ...facts: readonly string[]): void {
  for (const fact of facts) expect(told).toContain(fact);
}
