/** Numbers, sizes and days, written as in tool results. */

/** Returns a count with its noun, such as `1 snapshot` or `1,204 snapshots`. */
export function plural(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** Returns a size such as `7.30 GB`. */
export function inGigabytes(gigabytes: number | null): string {
  return gigabytes === null ? "unknown" : `${gigabytes.toFixed(2)} GB`;
}

/** Returns the first items of a list and the number of the others, such as `1, 2 and 5 more`. */
export function listFirst(things: readonly (string | number)[], max = 10): string {
  const more = things.length - max;
  return things.slice(0, max).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

export const serverName = (name: string) => name || "(no server)";

/** Returns the day of an ISO time, such as `2026-01-31`. */
export const dayOf = (time: string) => time.slice(0, "2026-01-31".length);
