/** The functions behind the commands, in one file of the build, which loads when the first of them is needed. */

import { describeRulesState } from "./call/rules.ts";
import { type Config, ConfigError } from "./config/options.ts";
import { diagnose } from "./doctor.ts";
import { openRules } from "./tools/operator-rules.ts";

export { serve } from "./serve.ts";
export { parseFaults } from "./simulator/faults.ts";

/** Diagnoses the settings. `read` returns them or what is wrong with them: another file of the build has its own `ConfigError` class. */
export function diagnoseSettings(read: () => Config | string): ReturnType<typeof diagnose> {
  return diagnose(() => {
    const config = read();
    if (typeof config === "string") throw new ConfigError(config);
    return config;
  });
}

/** Returns the sentence on the operator's rules; null when there is nothing to say. */
export function introduceRules(config: Config): string | null {
  return config.rulesFile === null ? null : describeRulesState(openRules(config.rulesFile, config).read());
}
