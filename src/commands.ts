/** What commands run, in one file of the build that is loaded when the first of it is needed. */

import { introduce } from "./call/rules.ts";
import { type Config, ConfigError } from "./config/options.ts";
import { diagnose } from "./doctor.ts";
import { openRules } from "./tools/operator-rules.ts";

export { serve } from "./serve.ts";
export { parseFaults } from "./simulator/faults.ts";

/** `read` returns the settings, or what is wrong with them: an error of another file of the build is of another class. */
export function examine(read: () => Config | string): ReturnType<typeof diagnose> {
  return diagnose(() => {
    const config = read();
    if (typeof config === "string") throw new ConfigError(config);
    return config;
  });
}

/** Returns null when nothing is to be told of the operator's rules. */
export function introduceRules(config: Config): string | null {
  return config.rulesFile === null ? null : introduce(openRules(config.rulesFile, config).read());
}
