/** The words in a confirmation code, which MCP clients show in their own approval prompt. */

import type { Image } from "../hcloud/types.ts";
import { inGigabytes, targetWords } from "./counts.ts";

/** Characters of the words in a code: the whole code has 100, because MCP clients cut a longer argument in their prompt. */
export const MAX_WORDS_CHARS = 86;

/** Characters of a server's name. */
const MAX_SERVER_CHARS = 24;

/** Returns words such as `delete 4 snapshots, 41.01 GB, web-1 3, db-1 1`; for one image its id. */
export function deletionWords(images: readonly Image[]): string {
  const head = `delete ${targetWords(images)}, ${inGigabytes(images)}`;
  return head + serverWords(images, MAX_WORDS_CHARS - head.length);
}

/** Returns words such as `lift the protection of 4 snapshots, web-1 3, db-1 1`; for one image only its id. */
export function unprotectionWords(images: readonly Image[]): string {
  const head = `lift the protection of ${targetWords(images)}`;
  return images.length === 1 ? head : head + serverWords(images, MAX_WORDS_CHARS - head.length);
}

/** Returns words such as `web-1 3, db-1 1`, in at most `room` characters; empty without a server. */
export function serverCounts(images: readonly Image[], room: number): string {
  const separator = ", ".length;
  return serverWords(images, room + separator).slice(separator);
}

/** Returns, in at most `room` characters, the servers with the most images, and how many more servers there are. */
function serverWords(images: readonly Image[], room: number): string {
  const counts = new Map<string, number>();
  for (const { created_from } of images) {
    const name = created_from?.name.replaceAll(/[^A-Za-z0-9._-]/g, "").slice(0, MAX_SERVER_CHARS);
    if (name) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const byCount = [...counts].sort((a, b) => b[1] - a[1]);
  let words = "";
  for (const [i, [name, count]] of byCount.entries()) {
    const longer = `${words}, ${name}${images.length === 1 ? "" : ` ${count}`}`;
    const isLast = i === byCount.length - 1;
    // The count of the omitted servers takes room too.
    if (longer.length + (isLast ? 0 : moreWords(byCount.length).length) > room) {
      return words + moreWords(byCount.length - i);
    }
    words = longer;
  }
  return words;
}

const moreWords = (servers: number) => `, ${servers} more`;
