/** The recycle bin: labels that say from when an image may be deleted, and that hide it from whatever selects it by label. */

import { DAY_MS } from "../hcloud/time.ts";
import type { Image } from "../hcloud/types.ts";
import type { Labels } from "../label-sets.ts";
import { labelKeyProblem } from "../labels.ts";

/** Its value is the last UTC day on which the image is kept, such as `2026-12-01`. */
export const DUE_KEY = "bin/due";

/** Prefix of a hidden key without a prefix; `p/key` is hidden as `bin.p/key`. */
const BIN = "bin";

/** Reserved for Hetzner: the API lets nobody remove such labels. */
const KEPT_PREFIX = "hetzner.cloud/";

/** Whether only the tools of the bin may set or remove the label. */
export function isBinKey(key: string): boolean {
  return /^bin(\.[^/]*)?\//.test(key);
}

export function isInBin({ labels }: Pick<Image, "labels">): boolean {
  return Object.hasOwn(labels, DUE_KEY);
}

/** The last day on which the image is kept; null when it is not in the bin, or the day cannot be read. */
export function dueDay({ labels }: Pick<Image, "labels">): string | null {
  const day = Object.hasOwn(labels, DUE_KEY) ? (labels[DUE_KEY] ?? "") : "";
  return Number.isNaN(startOf(day)) ? null : day;
}

/** Whether the image is in the bin and its day has passed; `now` is in ms. */
export function isDue(image: Pick<Image, "labels">, now: number): boolean {
  const day = dueDay(image);
  return day !== null && now >= startOf(day) + DAY_MS;
}

/** The day until which an image that is binned `now`, in ms, for so many days is kept. */
export function dueIn(days: number, now: number): string {
  return new Date(now + days * DAY_MS).toISOString().slice(0, "2026-12-01".length);
}

/** In ms; NaN for what is no day, such as 2026-02-30. */
function startOf(day: string): number {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(time) || new Date(time).toISOString().startsWith(day) ? time : Number.NaN;
}

/** The labels of an image in the bin, or a fragment of a sentence that says why it cannot be put there. */
export function binLabels(
  labels: Labels,
  { due, hide }: { due: string; hide: boolean },
): Record<string, string> | string {
  // Restoring would take them for hidden ones.
  const own = Object.keys(labels).find(isBinKey);
  if (own !== undefined && !hide) return `its label ${own} looks like one of the bin`;
  const next: Record<string, string> = {};
  for (const [key, value] of Object.entries(labels)) {
    const hidden = hide ? hiddenKey(key) : key;
    if (hidden === DUE_KEY) return `its label ${key} would become ${DUE_KEY}`;
    if (labelKeyProblem(hidden) !== null) return `its label ${key} is too long to be hidden`;
    next[hidden] = value;
  }
  return { ...next, [DUE_KEY]: due };
}

/**
 * The labels that the image had before it was put into the bin, and those added since; a fragment of a sentence when a label
 * was added under the key of a hidden one.
 */
export function restoredLabels(labels: Labels): Record<string, string> | string {
  const next: Record<string, string> = {};
  for (const [key, value] of Object.entries(labels)) {
    if (key === DUE_KEY) continue;
    const shown = isBinKey(key) ? shownKey(key) : key;
    const clash = Object.hasOwn(next, shown) && next[shown] !== value;
    if (clash) return `the label ${shown} was added while it was hidden`;
    next[shown] = value;
  }
  return next;
}

function hiddenKey(key: string): string {
  if (key.startsWith(KEPT_PREFIX)) return key;
  return key.includes("/") ? `${BIN}.${key}` : `${BIN}/${key}`;
}

function shownKey(key: string): string {
  return key.slice(BIN.length + 1);
}
