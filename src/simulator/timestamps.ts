/** Times as the API writes them. */

import { DAY_MS } from "../hcloud/time.ts";

/** A function that returns the time of day `time` (default midnight) in UTC, `days` days before today. */
export type Ago = (days: number, time?: string) => string;

/** Returns a time as the API writes it: RFC 3339 in UTC with whole seconds. `ms` counts from the epoch. */
export function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** Returns a function for times before `now`, which is in ms since the epoch. */
export function createAgo(now: number): Ago {
  const midnight = Math.floor(now / DAY_MS) * DAY_MS;
  return (days, time = "00:00:00") =>
    formatTime(midnight - days * DAY_MS + Date.parse(`1970-01-01T${time}Z`));
}
