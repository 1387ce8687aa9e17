/** Reads every page of a list, several concurrently. */

import { MAX_CONCURRENT, mapConcurrently } from "../concurrency.ts";
import { HcloudError } from "./errors.ts";
import type { Pagination } from "./types.ts";

/** The most images that the API returns in one response. */
export const IMAGES_PER_PAGE = 50;

/** More pages than any project has: a response with a higher number is not trusted. */
const MAX_PAGES = 1000;

interface Page {
  images: readonly unknown[];
  pagination: Pagination;
}

/**
 * Calls `onPage` with each page once, in no particular order after the first. `pause` is awaited before every further
 * request. Rejects when a page cannot be read: half a list must not pass for the whole. No page after an empty page is
 * requested. Throws {@link HcloudError} `malformed_reply` when the page numbers are not consecutive.
 */
export async function readAllPages<T extends Page>(
  readPage: (page: number, perPage: number) => Promise<T>,
  pause: () => Promise<void>,
  onPage: (page: T) => void,
): Promise<void> {
  const read = async (number: number) => {
    const page = await readPage(number, IMAGES_PER_PAGE);
    if (page.pagination.page !== number)
      throw misnumberedError(`page ${number} calls itself ${page.pagination.page}`);
    return page;
  };
  const first = await read(1);
  onPage(first);
  const { last_page: last } = first.pagination;
  let next = findNextPage(1, first);

  while (last === null && next !== null) {
    await pause();
    const page = await read(next);
    onPage(page);
    next = findNextPage(next, page);
  }
  if (last === null || next === null) return;

  if (!isPageNumber(last) || last < next) throw misnumberedError(`last_page is ${last}`);
  const numbers = Array.from({ length: last - 1 }, (_, i) => i + 2);
  let hasEnded = false;
  await mapConcurrently(numbers, MAX_CONCURRENT, async (number) => {
    if (hasEnded) return;
    await pause();
    const page = await read(number);
    hasEnded ||= page.images.length === 0;
    onPage(page);
  });
}

/** Returns the number of the next page; null when the page is the last. */
function findNextPage(page: number, { images, pagination: { next_page: next } }: Page): number | null {
  if (next === null || images.length === 0) return null;
  if (next !== page + 1 || !isPageNumber(next))
    throw misnumberedError(`next_page of page ${page} is ${next}`);
  return next;
}

const isPageNumber = (page: number) => Number.isSafeInteger(page) && page >= 1 && page <= MAX_PAGES;

function misnumberedError(what: string): HcloudError {
  return new HcloudError("malformed_reply", `the pages cannot be read one after the other: ${what}`);
}
