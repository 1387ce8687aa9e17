/**
 * The nine operations on images, those on actions in image-actions.ts. One object serves one call of a tool, and gives every
 * request the signal, deadline and ticket of that call.
 */

import { setMaxListeners } from "node:events";
import { readAllImages } from "./all-images.ts";
import { apiNow } from "./api-time.ts";
import { type Change, change, isRecent, notSent, type Outcome, type Reading } from "./change.ts";
import type { ApiResponse, Client } from "./client.ts";
import { HcloudError, isNotFound } from "./errors.ts";
import { createActions } from "./image-actions.ts";
import { assertApplied, assertNoContent, type Forbid, type ImageChange, isApplied } from "./image-change.ts";
import { parsePage, pauseForOthers, queryOfPage } from "./image-pages.ts";
import { assertSameId, parseAction, parseImage, parseImagePage, parseImagePrice } from "./parse.ts";
import type { Permit } from "./request-queue.ts";
import { PATIENT, type RetryOptions } from "./retry.ts";
import type {
  Action,
  Image,
  ImagePage,
  ImagePrice,
  ImageQuery,
  ImageUpdate,
  ListImagesQuery,
} from "./types.ts";

/** The time before the deadline of a call in which no change is sent, in ms: reading an outcome takes time. */
const SETTLE_MS = 10_000;

const MAX_LISTENERS = 200;

export type ImagesApi = ReturnType<typeof createImagesApi>;

export interface ImagesApiOptions extends RetryOptions {
  /** Called before every change, with the image as it was read right before. */
  forbid?: Forbid;
}

/** The checks that the caller of a change adds. */
export type ChangeGuards = Pick<Change<unknown>, "mismatch" | "prepare" | "preparedAt" | "preparations">;

