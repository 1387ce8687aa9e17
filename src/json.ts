/** Recognizes values that come from JSON or TOML, and measures them. */

/** Whether the value is an object of JSON: neither a list nor null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a list or an object counts beside its members, in characters: it also takes a place on the stack of a recursion. */
const OBJECT_CHARS = 100;

/** Whether the JSON of a value is longer than about `max` characters. Looks at no more of the value than that. */
export function isLonger(value: unknown, max: number): boolean {
  let left = max;
  const count = (part: unknown): void => {
    if (typeof part === "string") left -= part.length;
    else if (typeof part !== "object" || part === null) left--;
    else {
      left -= OBJECT_CHARS;
      for (const name in part) {
        if (left < 0) return;
        left -= name.length;
        count((part as Record<string, unknown>)[name]);
      }
    }
  };
  count(value);
  return left < 0;
}
