/** The recycle bin: labels that say how long an image is kept, and that hide it from whatever selects it by label. */

import { DAY_MS } from "../hcloud/time.ts";
import type { Image } from "../hcloud/types.ts";
import type { Labels } from "../label-sets.ts";
import { findLabelKeyProblem, isReservedKey } from "../labels.ts";
import { quote } from "../text.ts";

/** Its value is the last UTC day on which the image is kept, such as `2026-12-01`. */
export const DUE_KEY = "bin/due";

/** Prefix of a hidden key without a prefix; `p/key` is hidden as `bin.p/key`. */
const HIDDEN_PREFIX = "bin";

type Labelled = Pick<Image, "labels">;

/** Whether only the tools of the bin may set or remove the label. */
export function isBinKey(key: string): boolean {
  return /^bin(\.[^/]*)?\//.test(key);
}

export function isInBin({ labels }: Labelled): boolean {
  return Object.hasOwn(labels, DUE_KEY);
}

/** The last day on which the image is kept; null when it is not in the bin, or the day cannot be read. */
export function dueDay({ labels }: Labelled): string | null {
  const day = Object.hasOwn(labels, DUE_KEY) ? (labels[DUE_KEY] ?? "") : "";
  return Number.isNaN(startOf(day)) ? null : day;
}

/** Whether the image is in the bin and its last day has passed; `now` is in ms. */
export function isDue(image: Labelled, now: number): boolean {
  const day = dueDay(image);
  return day !== null && now >= startOf(day) + DAY_MS;
}

/** The day until which an image that is binned `now`, in ms, for so many days is kept. */
export function dueDayAfter(days: number, now: number): string {
  return new Date(now + days * DAY_MS).toISOString().slice(0, "2026-12-01".length);
}

/** Such as `in the bin until 2026-12-01`, of several days `in the bin until 2026-12-01 or later`. */
export function describeDueDay(images: readonly Labelled[]): string {
  const days = new Set(images.map(dueDay));
  // No day that can be read is a promise for those whose day cannot.
  if (days.has(null)) return "in the bin";
  const [first] = [...days].sort();
  return `in the bin until ${first}${days.size > 1 ? " or later" : ""}`;
}

/** Whether the image has the label, shown or hidden. */
export function hasLabel({ labels }: Labelled, key: string): boolean {
  return Object.hasOwn(labels, key) || Object.hasOwn(labels, hiddenKey(key));
}

/** In ms; NaN for what is no day, such as 2026-02-30. */
function startOf(day: string): number {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(time) || new Date(time).toISOString().startsWith(day) ? time : Number.NaN;
}

/** The labels of an image in the bin, or a fragment of a sentence that says why it cannot be put there. */
export function binnedLabels(
  labels: Labels,
  { due, hide }: { due: string; hide: boolean },
): Record<string, string> | string {
  const hidden = new Map<string, string>();
  for (const [key, value] of Object.entries(labels)) {
    const next = hide ? hiddenKey(key) : key;
    // Restoring would take it for a hidden one; and what another client took out of the bin is hidden already.
    if (isBinKey(key)) return `its label ${quote(key)} looks like a hidden one`;
    if (next === DUE_KEY) return `its label ${quote(key)} would become ${DUE_KEY}`;
    const problem = hide ? findLabelKeyProblem(next) : null;
    if (problem !== null) return `its label ${quote(key)} cannot be hidden: ${problem}`;
    hidden.set(next, value);
  }
  return Object.fromEntries(hidden.set(DUE_KEY, due));
}

/**
 * The labels that the image had before it was put into the bin, and those added since; a fragment of a sentence when a label
 * was added under the key of a hidden one.
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
 * All labels but that of the bin, hidden ones under the key that they had before: once, and until none is hidden. Only other
 * clients hide labels twice.
 */
export function shownLabels(labels: Labels): [once: Entries, all: Entries] {
  const entries = Object.entries(labels).filter(([key]) => key !== DUE_KEY);
  const show = (shown: (key: string) => string): Entries =>
    entries.map(([key, value]) => [shown(key), value]);
  const first = (key: string): string => (shownKey(key) === key ? key : first(shownKey(key)));
  return [show(shownKey), show(first)];
}

function hiddenKey(key: string): string {
  // The API lets nobody remove these.
  if (isReservedKey(key)) return key;
  return key.includes("/") ? `${HIDDEN_PREFIX}.${key}` : `${HIDDEN_PREFIX}/${key}`;
}

/** The key that was hidden as this one; a key that none is hidden as stays. */
function shownKey(key: string): string {
  const shown = key.slice(HIDDEN_PREFIX.length + 1);
  return isBinKey(key) && !isReservedKey(shown) && findLabelKeyProblem(shown) === null ? shown : key;
}
