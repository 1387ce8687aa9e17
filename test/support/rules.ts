/** Files of the operator's rules that a test can replace while the server runs. */

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./folder.ts";
import { type HarnessOptions, startHarness } from "./harness.ts";

export interface RulesFile {
  rulesFile: string;
  auditFile: string;
  replace(rules: string): void;
  remove(): void;
}

/** Writes a file with these rules beside the path of an audit file; both are deleted when the test ends. */
export function writeRulesFile(rules: string): RulesFile {
  const folder = temporaryFolder();
  const path = join(folder, "rules.toml");
  writeFileSync(path, rules);
  return {
    rulesFile: path,
    auditFile: join(folder, "audit.log"),
    replace: (next) => writeFileSync(path, next),
    remove: () => rmSync(path),
  };
}

/** Starts a server with these rules, an MCP client and the simulated cloud. */
export async function startWithRules(rules: string, options: HarnessOptions = {}) {
  const file = writeRulesFile(rules);
  return { ...(await startHarness({ ...file, ...options })), file };
}
