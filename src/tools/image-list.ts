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

export function createRereader({ list, onRead }: Rereading, api: ImagesApi): Rereader {
  /** Reads in flight, which several readers wait for. */
  const reading = new Map<string, Promise<void>>();
  const indexes = new Map(list.images.map(({ id }, index) => [id, index]));
  /** How many images of the list had left it before the page that was read last. */
  let left = 0;
  /** By id, the number of the latest news of an image. */
  const news = new Map<number, number>();
  let lastNews = 0;

  function share(key: string, start: () => Promise<void>): Promise<void> {
    const read = reading.get(key) ?? start().finally(() => reading.delete(key));
    reading.set(key, read);
    return read;
  }

  function pageOf(id: number): number | null {
    const index = indexes.get(id);
    return index === undefined ? null : Math.max(0, Math.floor((index - left) / IMAGES_PER_PAGE)) + 1;
  }

  const planOne = (id: number): Read => ({ page: null, ids: [id] });

  function plan(ids: readonly number[]): Read[] {
    if (ids.length <= MAX_CONCURRENT_READS) return ids.map(planOne);
    return [...intoGroups(ids, pageOf)].flatMap(([page, together]) =>
      page === null || together.length === 1 ? together.map(planOne) : [{ page, ids: together }],
    );
  }

  function note(id: number, image: Image | null, sentAt: number): void {
    news.set(id, ++lastNews);
    onRead(id, image, sentAt);
  }

  const readOne = (id: number, permit: Permit) =>
    share(`image ${id}`, async () => {
      const { image, sentAt } = await api.readImage(id, permit);
      note(id, image, sentAt);
    });

  const readPage = (page: number, permit: Permit) =>
    share(`page ${page}`, async () => {
      const { images, sentAt } = await api.readImagePage(list.query, page, permit);
      for (const image of images) note(image.id, image.deleted ? null : image, sentAt);
      const place = images.findIndex(({ id }) => indexes.has(id));
      const index = indexes.get(images[place]?.id ?? 0);
      if (index !== undefined) left = index - place - (page - 1) * IMAGES_PER_PAGE;
    });

  return {
    requests: (ids) => plan(ids).length,
    async read(wanted, permit, until) {
      const before = lastNews;
      // Images that other clients delete move the rest to earlier pages, which the pages read first show. A missing row proves nothing.
      for (const planReads of [plan, plan, (ids: readonly number[]) => ids.map(planOne)]) {
        const missing = wanted.filter((id) => (news.get(id) ?? 0) <= before);
        await mapConcurrently(planReads(missing), MAX_CONCURRENT_READS, async ({ page, ids }) => {
          if (api.clock.now() > until) return;
          await (page === null ? readOne(Number(ids[0]), permit) : readPage(page, permit));
        });
      }
    },
  };
}
