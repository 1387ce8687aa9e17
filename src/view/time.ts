/** Points in time and ages, as results state them. */

import { DAY_MS, parseInstant } from "../hcloud/time.ts";
import type { Image } from "../hcloud/types.ts";
import { clean } from "../text.ts";

/** Characters of a time that cannot be read. */
const MAX_TEXT_CHARS = 60;

/** How the API writes times. */
const UTC = /^\d{4}-\d{2}-\d{2}T.*(Z|\+00:00)$/;
const MINUTE = "2026-01-31T12:00";

/** Returns a UTC time to the minute, such as `2026-01-31T12:00Z`; a text that is no time, made inert. */
export function toMinute(instant: string | number): string {
  const time = typeof instant === "number" ? instant : parseInstant(instant);
  if (Number.isNaN(time)) return clean(String(instant), MAX_TEXT_CHARS);
  if (typeof instant === "string" && UTC.test(instant)) return `${instant.slice(0, MINUTE.length)}Z`;
  return `${new Date(time).toISOString().slice(0, MINUTE.length)}Z`;
}

/** Returns a UTC day such as `2026-01-31`; undefined for a text that is no time. */
export function toDay(instant: string): string | undefined {
  const time = parseInstant(instant);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString().slice(0, "2026-01-31".length);
}

/** Returns the full days of 24 hours since the image was created, at `now` in ms; undefined when its time cannot be read. */
export function ageInDays({ created }: Image, now: number): number | undefined {
  const time = parseInstant(created);
  return Number.isNaN(time) ? undefined : Math.max(0, Math.floor((now - time) / DAY_MS));
}
