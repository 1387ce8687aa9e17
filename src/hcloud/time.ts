/** Times of the API. */

export const DAY_MS = 24 * 60 * 60 * 1000;

const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

/** Returns ms since the epoch; NaN unless the text is RFC 3339: `Date.parse` finds a year in any words that end in a number. */
export function parseInstant(time: string): number {
  return RFC_3339.test(time) ? Date.parse(time) : Number.NaN;
}
