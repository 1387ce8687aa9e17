/** One page of a list of all images, and the wait before it. */

import { MAX_CONCURRENT } from "../concurrency.ts";
import type { ApiResponse, Client } from "./client.ts";
import { HcloudError } from "./errors.ts";
import { IMAGES_PER_PAGE } from "./pages.ts";
import { parseImagePage } from "./parse.ts";
import type { ImagePage, ImageQuery, ListImagesQuery } from "./types.ts";

/** Requests of the rate limit that a read of many pages leaves to other clients. */
const RESERVED_REQUESTS = 40;

export function queryOfPage(query: ImageQuery, page: number): ListImagesQuery {
  return { ...query, sort: ["id:asc"], page, per_page: IMAGES_PER_PAGE };
}

/** Returns the page, and when its request left, in ms of the clock. Throws for an image of a type that was not asked for. */
export function parsePage(
  { type: types }: ImageQuery,
  response: ApiResponse,
): ImagePage & { sentAt: number } {
  const page = parseImagePage(response);
  if (page.images.every(({ type }) => types?.includes(type) ?? true))
    return { ...page, sentAt: response.sentAt };
  throw new HcloudError("malformed_reply", "an image of a type that was not asked for was listed");
}

/** Waits when many requests would use up the project's rate limit, which other clients use too. */
export async function pauseForOthers(client: Client, signal: AbortSignal, deadline: number): Promise<void> {
  const { clock } = client;
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
