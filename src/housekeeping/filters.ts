/** Filters that the API lacks: which images come from a server, have a description, or are old enough. */

import { DAY_MS, parseInstant } from "../hcloud/time.ts";
import type { Image } from "../hcloud/types.ts";
import { clean } from "../text.ts";
import { byAge, intoGroups, isAvailable } from "./groups.ts";

/** An image passes when it meets every member that is set. */
export interface ImageFilter {
  /** Only images created from one of these servers: ids, or exact names at the time of creation. */
  server?: readonly string[] | undefined;
  /** No image created from one of these servers. */
  exclude_servers?: readonly string[] | undefined;
  /** Case-insensitive, in the description as it is shown. */
  description_contains?: string | undefined;
  /** Full days of 24 hours. */
  older_than_days?: number | undefined;
  /** RFC 3339, or a UTC day. */
  created_before?: string | undefined;
}

/** Whether the image passes the filter; `now` is in ms. */
export function matchesFilter(image: Image, filter: ImageFilter, now: number): boolean {
  const { server, exclude_servers: excluded, description_contains: part } = filter;
  if (server && !server.some((wanted) => isFromServer(image, wanted))) return false;
  if (excluded?.some((wanted) => isFromServer(image, wanted))) return false;
  if (part !== undefined && !contains(image.description, part)) return false;
  return isOldEnough(parseInstant(image.created), filter, now);
}

/** Whether an image meets the criteria of age; `created` and `now` are in ms. NaN, for a time that cannot be read, meets none. */
export function isOldEnough(
  created: number,
  { older_than_days: days, created_before: before }: Pick<ImageFilter, "older_than_days" | "created_before">,
  now: number,
): boolean {
  if (days !== undefined && !(now - created > days * DAY_MS)) return false;
  return before === undefined || created < Date.parse(before);
}

/** Whether the image was created from the server with this id or exact name. */
export function isFromServer({ created_from: from }: Image, wanted: string): boolean {
  return from !== null && (String(from.id) === wanted || from.name === wanted);
}

/** Returns the names with the ids of the servers that had them: a renamed server is still excluded. */
export function withServerIds(wanted: readonly string[], images: readonly Image[]): string[] {
  const ids = images.flatMap((image) =>
    wanted.some((server) => isFromServer(image, server)) ? [String(image.created_from?.id)] : [],
  );
  return [...new Set([...wanted, ...ids])];
}

/** Returns the newest `count` available images of each server, in the given order. */
export function newestPerServer(images: readonly Image[], count: number): Image[] {
  const candidates = images.filter((image) => image.created_from && isAvailable(image));
  const groups = [...intoGroups(candidates, ({ created_from }) => created_from?.id).values()];
  const newest = new Set(groups.flatMap((group) => group.sort(byAge).slice(0, count)));
  return images.filter((image) => newest.has(image));
}

/** Whether the text contains the part; no text contains a part without visible characters. */
function contains(text: string, part: string): boolean {
  const wanted = asRead(part);
  return wanted !== "" && asRead(text).includes(wanted);
}

/** Returns the text as people see it, so that neither case nor an invisible character hides a word. */
function asRead(text: string): string {
  return clean(text, Number.POSITIVE_INFINITY).normalize("NFC").toLowerCase();
}
