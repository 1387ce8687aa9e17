/** Times of the API. */

export const DAY_MS = 24 * 60 * 60 * 1000;

const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

/** The last text that was parsed: a row of a table has its time as a day and as an age. */
let lastText = "";
let lastTime = Number.NaN;

/** Returns ms since the epoch; NaN unless the text is RFC 3339: `Date.parse` finds a year in any words that end in a number. */
export function parseInstant(time: string): number {
  if (time !== lastText) {
    lastText = time;
    lastTime = RFC_3339.test(time) ? Date.parse(time) : Number.NaN;
  }
  return lastTime;
}