/** Returns the operations until `deadline` (ms). Reads throw {@link HcloudError} or the signal's reason; changes return {@link Outcome}. */
export function createImagesApi(
  client: Client,
  signal: AbortSignal,
  deadline: number,
  options: ImagesApiOptions = {},
) {
  const { onRetry, patience: initial = PATIENT, forbid = () => null } = options;
  let patience = initial;
  const { clock } = client;
  // Each request of the call adds a listener; Node reports more than 10 as a leak.
  setMaxListeners(MAX_LISTENERS, signal);
  const ticket = client.nextTicket();
  const session = { client, clock, ticket, signal, deadline: deadline - SETTLE_MS, onRetry };
  const common = { signal, deadline, ticket, onRetry };
  const get = (path: string, query: object = {}) => client.send("GET", path, { query, patience, ...common });
  /** Sends a read that is worth no long wait, even after a change was sent. */
  const getSoon = (path: string, query: object = {}) =>
    client.send("GET", path, { query, patience: initial, ...common });
  const getPatiently = (path: string, query: object = {}, permit?: Permit) =>
    client.send("GET", path, { query, permit, ...common });
  /** The API's correlation id of the last change of an image, by the id of the image. */
  const correlationIds = new Map<number, string>();
  const { locks } = client;
  /** The last reads by image id; `changes` had ended when the read was sent. */
  const lastReads = new Map<number, Reading & { changes: number }>();

  async function send(
    { permit, notAfter }: { permit: Permit; notAfter: number },
    method: "PUT" | "POST" | "DELETE",
    id: number,
    path: string,
    body?: unknown,
  ): Promise<ApiResponse> {
    const remember = (correlationId: string | undefined) => {
      if (correlationId !== undefined) correlationIds.set(id, correlationId);
    };
    patience = PATIENT;
    try {
      const options = { body, signal, deadline: session.deadline, ticket, permit, notAfter };
      const response = await client.send(method, `/images/${id}${path}`, options);
      remember(response.correlationId);
      return response;
    } catch (error) {
      if (error instanceof HcloudError) remember(error.correlationId);
      throw error;
    }
  }

  /** Returns an image. Rejects with `not_found` for an image that does not exist; {@link readImage} returns null instead. */
  async function getImage(id: number): Promise<Image> {
    const changes = locks.ended(id);
    const response = await get(`/images/${id}`);
    const image = assertSameId(id, parseImage(response));
    lastReads.set(id, { image, sentAt: response.sentAt, changes });
    return image;
  }

  /** Returns the last read of this call, unless a change by another call has ended since. */
  function lastRead(id: number): Reading | undefined {
    const last = lastReads.get(id);
    return last?.changes === locks.ended(id) ? last : undefined;
  }

  /** Returns the image as this call last read it, or reads again when that read is too old for a decision. */
  async function getRecentImage(id: number): Promise<Image> {
    const last = lastRead(id);
    return last?.image && isRecent(last, clock.now()) ? last.image : getImage(id);
  }

  /** Returns the image as this call last read it, however long ago, for a change that compares it with a new read. */
  async function getKnownImage(id: number): Promise<Image> {
    return lastReads.get(id)?.image ?? getImage(id);
  }

  /** Reads the image; a deleted image that a server still uses counts as gone. */
  async function readImage(id: number, permit?: Permit): Promise<Reading> {
    const askedAt = clock.now();
    try {
      const response = await getPatiently(`/images/${id}`, {}, permit);
      const image = assertSameId(id, parseImage(response));
      return { image: image.deleted ? null : image, sentAt: response.sentAt };
    } catch (error) {
      if (isNotFound(error)) return { image: null, sentAt: askedAt };
      throw error;
    }
  }

  function changeImage<T>(
    id: number,
    what: ImageChange,
    guards: ChangeGuards,
    how: Pick<Change<T>, "valueIfDone" | "send">,
  ): Promise<Outcome<T>> {
    const spec: Change<T> = {
      ...guards,
      ...how,
      mismatch: (image) => guards.mismatch(image) ?? forbid(what, image),
      read: (permit) => readImage(id, permit),
      lastRead: () => lastRead(id),
    };
    const run = async (late?: HcloudError) => (late ? notSent(late) : change(session, spec));
    // The image may have changed: the next change of this call must read it again.
    return locks.run(id, session, run).finally(() => lastReads.delete(id));
  }

  async function listImages(query: ListImagesQuery): Promise<ImagePage> {
    return parseImagePage(await get("/images", query));
  }

  /** Returns a page of all images that the query finds, by ascending id. */
  const readPage = async (read: typeof getPatiently, query: ImageQuery, page: number, permit?: Permit) =>
    parsePage(query, await read("/images", queryOfPage(query, page), permit));

  return {
    clock,
    signal,
    apiClock: client.apiClock,
    correlationIds,
    forbid,
    getImage,
    getRecentImage,
    getKnownImage,
    readImage,
    listImages,

    /**
     * Returns every image that the query finds, each once, by ascending id. Retries as long as a change does, unless `isHurried`.
     * `onProgress` gets the number of images read so far, and of all images.
     */
    listAllImages(
      query: ImageQuery,
      onProgress: (done: number, total: number) => void = () => undefined,
      isHurried = false,
    ): Promise<Image[]> {
      const read = isHurried ? getSoon : getPatiently;
      return readAllImages({
        pause: () => pauseForOthers(client, signal, deadline),
        onProgress,
        now: () => apiNow(client),
        readPage: (page) => readPage(read, query, page),
      });
    },

    /** Returns a page of what {@link listAllImages} returns; reads it once. */
    readImagePage: (query: ImageQuery, page: number, permit: Permit) =>
      readPage(getPatiently, query, page, permit),

    /** Returns the price of a GB of snapshot per month. */
    async getImagePrice(): Promise<ImagePrice> {
      return parseImagePrice(await getSoon("/pricing"));
    },

    /** Changes only the members that are set. The value also has the image as it was right before the change. */
    updateImage(
      id: number,
      update: ImageUpdate,
      guards: ChangeGuards,
    ): Promise<Outcome<{ image: Image; before: Image }>> {
      let before: Image | undefined;
      return changeImage(id, { kind: "update", labels: update.labels }, guards, {
        valueIfDone: (image) => (image && before && isApplied(update, image) ? { image, before } : undefined),
        async send(permit, current, notAfter) {
          before = current;
          const response = await send({ permit, notAfter }, "PUT", id, "", update);
          const image = assertSameId(id, parseImage(response));
          assertApplied(update, image, response);
          return { image, before: current };
        },
      });
    },

    /** Deletes an image. The value is the image as it was right before the change. */
    deleteImage(id: number, guards: ChangeGuards): Promise<Outcome<Image>> {
      let before: Image | undefined;
      return changeImage(id, { kind: "delete" }, guards, {
        valueIfDone: (image) => (image ? undefined : before),
        async send(permit, current, notAfter) {
          before = current;
          assertNoContent(await send({ permit, notAfter }, "DELETE", id, ""));
          return current;
        },
      });
    },

    /** The value is the action, which may still be running; null when its response was lost and the image shows the change. */
    changeImageProtection(
      id: number,
      protection: { delete: boolean },
      guards: ChangeGuards,
    ): Promise<Outcome<Action | null>> {
      const kind = protection.delete ? "protect" : "lift protection";
      return changeImage<Action | null>(id, { kind }, guards, {
        valueIfDone: (image) => (image?.protection.delete === protection.delete ? null : undefined),
        send: async (permit, _, notAfter) =>
          parseAction(await send({ permit, notAfter }, "POST", id, "/actions/change_protection", protection)),
      });
    },

    ...createActions({ clock, signal, get }),
  };
}
