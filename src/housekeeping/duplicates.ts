/** Finds snapshots that share their description or all labels: often images that a script forgot to rotate, not copies. */

import type { Image } from "../hcloud/types.ts";
import { shownLabels } from "./bin.ts";
import { byAge, intoGroups } from "./groups.ts";
import { isSeries } from "./series.ts";

export interface DuplicateGroup {
  /** What the images share. */
  same: "description" | "labels" | "description and labels";
  value: string;
  /** Newest first. */
  images: Image[];
}

/**
 * Returns snapshots of one architecture with the same description, then those with the same labels, the largest group first. A
 * series is only counted: nightly images are named alike. Backups do not count: Hetzner names them alike.
 */
export function findDuplicates(images: readonly Image[]): { duplicates: DuplicateGroup[]; series: number } {
  const snapshots = images.filter(({ type }) => type !== "backup");
  const sharing = (same: "description" | "labels", text: (image: Image) => string): DuplicateGroup[] =>
    [...intoGroups(snapshots, (image) => JSON.stringify([image.architecture, text(image)])).values()].flatMap(
      (members) => {
        const value = members[0] ? text(members[0]) : "";
        return value !== "" && members.length > 1 ? [{ same, value, images: members.toSorted(byAge) }] : [];
      },
    );
  const found = new Map<string, DuplicateGroup>();
  for (const one of [
    ...sharing("description", ({ description }) => description),
    ...sharing("labels", labelText),
  ]) {
    const ids = one.images.map(({ id }) => id).join();
    const known = found.get(ids);
    if (known) known.same = "description and labels";
    else found.set(ids, one);
  }
  const all = [...found.values()];
  const isByLabels = ({ same }: DuplicateGroup) => Number(same === "labels");
  const duplicates = all
    .filter(({ images }) => !isSeries(images))
    .sort((a, b) => isByLabels(a) - isByLabels(b) || b.images.length - a.images.length);
  return { duplicates, series: all.length - duplicates.length };
}

/** Returns the labels as they were before the image was put into the bin: the day of the bin makes no two images alike. */
function labelText({ labels }: Image): string {
  return shownLabels(labels)[0]
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(" ");
}
