/** Times as the API writes them. */

import { DAY_MS } from "../hcloud/time.ts";

/** The instant `days` before today's UTC midnight, and a time of day such as "03:15:07" after that. */
export type Ago = (days: number, time?: string) => string;

/** An instant as the API writes it: RFC 3339, UTC, whole seconds. */
export function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

export function createAgo(now: number): Ago {
  const midnight = Math.floor(now / DAY_MS) * DAY_MS;
  return (days, time = "00:00:00") =>
    formatTime(midnight - days * DAY_MS + Date.parse(`1970-01-01T${time}Z`));
}
