/** Numbers and sizes, in the words of the results. */

/** Such as `1 snapshot` or `1,204 snapshots`. */
export function plural(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** Such as `7.30 GB`. */
export function inGigabytes(gigabytes: number | null): string {
  return gigabytes === null ? "unknown" : `${gigabytes.toFixed(2)} GB`;
}

/** The first of a list, and how many more there are. */
export function listFirst(things: readonly (string | number)[], max = 10): string {
  const more = things.length - max;
  return things.slice(0, max).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

export const serverName = (name: string) => name || "(no server)";

/** Such as `2026-01-31` of a time to the minute. */
export const dayOf = (time: string) => time.slice(0, "2026-01-31".length);
