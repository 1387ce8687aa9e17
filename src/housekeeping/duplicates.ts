/** Snapshots that share their description or all labels: often what a script forgot to rotate, not copies of each other. */

import type { Image } from "../hcloud/types.ts";
import { byAge, intoGroups } from "./groups.ts";
import { isSeries } from "./series.ts";

export interface Duplicates {
  /** What they share. */
  same: "description" | "labels" | "description and labels";
  value: string;
  /** Newest first. */
  images: Image[];
}

/**
 * Snapshots of one architecture with the same description, then those with the same labels, the most first. Series are counted
 * only: that nightly images are named alike says nothing. Backups are named alike by Hetzner.
 */
export function findDuplicates(images: readonly Image[]): { duplicates: Duplicates[]; series: number } {
  const snapshots = images.filter(({ type }) => type !== "backup");
  const sharing = (text: (image: Image) => string) =>
    [...intoGroups(snapshots, (image) => JSON.stringify([image.architecture, text(image)])).values()]
      .filter(([first, second]) => first && second && text(first) !== "")
      .map((members) => members.toSorted(byAge));
  const found = new Map<string, Duplicates>();
  const idsOf = (members: Image[]) => members.map(({ id }) => id).join();
  for (const members of sharing(({ description }) => description)) {
    const value = members[0]?.description ?? "";
    found.set(idsOf(members), { same: "description", value, images: members });
  }
  for (const members of sharing(labelText)) {
    const known = found.get(idsOf(members));
    if (known) known.same = "description and labels";
    else
      found.set(idsOf(members), {
        same: "labels",
        value: members.slice(0, 1).map(labelText).join(),
        images: members,
      });
  }
  const all = [...found.values()];
  const isByLabels = ({ same }: Duplicates) => Number(same === "labels");
  const duplicates = all
    .filter(({ images }) => !isSeries(images))
    .sort((a, b) => isByLabels(a) - isByLabels(b) || b.images.length - a.images.length);
  return { duplicates, series: all.length - duplicates.length };
}

function labelText({ labels }: Image): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(" ");
}
