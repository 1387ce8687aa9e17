/**
 * Converts forms of an argument that models send instead of the advertised one. Each function returns the advertised form, or
 * the value as it was sent when its meaning is not certain: the schema then refuses the value.
 */

import { isObject } from "./json.ts";
import { findLabelKeyProblem, findLabelValueProblem } from "./labels.ts";

/** Returns the arguments without null, and without "" unless `emptyTexts` names the argument: some hosts fill both in. */
export function dropBlanks(
  args: Record<string, unknown>,
  emptyTexts: readonly string[] = [],
): Record<string, unknown> {
  const isGiven = ([name, value]: [string, unknown]) =>
    value !== null && (value !== "" || emptyTexts.includes(name));
  return Object.fromEntries(Object.entries(args).filter(isGiven));
}

/** Converts "30" to 30. A leading zero is not certain: it may mean an octal number. */
export function readDigits(value: unknown): unknown {
  return typeof value === "string" && /^(0|[1-9]\d*)$/.test(value) ? Number(value) : value;
}

/** Converts "true" to true, and "false" to false. */
export function readBoolean(value: unknown): unknown {
  if (value === "true") return true;
  return value === "false" ? false : value;
}

/** Converts a blank between day and time to T. */
export function readTime(value: unknown): unknown {
  return typeof value === "string" ? value.replace(/^(\d{4}-\d{2}-\d{2}) (?=\d)/, "$1T") : value;
}

/** Items of a list, more than any argument may have: a schema takes seconds for a hundred thousand invalid items. */
export const MAX_ITEMS = 1_000;

/**
 * Converts a single value, JSON text or comma-separated text to a list in which no item contains a comma; a list that is too long
 * to a text, which is no list.
 */
export function readList(value: unknown): unknown {
  const list = toList(value);
  return Array.isArray(list) && list.length > MAX_ITEMS ? `more than ${MAX_ITEMS} items` : list;
}

function toList(value: unknown): unknown {
  if (Array.isArray(value) || value === undefined) return value;
  if (typeof value !== "string") return [value];
  if (value.trimStart().startsWith("[")) return parseJson(value) ?? [value];
  return value.split(",", MAX_ITEMS + 1).map((item) => item.trim());
}

/**
 * Converts "k=v,k2=v2", the same with blanks as in our tables, a list of such pairs, or JSON text to a set of labels. Two values
 * of one key are not certain.
 */
export function readLabels(value: unknown): unknown {
  if (Array.isArray(value) && value.length === 1 && isObject(value[0])) return value[0];
  const record = typeof value === "string" ? parseRecord(value) : undefined;
  const list = typeof value === "string" ? value.trim().split(/ *, *| +/) : value;
  if (record || !Array.isArray(list)) return record ?? value;
  const pairs = list.map(
    (item) => (typeof item === "string" && item.match(/^([^=]+)=([^=]*)$/)?.slice(1)) || [],
  );
  const keys = new Set(pairs.map(([key]) => key));
  const isCertain = pairs.length > 0 && keys.size === pairs.length && !keys.has(undefined);
  return isCertain ? Object.fromEntries(pairs) : value;
}

/**
 * Converts an object of equalities, or its JSON text, to a label selector. Each key and value is checked before they are joined,
 * so that no value adds a requirement.
 */
export function readSelector(value: unknown): unknown {
  const labels = typeof value === "string" ? parseRecord(value) : value;
  if (!isObject(labels)) return value;
  const entries = Object.entries(labels);
  const isLabel = ([key, value]: [string, unknown]) =>
    findLabelKeyProblem(key) === null &&
    (typeof value === "string" || Number.isSafeInteger(value)) &&
    findLabelValueProblem(String(value)) === null;
  if (entries.length === 0 || !entries.every(isLabel)) return value;
  return entries.map(([key, value]) => `${key}=${value}`).join(",");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Returns undefined unless the text is a JSON object that names each member once. */
function parseRecord(text: string): Record<string, unknown> | undefined {
  const record = text.trimStart().startsWith("{") ? parseJson(text) : undefined;
  if (!isObject(record)) return undefined;
  // JSON.parse keeps the last of two members with one name. No label contains a quotation mark, so each mark before a colon ends a name.
  const named = text.match(/"\s*:/g)?.length ?? 0;
  return named === Object.keys(record).length ? record : undefined;
}
