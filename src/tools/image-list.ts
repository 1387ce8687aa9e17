/** A list of all images that a query finds, of which some are read again with few requests. */

import { mapConcurrently } from "../concurrency.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import { IMAGES_PER_PAGE } from "../hcloud/pages.ts";
import type { Permit } from "../hcloud/request-queue.ts";
import type { Image, ImageQuery } from "../hcloud/types.ts";
import { intoGroups } from "../housekeeping/groups.ts";

/** Number of concurrent requests of one reader. Only a reader of more images reads pages: a page is slower than an image. */
const MAX_CONCURRENT_READS = 8;

export interface ImageList {
  query: ImageQuery;
  /** All images that the query finds, by ascending id. */
  images: readonly Image[];
  /** When reading them began, in ms of the clock. */
  readAt: number;
}

export async function readImageList(query: ImageQuery, api: ImagesApi): Promise<ImageList> {
  const readAt = api.clock.now();
  return { query, images: await api.listAllImages(query), readAt };
}

interface Rereading {
  list: ImageList;
  /** Whether the image has certainly or possibly left the list. */
  isGone(id: number): boolean;
  /** Gets an image as it was at `sentAt` or later, in ms of the clock; null for one that is gone. */
  onRead(id: number, image: Image | null, sentAt: number): void;
}

/** Reads images of a list again. */
export interface Rereader {
  /** Returns the number of requests that reading these images takes, unless other clients delete images. */
  requests(ids: readonly number[]): number;
  /** Reads the images; starts no request after `until`, in ms of the clock. */
  read(ids: readonly number[], permit: Permit, until: number): Promise<void>;
}

/** One request; `page` is null when it reads a single image. */
interface Read {
  page: number | null;
  ids: readonly number[];
}

export function createRereader({ list, isGone, onRead }: Rereading, api: ImagesApi): Rereader {
  /** Reads in flight, which several readers wait for. */
  const reading = new Map<string, Promise<void>>();

  function share(key: string, start: () => Promise<void>): Promise<void> {
    const read = reading.get(key) ?? start().finally(() => reading.delete(key));
    reading.set(key, read);
    return read;
  }

  function plan(ids: readonly number[]): Read[] {
    const single = (id: number): Read => ({ page: null, ids: [id] });
    if (ids.length <= MAX_CONCURRENT_READS) return ids.map(single);
    const listed = list.images.filter(({ id }) => !isGone(id));
    const pages = new Map(listed.map(({ id }, i) => [id, Math.floor(i / IMAGES_PER_PAGE) + 1]));
    return [...intoGroups(ids, (id) => pages.get(id) ?? null)].flatMap(([page, together]) =>
      page === null || together.length === 1 ? together.map(single) : [{ page, ids: together }],
    );
  }

  const readOne = (id: number, permit: Permit) =>
    share(`image ${id}`, async () => {
      const { image, sentAt } = await api.readImage(id, permit);
      onRead(id, image, sentAt);
    });

  const readPage = (page: number, ids: readonly number[], permit: Permit) =>
    share(`page ${page}`, async () => {
      const { images, sentAt } = await api.readImagePage(list.query, page, permit);
      for (const image of images) onRead(image.id, image.deleted ? null : image, sentAt);
      // The others are gone, or on another page now.
      const found = new Set(images.map(({ id }) => id));
      const others = ids.filter((id) => !found.has(id));
      await mapConcurrently(others, MAX_CONCURRENT_READS, (id) => readOne(id, permit));
    });

  return {
    requests: (ids) => plan(ids).length,
    async read(wanted, permit, until) {
      await mapConcurrently(plan(wanted), MAX_CONCURRENT_READS, async ({ page, ids }) => {
        if (api.clock.now() > until) return;
        await (page === null ? readOne(Number(ids[0]), permit) : readPage(page, ids, permit));
      });
    },
  };
}
