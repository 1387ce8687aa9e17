/** The time by which results state ages and a policy decides. */

import type { ImagesApi } from "../hcloud/images.ts";
import { ToolError } from "../tool.ts";

const MAX_DIFFERENCE_MS = 60 * 60 * 1000;

/** The time in ms by the API's clock; by this machine's clock before the first response. */
export function apiNow({ apiClock, clock }: ImagesApi): number {
  return apiClock()?.now ?? clock.wall();
}

/**
 * The time by the API's clock, in ms, which is known after the first response. Throws {@link ToolError} when this machine's
 * clock differs by more than an hour: one of both is wrong, and the age of images with it.
 */
export function policyNow({ apiClock, clock }: ImagesApi): number {
  const { now, ahead } = apiClock() ?? { now: clock.wall(), ahead: 0 };
  if (Math.abs(ahead) <= MAX_DIFFERENCE_MS) return now;
  const minutes = Math.round(Math.abs(ahead) / 60_000);
  throw new ToolError(
    "clock_differs",
    `The API's clock is ${Math.floor(minutes / 60)} h ${minutes % 60} min ${ahead > 0 ? "ahead of" : "behind"} this machine's clock. Nothing was planned or deleted. Correct this machine's clock, then make a new plan.`,
  );
}
