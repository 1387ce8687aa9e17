/** Reads the time by the API's clock, and by this machine's clock when the two differ. */

import type { Client } from "./client.ts";

export type Clocks = Pick<Client, "clock" | "apiClock">;

const MAX_SKEW_MS = 60 * 60 * 1000;

/** Returns the time by the API's clock, in ms; before the first response, the time by this machine's clock. */
export function apiNow({ apiClock, clock }: Clocks): number {
  return apiClock()?.now ?? clock.wall();
}

/** Returns the earlier of the two clocks' times, in ms: images are younger by it, and past calls more recent. */
export function earlierNow(clocks: Clocks): number {
  return Math.min(clocks.clock.wall(), apiNow(clocks));
}

/** Returns the later of the two clocks' times, in ms: a period that begins now ends later by it. */
export function laterNow(clocks: Clocks): number {
  return Math.max(clocks.clock.wall(), apiNow(clocks));
}

/** Returns by how many ms the API's clock is ahead of this machine's, when one of the two must be wrong; otherwise null. */
export function measureClockSkew({ apiClock }: Clocks): number | null {
  const ahead = apiClock()?.ahead ?? 0;
  return Math.abs(ahead) > MAX_SKEW_MS ? ahead : null;
}
