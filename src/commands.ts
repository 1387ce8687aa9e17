/** What commands run, in one file of the build that is loaded when the first of it is needed. */

import { readConfig } from "./config/options.ts";
import { diagnose } from "./doctor.ts";

export { serve } from "./serve.ts";
export { parseFaults } from "./simulator/faults.ts";

/** Reads the settings here: their errors are findings, and in another file of the build they are of another class. */
export function examine(argv: readonly string[], env: NodeJS.ProcessEnv): ReturnType<typeof diagnose> {
  return diagnose(() => readConfig(argv, env));
}
