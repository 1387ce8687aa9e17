/** Reads every page of a list, several at once. */

import { HcloudError } from "./errors.ts";
import type { Pagination } from "./types.ts";

/** Requests under way at the same time. */
export const AT_ONCE = 4;

/** The most the API gives in one answer. */
const PER_PAGE = 50;

/** More than any project has: an API that counts further is not to be followed. */
const MAX_PAGES = 1000;

interface Page {
  images: readonly unknown[];
  pagination: Pagination;
}

/**
 * Yields each page once, in no particular order after the first. `pause` is awaited before every further request.
 * A page that cannot be read ends it with that error: half a list is never taken for the whole. What follows an empty page
 * is not asked for. Throws {@link HcloudError} `malformed_reply` when the pages are not numbered one after the other.
 */
export async function* readAll<T extends Page>(
  readPage: (page: number, perPage: number) => Promise<T>,
  pause: () => Promise<void>,
): AsyncGenerator<T> {
  const first = await readPage(1, PER_PAGE);
  yield first;
  const { last_page: last } = first.pagination;
  const next = nextOf(1, first);
  if (next === null) return;

  if (last === null) {
    for (let page: number | null = next; page !== null; ) {
      await pause();
      const current: T = await readPage(page, PER_PAGE);
      yield current;
      page = nextOf(page, current);
    }
    return;
  }

  if (!isPage(last) || last < next) throw misnumbered(`last_page is ${last}`);
  let upcoming = next;
  let ended = false;
  const inFlight = new Map<number, Promise<[number, T]>>();
  const start = () => {
    if (ended || upcoming > last) return;
    const page = upcoming++;
    const reading = pause().then(async () => [page, await readPage(page, PER_PAGE)] as [number, T]);
    // Awaited below; until then a failure must not count as unhandled.
    reading.catch(() => undefined);
    inFlight.set(page, reading);
  };
  for (let i = 0; i < AT_ONCE; i++) start();
  while (inFlight.size > 0) {
    const [page, result] = await Promise.race(inFlight.values());
    inFlight.delete(page);
    ended ||= result.images.length === 0;
    start();
    yield result;
  }
}

/** The page after this one; null when it is the last. */
function nextOf(page: number, { images, pagination: { next_page: next } }: Page): number | null {
  if (next === null || images.length === 0) return null;
  if (next !== page + 1 || !isPage(next)) throw misnumbered(`next_page of page ${page} is ${next}`);
  return next;
}

const isPage = (page: number) => Number.isSafeInteger(page) && page >= 1 && page <= MAX_PAGES;

function misnumbered(what: string): HcloudError {
  return new HcloudError("malformed_reply", `the pages cannot be read one after the other: ${what}`);
}
