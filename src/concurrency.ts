/** Limits how many images or pages one call handles concurrently. */

/** Images or pages that one call handles concurrently. */
export const MAX_CONCURRENT = 4;

/**
 * Runs `work` on every item, at most `limit` concurrently, and starts in order. Results have the order of the items. Starts no
 * further item once one has failed, and rejects with that error.
 */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = new Array(items.length);
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < items.length; i = next++) {
      try {
        results[i] = await work(items[i] as T);
      } catch (error) {
        next = items.length;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
