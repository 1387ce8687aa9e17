/** The time by which a policy decides. */

import { apiNow, type Clocks, measureClockSkew } from "../hcloud/api-time.ts";
import { ToolError } from "../tool-error.ts";

/**
 * Returns the time by the API's clock, in ms, which is known after the first response. Throws {@link ToolError} when this machine's
 * clock differs by more than an hour: with a wrong clock, the age of images is wrong.
 */
export function policyNow(clocks: Clocks): number {
  const ahead = measureClockSkew(clocks);
  if (ahead === null) return apiNow(clocks);
  const minutes = Math.round(Math.abs(ahead) / 60_000);
  throw new ToolError(
    "clock_differs",
    `The API's clock is ${Math.floor(minutes / 60)} h ${minutes % 60} min ${ahead > 0 ? "ahead of" : "behind"} this machine's clock. Nothing was planned or deleted. Correct this machine's clock, then make a new plan.`,
  );
}
