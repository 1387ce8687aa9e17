/** Reads every page of a list, several at once. */

import type { Pagination } from "./types.ts";

/** Requests under way at the same time. */
export const AT_ONCE = 4;

/** The most the API gives in one answer. */
const PER_PAGE = 50;

/**
 * Yields each page once, in no particular order after the first. `pause` is awaited before every further request.
 * A page that cannot be read ends it with that error: half a list is never taken for the whole.
 */
export async function* readAll<T extends { pagination: Pagination }>(
  readPage: (page: number, perPage: number) => Promise<T>,
  pause: () => Promise<void>,
): AsyncGenerator<T> {
  const first = await readPage(1, PER_PAGE);
  yield first;
  const { last_page: last, next_page: next } = first.pagination;
  if (next === null) return;

  if (last === null) {
    for (let page: number | null = next; page !== null; ) {
      await pause();
      const current: T = await readPage(page, PER_PAGE);
      yield current;
      page = current.pagination.next_page;
    }
    return;
  }

  let upcoming = next;
  const underWay = new Map<number, Promise<[number, T]>>();
  const start = () => {
    if (upcoming > last) return;
    const page = upcoming++;
    const reading = pause().then(async () => [page, await readPage(page, PER_PAGE)] as [number, T]);
    // Awaited below; until then a failure must not count as unhandled.
    reading.catch(() => undefined);
    underWay.set(page, reading);
  };
  for (let i = 0; i < AT_ONCE; i++) start();
  while (underWay.size > 0) {
    const [page, result] = await Promise.race(underWay.values());
    underWay.delete(page);
    start();
    yield result;
  }
}
