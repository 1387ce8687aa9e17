/**
 * The operations on images, and with image-actions.ts all nine. One object serves one call of a tool: it carries that call's
 * cancel signal, deadline and ticket to every request.
 */

import { setMaxListeners } from "node:events";
import { MAX_CONCURRENT } from "../concurrency.ts";
import { readAllImages } from "./all-images.ts";
import { apiNow } from "./api-time.ts";
import { type Change, type ChangeSession, change, isRecent, type Outcome, type Reading } from "./change.ts";
import type { ApiResponse, Client } from "./client.ts";
import { HcloudError, isNotFound } from "./errors.ts";
import { createActions } from "./image-actions.ts";
import { assertApplied, assertNoContent, type Forbid, type ImageChange, isApplied } from "./image-change.ts";
import { assertSameId, parseAction, parseImage, parseImagePage, parseImagePrice } from "./parse.ts";
import type { Permit } from "./request-queue.ts";
import { PATIENT, type RetryOptions } from "./retry.ts";
import type { Action, Image, ImagePage, ImagePrice, ImageUpdate, ListImagesQuery } from "./types.ts";

/** Requests that reading many pages leaves to others in the rate limit. */
const RESERVED_REQUESTS = 40;

/** A change is not sent later than this before its call has to answer, in ms: there must be time to read what became of it. */
const SETTLE_MS = 10_000;

const MAX_LISTENERS = 200;

export type ImagesApi = ReturnType<typeof createImagesApi>;

export interface ImagesApiOptions extends RetryOptions {
  /** Asked of every change, with the image as it was read right before. */
  forbid?: Forbid;
}

/** What the caller of a change decides. */
export type ChangeGuards = Pick<Change<unknown>, "mismatch" | "prepare" | "preparedAt" | "preparations">;

/** All functions throw {@link HcloudError}, or the signal's reason when the call was cancelled; changes return an {@link Outcome}. */
export function createImagesApi(
  client: Client,
  signal: AbortSignal,
  deadline: number,
  options: ImagesApiOptions = {},
) {
  const { onRetry, patience: initial = PATIENT, forbid = () => null } = options;
  let patience = initial;
  const { clock } = client;
  // Each request of the call listens while it waits or is sent: more than Node takes for a leak.
  setMaxListeners(MAX_LISTENERS, signal);
  const ticket = client.nextTicket();
  const session: ChangeSession = { client, ticket, signal, deadline: deadline - SETTLE_MS, onRetry };
  const common = { signal, deadline, ticket, onRetry };
  const get = (path: string, query: object = {}) => client.send("GET", path, { ...common, query, patience });
  /** For what is worth no long wait, even after a change was sent. */
  const getSoon = (path: string, query: object = {}) =>
    client.send("GET", path, { ...common, query, patience: initial });
  const getPatiently = (path: string, query: object = {}, permit?: Permit) =>
    client.send("GET", path, { ...common, query, permit });
  /** By the id of the image, what the API called its last change. */
  const correlationIds = new Map<number, string>();
  const { locks } = client;
  /** With how many changes of the image had ended when the read was sent. */
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

  /** Rejects for an image that is not there; {@link readImage} returns null for it. */
  async function getImage(id: number): Promise<Image> {
    const changes = locks.ended(id);
    const response = await get(`/images/${id}`);
    const image = assertSameId(id, parseImage(response));
    lastReads.set(id, { image, sentAt: response.sentAt, changes });
    return image;
  }

  /** The last read of this call, unless a change by another call ended since. */
  function lastRead(id: number): Reading | undefined {
    const last = lastReads.get(id);
    return last?.changes === locks.ended(id) ? last : undefined;
  }

  /** The last read of this call, unless it is too old to decide on. */
  async function getRecentImage(id: number): Promise<Image> {
    const last = lastRead(id);
    return last?.image && isRecent(last, clock.now()) ? last.image : getImage(id);
  }

  /** The image as this call read it last, however long ago: what a change that compares with a new read is based on. */
  async function getKnownImage(id: number): Promise<Image> {
    return lastReads.get(id)?.image ?? getImage(id);
  }

  /** The image now; one that a server still holds after its deletion is gone too. */
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
    what: ImageChange | null,
    guards: ChangeGuards,
    how: Pick<Change<T>, "valueIfDone" | "send">,
  ): Promise<Outcome<T>> {
    const spec: Change<T> = {
      ...guards,
      ...how,
      mismatch: (image) => guards.mismatch(image) ?? (what && forbid(what, image)),
      read: (permit) => readImage(id, permit),
      lastRead: () => lastRead(id),
    };
    const outcome = locks.run(id, signal, () => change(session, spec));
    // The image may be another one now, for the next change of the call too.
    return outcome.finally(() => lastReads.delete(id));
  }

  async function listImages(query: ListImagesQuery): Promise<ImagePage> {
    return parseImagePage(await get("/images", query));
  }

  /** Waits so that many requests in a row do not use up the project's rate limit, which other clients use too. */
  async function pause(): Promise<void> {
    const rateLimit = client.rateLimit();
    if (!rateLimit || rateLimit.remaining >= RESERVED_REQUESTS) return;
    const ms = (MAX_CONCURRENT * 3_600_000) / rateLimit.limit;
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
    forbid,
    getImage,
    getRecentImage,
    getKnownImage,
    readImage,
    listImages,

    /**
     * Every image that the query finds, each once, by ascending id. As patient as a change, unless `isHurried`. `onProgress` gets
     * the images read so far, and in total.
     */
    listAllImages(
      query: Omit<ListImagesQuery, "sort" | "page" | "per_page">,
      onProgress: (done: number, total: number) => void = () => undefined,
      isHurried = false,
    ): Promise<Image[]> {
      const read = isHurried ? getSoon : getPatiently;
      return readAllImages({
        pause,
        onProgress,
        now: () => apiNow(client),
        async readPage(page, per_page) {
          const found = parseImagePage(await read("/images", { ...query, sort: ["id:asc"], page, per_page }));
          if (found.images.every(({ type }) => query.type?.includes(type) ?? true)) return found;
          throw new HcloudError("malformed_reply", "an image of a type that was not asked for was listed");
        },
      });
    },

    /** What a GB of snapshot costs a month. */
    async getImagePrice(): Promise<ImagePrice> {
      return parseImagePrice(await getSoon("/pricing"));
    },

    /** Sends only the members that are set. The value also has the image as it was right before. */
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

    /** The value is the image as it was right before. */
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

    /** The action, which may still be running; null when its response was lost and the image shows the protection. */
    changeImageProtection(
      id: number,
      protection: { delete: boolean },
      guards: ChangeGuards,
    ): Promise<Outcome<Action | null>> {
      const what = protection.delete ? null : ({ kind: "lift protection" } as const);
      return changeImage<Action | null>(id, what, guards, {
        valueIfDone: (image) => (image?.protection.delete === protection.delete ? null : undefined),
        send: async (permit, _, notAfter) =>
          parseAction(await send({ permit, notAfter }, "POST", id, "/actions/change_protection", protection)),
      });
    },

    ...createActions({ clock, signal, get }),
  };
}
