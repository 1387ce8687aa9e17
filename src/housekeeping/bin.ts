/** The recycle bin: labels that say how long an image is kept, and that hide it from whatever selects it by label. */

import { DAY_MS } from "../hcloud/time.ts";
import type { Image } from "../hcloud/types.ts";
import type { Labels } from "../label-sets.ts";
import { findLabelKeyProblem, isReservedKey } from "../labels.ts";
import { quote } from "../text.ts";

/** Label key whose value is the last UTC day on which the image is kept, such as `2026-12-01`. */
export const DUE_KEY = "bin/due";

/** Prefix of hidden keys: `key` is hidden as `bin/key`, and `p/key` as `bin.p/key`. */
const HIDDEN_PREFIX = "bin";

type Labelled = Pick<Image, "labels">;

/** Whether only the tools of the bin may set or remove the label. */
export function isBinKey(key: string): boolean {
  return /^bin(\.[^/]*)?\//.test(key);
}

export function isInBin({ labels }: Labelled): boolean {
  return Object.hasOwn(labels, DUE_KEY);
}

/** Returns the last day on which the image is kept; null when the image is not in the bin, or the day cannot be read. */
export function dueDay({ labels }: Labelled): string | null {
  const day = Object.hasOwn(labels, DUE_KEY) ? (labels[DUE_KEY] ?? "") : "";
  return Number.isNaN(startOf(day)) ? null : day;
}

/** Whether the image is in the bin and its last day has passed; `now` is in ms. */
export function isDue(image: Labelled, now: number): boolean {
  const day = dueDay(image);
  return day !== null && now >= startOf(day) + DAY_MS;
}

/** Returns the last day of an image that is put into the bin at `now`, in ms, for so many days. */
export function dueDayAfter(days: number, now: number): string {
  return new Date(now + days * DAY_MS).toISOString().slice(0, "2026-12-01".length);
}

/** Returns words such as `in the bin until 2026-12-01`, for several days `in the bin until 2026-12-01 or later`. */
export function describeDueDay(images: readonly Labelled[]): string {
  const days = new Set(images.map(dueDay));
  // A readable day promises nothing about an image whose day cannot be read.
  if (days.has(null)) return "in the bin";
  const [first] = [...days].sort();
  return `in the bin until ${first}${days.size > 1 ? " or later" : ""}`;
}

/** Whether the image has the label, shown or hidden. */
export function hasLabel({ labels }: Labelled, key: string): boolean {
  return Object.hasOwn(labels, key) || Object.hasOwn(labels, hiddenKey(key));
}

/** Returns the start of the day in ms; NaN for a text that is no day, such as 2026-02-30. */
function startOf(day: string): number {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(time) || new Date(time).toISOString().startsWith(day) ? time : Number.NaN;
}

/** Returns the labels that put an image into the bin, or, as a clause, why it cannot be put there. */
export function binnedLabels(
  labels: Labels,
  { due, hide }: { due: string; hide: boolean },
): Record<string, string> | string {
  const hidden = new Map<string, string>();
  for (const [key, value] of Object.entries(labels)) {
    const next = hide ? hiddenKey(key) : key;
    // Restoring would take the label for a hidden one, which it is when another client removed only bin/due.
    if (isBinKey(key)) return `its label ${quote(key)} looks like a hidden one`;
    if (next === DUE_KEY) return `its label ${quote(key)} would become ${DUE_KEY}`;
    const problem = hide ? findLabelKeyProblem(next) : null;
    if (problem !== null) return `its label ${quote(key)} cannot be hidden: ${problem}`;
    hidden.set(next, value);
  }
  return Object.fromEntries(hidden.set(DUE_KEY, due));
}

/**
 * Returns the labels that the image had before it was put into the bin, and those added since; a clause when a label was added
 * under the key of a hidden one.
 */
export function restoredLabels(labels: Labels): Record<string, string> | string {
  const restored = new Map<string, string>();
  for (const [key, value] of Object.entries(labels)) {
    if (key === DUE_KEY) continue;
    const shown = shownKey(key);
    if (restored.has(shown) && restored.get(shown) !== value)
      return `the label ${quote(shown)} was added while another value of it was hidden`;
    restored.set(shown, value);
  }
  return Object.fromEntries(restored);
}

type Entries = [key: string, value: string][];

/**
 * Returns all labels except the bin's own, hidden ones under their former key: shown once, and shown until none is hidden. Only
 * other clients hide a label twice.
 */
export function shownLabels(labels: Labels): [once: Entries, all: Entries] {
  const entries = Object.entries(labels).filter(([key]) => key !== DUE_KEY);
  const show = (shown: (key: string) => string): Entries =>
    entries.map(([key, value]) => [shown(key), value]);
  const first = (key: string): string => (shownKey(key) === key ? key : first(shownKey(key)));
  return [show(shownKey), show(first)];
}

function hiddenKey(key: string): string {
  // The API does not let anybody remove these labels.
  if (isReservedKey(key)) return key;
  return key.includes("/") ? `${HIDDEN_PREFIX}.${key}` : `${HIDDEN_PREFIX}/${key}`;
}

/** Returns the key that is hidden as this one; any other key unchanged. */
function shownKey(key: string): string {
  const shown = key.slice(HIDDEN_PREFIX.length + 1);
  return isBinKey(key) && !isReservedKey(shown) && findLabelKeyProblem(shown) === null ? shown : key;
}
