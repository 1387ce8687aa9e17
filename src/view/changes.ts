/** Describes how an image differs from what was shown. */

import type { Image } from "../hcloud/types.ts";
import { diffLabels } from "../label-sets.ts";
import { clean } from "../text.ts";

/** Characters of a value that are repeated. */
const MAX_VALUE_CHARS = 60;

/** Returns clauses such as `description was "a", is "b"`; empty when nothing differs. */
export function describeChanges(shown: Image, now: Image): string[] {
  const fields = [...new Set([...Object.keys(shown), ...Object.keys(now)])] as (keyof Image)[];
  const changes = fields
    .filter((field) => field !== "labels" && JSON.stringify(shown[field]) !== JSON.stringify(now[field]))
    .map((field) => describeChange(field, shown[field], now[field]));
  const labels = diffLabels(shown.labels, now.labels).map(({ key, was, is }) =>
    describeChange(`label ${quoted(key)}`, was, is),
  );
  return [...changes, ...labels];
}

function describeChange(what: string, was: unknown, is: unknown): string {
  const [before, now] = [quoted(was), quoted(is)];
  if (before === now) return `${what} differs in characters that are not shown`;
  return `${what} was ${before}, is ${now}`;
}

function quoted(value: unknown): string {
  if (value === undefined || value === null) return "not set";
  return JSON.stringify(value, (_, part) => (typeof part === "string" ? clean(part, MAX_VALUE_CHARS) : part));
}

/** Returns how the first image that differs does, such as `image 12: description was "a", is "b"`; null when none does. */
export function firstChange(shown: readonly Image[], now: readonly Image[]): string | null {
  const current = new Map(now.map((image) => [image.id, image]));
  for (const image of shown) {
    const found = current.get(image.id);
    if (!found) return `image ${image.id} is gone`;
    const changes = describeChanges(image, found);
    if (changes.length > 0) return `image ${image.id}: ${changes.join("; ")}`;
  }
  const known = new Set(shown.map(({ id }) => id));
  const added = now.find(({ id }) => !known.has(id));
  return added ? `image ${added.id} was not there` : null;
}
