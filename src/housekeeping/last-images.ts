/** Finds the images whose deletion leaves a server, or another group, without one that can be used. */

import type { Image } from "../hcloud/types.ts";
import { isInBin } from "./bin.ts";
import { byAge, intoGroups, isAvailable } from "./groups.ts";
import { serverGroupKey } from "./rules.ts";

/** Whether the image counts as one that remains; an image in the bin does not. */
export const isUsable = (image: Image) => isAvailable(image) && !isInBin(image);

/** Returns the newest of the targets of each key that no remaining image has. */
export function findLast(
  targets: readonly Image[],
  remaining: readonly Image[],
  keyOf: (image: Image) => string | number | null | undefined,
): Image[] {
  const left = new Set(remaining.map(keyOf));
  return [...intoGroups(targets.toSorted(byAge), keyOf)].flatMap(([key, images]) =>
    key === null || key === undefined || left.has(key) ? [] : images.slice(0, 1),
  );
}

/** Returns the newest target of each type, server and architecture without a usable one among the `others`. */
export function findLastOfServers(targets: readonly Image[], others: readonly Image[]): Image[] {
  return findLast(targets, others.filter(isUsable), serverGroupKey);
}
