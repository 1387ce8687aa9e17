/** Omits what a result does not state: null, false, and what is empty. */

export function isBlank(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** Returns the object without blank members. */
export function compact(object: Record<string, unknown>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(object)) if (!isBlank(value)) kept[name] = value;
  return kept;
}
