/** What commands run, in one file of the build that is loaded when the first of it is needed. */

import { type Config, ConfigError } from "./config/options.ts";
import { diagnose } from "./doctor.ts";

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
