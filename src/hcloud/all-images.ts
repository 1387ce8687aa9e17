/** Reads every image that a query finds, while other clients create and delete images. */

import { HcloudError } from "./errors.ts";
import { readAllPages } from "./pages.ts";
import { parseInstant } from "./time.ts";
import type { Image, ImagePage } from "./types.ts";

/** Readings of all pages while images move between pages. */
const MAX_READINGS = 3;

/** The longest time from the `created` time of an image to its appearance in a list, before or after, in ms. */
const CREATION_TOLERANCE_MS = 10_000;

interface Source {
  readPage(page: number, perPage: number): Promise<ImagePage>;
  /** Called before every further page, and awaited. */
  pause(): Promise<void>;
  /** Returns the time by the API's clock, in ms. */
  now(): number;
  /** Gets the number of images read so far, and of all images. */
  onProgress(done: number, total: number): void;
}

/**
 * Returns each image once, by ascending id. The deletion of an image moves the images behind it to earlier pages, and this function
 * may miss one of them. Different totals of the pages show such a move. When another image was created too, the totals are equal and
 * only the new image shows the move: then all pages are read until two readings agree. If they never agree, the result has the images
 * of all readings. Nothing shows a move when an old image is found for the first time, because its labels or its type changed: only a
 * second reading of every list would. Throws {@link HcloudError}.
 */
export async function readAllImages({ readPage, pause, now, onProgress }: Source): Promise<Image[]> {
  const seen = new Map<number, Image>();
  let last: ReadonlyMap<number, Image> | undefined;
  for (let tries = 1; ; tries++) {
    const images = new Map<number, Image>();
    const totals = new Set<number>();
    let pages = 0;
    let began = Number.POSITIVE_INFINITY;
    await readAllPages(readPage, pause, ({ images: found, pagination }) => {
      began = Math.min(began, now());
      pages++;
      for (const image of found) images.set(image.id, image);
      if (pagination.total_entries !== null) totals.add(pagination.total_entries);
      onProgress(images.size, pagination.total_entries ?? images.size);
    });
    for (const [id, image] of images) seen.set(id, image);
    const [from, until] = [began - CREATION_TOLERANCE_MS, now() + CREATION_TOLERANCE_MS];
    const isNew = ({ created }: Image) => {
      const time = parseInstant(created);
      return time >= from && time <= until;
    };
    const hasMoved = totals.size > 1 || (totals.size === 1 && !totals.has(images.size));
    const mayHaveMoved = pages > 1 && [...images.values()].some(isNew);
    const isUncertain = hasMoved || (mayHaveMoved && !haveSameIds(images, last));
    last = images;
    if (isUncertain && tries < MAX_READINGS) continue;
    // An empty result must not pass for an empty project when the API counted images.
    if (hasMoved && images.size === 0)
      throw new HcloudError("malformed_reply", "images were counted, and none was listed");
    const all = isUncertain ? seen : images;
    return [...all.values()].sort((a, b) => a.id - b.id);
  }
}

function haveSameIds(a: ReadonlyMap<number, Image>, b: ReadonlyMap<number, Image> | undefined): boolean {
  return a.size === b?.size && [...a.keys()].every((id) => b.has(id));
}
