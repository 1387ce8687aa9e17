/** The recycle bin in words: what was moved, what is in it, and what of it is due. */

import type { Image, ImagePrice } from "../hcloud/types.ts";
import { describeDueDay, dueDay, isDue, isInBin } from "../housekeeping/bin.ts";
import { gigabytes, monthlyCost } from "../housekeeping/costs.ts";
import { inGigabytes, plural, targetWords } from "./counts.ts";
import { type Rest, restWords } from "./deletion-summary.ts";

/** Returns a sentence such as `Moved 9 snapshots to the bin until 2026-12-07: 41.01 GB; 1 skipped.` */
export function summarizeBinning(binned: readonly Image[], due: string, rest: Rest): string {
  const size = binned.length > 0 ? ` until ${due}: ${inGigabytes(binned)}` : "";
  return `Moved ${targetWords(binned)} to the bin${size}${restWords(rest)}.`;
}

/** What happens in the bin to images of a type, as a clause. */
const FATES: Record<string, string> = {
  snapshot: "snapshots are billed and count towards the limit until they are deleted",
  backup: "Hetzner rotates backups and deletes them with their server",
};

/** Returns clauses such as `snapshots are billed and …; Hetzner rotates backups and …` for the types of the images. */
function describeFates(images: readonly Image[]): string {
  return typesOf(images)
    .map((type) => FATES[type])
    .join("; ");
}

function typesOf(images: readonly Image[]): string[] {
  const present = new Set<string>(images.map(({ type }) => type));
  return Object.keys(FATES).filter((type) => present.has(type));
}

/** Returns what happens to images that were moved to the bin until `due`, and what takes them out of it. */
export function describeStay(binned: readonly Image[], due: string): string {
  // A plan covers one type.
  const types = typesOf(binned).map((type) => `type "${type}"`);
  return `In the bin, ${describeFates(binned)}. hcloud_restore_images takes them out again. After ${due}, hcloud_plan_image_cleanup with bin "due" and ${types.join(" or ")} plans their deletion; this server deletes nothing by itself.`;
}

/** Returns a sentence such as `Restored snapshot 4711.` */
export function summarizeRestoring(restored: readonly Image[], rest: Rest): string {
  return `Restored ${targetWords(restored)}${restWords(rest)}.`;
}

/** Returns how many of the images are in the bin, and until when; null when none is. */
export function describeBinned(images: readonly Image[]): string | null {
  const binned = images.filter(isInBin);
  if (binned.length === 0) return null;
  const which = binned.length < images.length ? `${binned.length} of ${images.length} ` : "all ";
  return `${images.length === 1 ? "" : which}${describeDueDay(binned)}`;
}

/** Returns what is in the bin, and what is due at `now`, in ms; null when the bin is empty. */
export function viewBin(images: readonly Image[], price: ImagePrice | null, now: number) {
  const binned = images.filter(isInBin);
  if (binned.length === 0) return null;
  const due = binned.filter((image) => isDue(image, now));
  const [next] = binned.flatMap((image) => (isDue(image, now) ? [] : (dueDay(image) ?? []))).sort();
  return {
    images: binned.length,
    gb: gigabytes(binned),
    ...(price && typesOf(binned).includes("snapshot") && { cost_per_month: monthlyCost(binned, price) }),
    ...(due.length > 0 && { due: due.length }),
    ...(next && { next_kept_until: next }),
    note: describeFates(binned),
  };
}

/** Returns such as ` 2 images in the bin are due.`, to follow another sentence; empty when none is. */
export function dueSentence(images: readonly Image[], now: number): string {
  const due = images.filter((image) => isDue(image, now)).length;
  return due === 0 ? "" : ` ${plural(due, "image")} in the bin ${due === 1 ? "is" : "are"} due.`;
}
