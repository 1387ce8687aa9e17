/** Numbers of images in words. */

import type { Image } from "../hcloud/types.ts";
import { gigabytes } from "../housekeeping/costs.ts";

/** Returns words such as `1 snapshot` or `1,204 snapshots`. */
export function plural(count: number, noun: string): string {
  // Intl takes longer than all else in a list: only large numbers need it.
  return `${count < 1_000 ? count : count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** Returns the noun for images of these types; `image` for several types. */
export function nounOf(types: readonly string[]): string {
  const [first] = types;
  const isKnown = first === "snapshot" || first === "backup";
  return isKnown && types.every((type) => type === first) ? first : "image";
}

/** Returns words such as `snapshot 4711`. A type that this server does not know is untrusted text, and not repeated. */
export function nameOf({ id, type }: Image): string {
  return `${nounOf([type])} ${id}`;
}

/** Returns words such as `4 snapshots`; for one image its type and id. */
export function targetWords(images: readonly Image[]): string {
  const [first] = images;
  if (images.length === 1 && first) return nameOf(first);
  return plural(images.length, nounOf(images.map(({ type }) => type)));
}

/** Returns words such as `41.01 GB`, or `1.50 GB and 2 of unknown size`. */
export function inGigabytes(images: readonly Image[]): string {
  const isOwn = ({ type }: Image) => type !== "system" && type !== "app";
  const unknown = images.filter((image) => isOwn(image) && image.image_size === null).length;
  return `${gigabytes(images).toFixed(2)} GB${unknown > 0 ? ` and ${unknown} of unknown size` : ""}`;
}
