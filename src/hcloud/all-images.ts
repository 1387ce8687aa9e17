/** Reads every image that a query finds, while other clients create and delete images. */

import { HcloudError } from "./errors.ts";
import { readAllPages } from "./pages.ts";
import { parseInstant } from "./time.ts";
import type { Image, ImagePage } from "./types.ts";

/** How often all pages are read while they keep shifting. */
const MAX_READINGS = 3;

/** How long before or after its `created` an image may appear in a list, in ms. */
const CREATION_TOLERANCE_MS = 10_000;

interface Source {
  readPage(page: number, perPage: number): Promise<ImagePage>;
  /** Awaited before every further page. */
  pause(): Promise<void>;
  /** The time by the API's clock, in ms. */
  now(): number;
  /** Gets images read so far, and in all. */
  onProgress(done: number, total: number): void;
}

/**
 * Returns each image once, by ascending id. An image that is deleted meanwhile moves the images behind it to earlier pages, and
 * one of them may be missed: totals that differ show that. Where another image was created for it, only that image does: then all
 * pages are read until two readings agree. Of a project that never rests, all images of all readings are returned.
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
    // A project that never rests is there, at least.
    if (hasMoved && images.size === 0)
      throw new HcloudError("malformed_reply", "images were counted, and none was listed");
    const all = isUncertain ? seen : images;
    return [...all.values()].sort((a, b) => a.id - b.id);
  }
}

function haveSameIds(a: ReadonlyMap<number, Image>, b: ReadonlyMap<number, Image> | undefined): boolean {
  return a.size === b?.size && [...a.keys()].every((id) => b.has(id));
}
