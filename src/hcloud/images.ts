/**
 * The operations on images, and with actions.ts all nine. One object serves one call of a tool: it carries that call's
 * cancel signal, deadline and place in the queue to every request.
 */

import { createActions } from "./actions.ts";
import { settle } from "./change.ts";
import type { Client, Read, Reply, Write } from "./client.ts";
import { HcloudError } from "./errors.ts";
import { AT_ONCE, readAll } from "./pages.ts";
import { assertSameId, parseImage, parseImagePage, parseImagePrice } from "./parse.ts";
import type { Image, ImagePage, ImagePrice, ImageUpdate, ListImagesQuery } from "./types.ts";

/** Requests that reading many pages leaves in the bucket. */
const RESERVE = 40;

/** How often all pages are read when they keep shifting; a project that never rests is shown as it was last seen. */
const MAX_READINGS = 3;

/** A write gives up this long before its call has to answer, so that there is time to read what became of it. */
const SETTLE_MS = 10_000;

/** Throws when an image is no longer what a write was meant for. */
export type Check = (image: Image) => void;

export type ImagesApi = ReturnType<typeof createImagesApi>;

/** All functions throw {@link HcloudError}, or the signal's reason when the call was cancelled. */
export function createImagesApi(client: Client, signal: AbortSignal, deadline: number) {
  const { clock } = client;
  const place = client.arrive();
  const read: Read = (path, query) =>
    client.send("GET", path, { query: query ?? {}, signal, deadline, place });
  /** By the id of the image, what the API called its last write. */
  const correlationIds = new Map<number, string>();
  const write: Write = async (method, path, body, beforeRetry) => {
    const remember = ({ correlationId }: { correlationId: string | undefined }) => {
      if (correlationId !== undefined) correlationIds.set(Number(path.split("/")[2]), correlationId);
    };
    try {
      const options = { body, signal, deadline: deadline - SETTLE_MS, beforeRetry, place };
      const reply = await client.send(method, path, options);
      remember(reply);
      return reply;
    } catch (error) {
      if (error instanceof HcloudError) remember(error);
      throw error;
    }
  };

  const getImage = async (id: number): Promise<Image> =>
    assertSameId(id, parseImage(await read(`/images/${id}`)));

  async function listImages(query: ListImagesQuery): Promise<ImagePage> {
    return parseImagePage(await read("/images", query));
  }

  /** Waits so that many requests in a row do not use up the project's bucket, which others draw from too. */
  async function pause(): Promise<void> {
    const bucket = client.bucket();
    if (!bucket || bucket.remaining >= RESERVE) return;
    const ms = (AT_ONCE * 3_600_000) / bucket.limit;
    if (clock.now() + ms >= deadline) {
      throw new HcloudError(
        "deadline_exceeded",
        "the project's requests are nearly used up, and there was no time to wait",
      );
    }
    await clock.sleep(ms, signal);
  }

  return {
    clock,
    signal,
    apiClock: client.apiClock,
    correlationIds,
    getImage,
    listImages,

    /**
     * Every image that the query finds, each once, by ascending id. Pages shift when an image is deleted while they are
     * read, which their totals tell: then they are read anew. `onProgress` gets images read so far, and in all.
     */
    async listAllImages(
      query: Omit<ListImagesQuery, "sort" | "page" | "per_page">,
      onProgress: (done: number, total: number) => void = () => undefined,
    ): Promise<Image[]> {
      const readPage = (page: number, per_page: number) =>
        listImages({ ...query, sort: ["id:asc"], page, per_page });
      for (let tries = 1; ; tries++) {
        const images = new Map<number, Image>();
        const totals = new Set<number>();
        for await (const { images: found, pagination } of readAll(readPage, pause)) {
          for (const image of found) images.set(image.id, image);
          if (pagination.total_entries !== null) totals.add(pagination.total_entries);
          onProgress(images.size, pagination.total_entries ?? images.size);
        }
        const moved = totals.size > 1 || (totals.size === 1 && !totals.has(images.size));
        if (moved && tries < MAX_READINGS) continue;
        // A project that never rests is there, at least.
        if (moved && images.size === 0)
          throw new HcloudError("malformed_reply", "images were counted, and none was listed");
        return [...images.values()].sort((a, b) => a.id - b.id);
      }
    },

    /** What a GB of snapshot costs a month. */
    async getImagePrice(): Promise<ImagePrice> {
      return parseImagePrice(await read("/pricing"));
    },

    /**
     * Sends only the members that are set. Before it is sent again `check` sees the image as it is by then, and may throw:
     * nothing that somebody else changed meanwhile is overwritten unseen.
     */
    async updateImage(id: number, update: ImageUpdate, check: Check = () => undefined): Promise<Image> {
      const ifApplied = (image: Image) => (isApplied(update, image) ? image : undefined);
      const look = async () => check(await getImage(id));
      return settle({
        attempt: async () => assertSameId(id, parseImage(await write("PUT", `/images/${id}`, update, look))),
        readBack: async () => ifApplied(await getImage(id)),
        async lookAgain() {
          const image = await getImage(id);
          const done = ifApplied(image);
          if (!done) check(image);
          return done;
        },
        signal,
      });
    },

    /** As for an update, `check` sees the image before the deletion is sent again. */
    async deleteImage(id: number, check: Check = () => undefined): Promise<void> {
      const look = async () => check(await getImage(id));
      let resent = false;
      await settle<null>({
        async attempt() {
          try {
            needsNoContent(await write("DELETE", `/images/${id}`, undefined, look));
          } catch (error) {
            if (!(resent && isNotFound(error))) throw error;
          }
          return null;
        },
        readBack: async () => ((await findImage(id)) ? undefined : null),
        async lookAgain() {
          resent = true;
          const image = await findImage(id);
          if (image) check(image);
          return image ? undefined : null;
        },
        signal,
      });
    },

    ...createActions({ clock, signal, read, write, getImage }),
  };

  /** Null when the image is gone; one that a server still holds on to is gone too. */
  async function findImage(id: number): Promise<Image | null> {
    try {
      const image = await getImage(id);
      return image.deleted ? null : image;
    } catch (error) {
      if (isNotFound(error)) return null;
      throw error;
    }
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof HcloudError && error.code === "not_found";
}

/** The API answers a deletion with 204; anything else that looks like success came from somewhere else. */
function needsNoContent({ status, correlationId }: Reply): void {
  if (status === 204) return;
  throw new HcloudError("malformed_reply", "a deletion was not answered with 204", { status, correlationId });
}

function isApplied(update: ImageUpdate, image: Image): boolean {
  const { description, type, labels } = update;
  if (description !== undefined && description !== image.description) return false;
  if (type !== undefined && type !== image.type) return false;
  if (labels === undefined) return true;
  const wanted = Object.entries(labels);
  return (
    wanted.length === Object.keys(image.labels).length && wanted.every(([k, v]) => image.labels[k] === v)
  );
}
