/** The time by the API's clock, and by this machine's when the two differ. */

import type { Client } from "./client.ts";

export type Clocks = Pick<Client, "clock" | "apiClock">;

const MAX_SKEW_MS = 60 * 60 * 1000;

/** In ms, by the API's clock; by this machine's clock before the first response. */
export function apiNow({ apiClock, clock }: Clocks): number {
  return apiClock()?.now ?? clock.wall();
}

/** In ms. Of two clocks that differ, the one that makes images younger and yesterday's calls recent. */
export function earlierNow(clocks: Clocks): number {
  return Math.min(clocks.clock.wall(), apiNow(clocks));
}

/** In ms. Of two clocks that differ, the one by which what begins now lasts longer. */
export function laterNow(clocks: Clocks): number {
  return Math.max(clocks.clock.wall(), apiNow(clocks));
}

/** By how much the API's clock is ahead of this machine's, in ms, when one of them must be wrong; otherwise null. */
export function measureClockSkew({ apiClock }: Clocks): number | null {
  const ahead = apiClock()?.ahead ?? 0;
  return Math.abs(ahead) > MAX_SKEW_MS ? ahead : null;
}
