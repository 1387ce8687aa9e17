/** Words for the operator's rules: a file that can be replaced while the server runs. */

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

/** A file with these rules, and the path of an audit file; both are gone when the test ends. */
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

/** A server with these rules, joined with a client and the simulated cloud. */
export async function startWithRules(rules: string, options: HarnessOptions = {}) {
  const file = writeRulesFile(rules);
  return { ...(await startHarness({ ...file, ...options })), file };
}
