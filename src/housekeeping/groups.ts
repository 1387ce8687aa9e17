/** Which images belong together, and which of a group is the newest. */

import { parseInstant } from "../hcloud/time.ts";
import type { Image } from "../hcloud/types.ts";
import { clean } from "../text.ts";

/** What images are grouped by; `label:` is followed by the key. */
export type GroupBy = "server" | "description" | "none" | `label:${string}`;

/** Returns the group's name; null for an image in no group: without a source server, a description or the label. */
export function groupName(image: Image, by: GroupBy): string | null {
  if (by === "none") return "";
  if (by === "description") return image.description || null;
  if (by === "server") return image.created_from ? String(image.created_from.id) : null;
  const key = by.slice("label:".length);
  return Object.hasOwn(image.labels, key) ? (image.labels[key] ?? "") : null;
}

/** Returns an opaque key of the image's group, or null. Architectures are apart: an x86 image does not replace an arm image. */
export function groupKey(image: Image, by: GroupBy): string | null {
  const name = groupName(image, by);
  return name === null ? null : JSON.stringify([image.architecture, name]);
}

/** Groups things by name, in the order of each group's first thing. */
export function intoGroups<T, K>(things: readonly T[], name: (thing: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const thing of things) {
    const group = groups.get(name(thing));
    if (group) group.push(thing);
    else groups.set(name(thing), [thing]);
  }
  return groups;
}

/** Whether the image can be used. The API can still return an image that it has deleted. */
export function isAvailable({ status, deleted }: Image): boolean {
  return status === "available" && !deleted;
}

/** Compares images: the newest first, then the higher id; an image whose time cannot be read comes last. */
export function byAge(a: Image, b: Image): number {
  return createdTime(b) - createdTime(a) || b.id - a.id;
}

function createdTime({ created }: Image): number {
  const time = parseInstant(created);
  return Number.isNaN(time) ? Number.MIN_SAFE_INTEGER : time;
}

/** Characters of a server's or a system's name that are shown. */
const MAX_NAME_CHARS = 60;

/** A UUID, which image builders put into the names of temporary servers; the server's id says the same in fewer tokens. */
const UUID = /-?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

/** Returns the server as a person knows it: its name when the image was created, without a UUID, and its id. */
export function serverLabel({ created_from: from }: Image): string {
  return from ? `${clean(from.name.replace(UUID, "..."), MAX_NAME_CHARS)} (${from.id})` : "";
}

/** Returns a name such as `debian 12`; empty when unknown. */
export function osName({ os_flavor, os_version }: Image): string {
  return clean([os_flavor, os_version].filter(Boolean).join(" "), MAX_NAME_CHARS);
}

/** Returns the UTC month in which the image was created, such as `2026-01`; null when its time cannot be read. */
export function monthOf({ created }: Image): string | null {
  const time = parseInstant(created);
  return Number.isNaN(time) ? null : new Date(time).toISOString().slice(0, "2026-01".length);
}
