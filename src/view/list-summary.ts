/** A list in one sentence: how many there are, and which of them the page has. */

import type { Image, Pagination } from "../hcloud/types.ts";
import { inGigabytes, nounOf, plural } from "./counts.ts";

/** `all` are the images of all pages when they were read; `types` are those asked for. */
export function summarizeList(
  images: readonly Image[],
  { page, per_page, total_entries, next_page }: Pagination,
  types: readonly string[] | undefined,
  all?: readonly Image[],
): string {
  const isWhole = page === 1 && next_page === null;
  const read = all ?? (isWhole ? images : []);
  const noun = nounOf(types ?? read.map(({ type }) => type));
  const total = total_entries ?? (isWhole ? images.length : null);
  const counted =
    total === 0 ? `No ${noun} matches` : total === null ? `Page ${page} of ${noun}s` : plural(total, noun);
  const size = read.some(({ image_size }) => image_size !== null) ? `, ${inGigabytes(read)}` : "";
  const first = (page - 1) * per_page + 1;
  const rows =
    images.length === 0
      ? `; page ${page} is beyond the last`
      : `; this page has ${first} to ${first + images.length - 1}`;
  // Without type, a user's own images come after pages of Hetzner's.
  const hint =
    types === undefined && images.some(({ type }) => type === "system" || type === "app")
      ? ' Hetzner\'s system and app images included: type ["snapshot", "backup"] lists only your own.'
      : "";
  return `${counted}${size}${isWhole || total === 0 ? "" : rows}.${hint}`;
}
