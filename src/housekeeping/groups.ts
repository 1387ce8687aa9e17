/** Which images belong together, and which of a group is the newest. */

import { parseInstant } from "../hcloud/time.ts";
import type { Image } from "../hcloud/types.ts";
import { clean } from "../text.ts";

/** `label:` is followed by the key. */
export type GroupBy = "server" | "description" | "none" | `label:${string}`;

/** Null for images without a source server, without a description, or without the label: they are in no group. */
export function groupName(image: Image, by: GroupBy): string | null {
  if (by === "none") return "";
  if (by === "description") return image.description || null;
  if (by === "server") return image.created_from ? String(image.created_from.id) : null;
  const key = by.slice("label:".length);
  return Object.hasOwn(image.labels, key) ? (image.labels[key] ?? "") : null;
}

/** An opaque key of the image's group: an image of another architecture replaces none. Null when it is in no group. */
export function groupKey(image: Image, by: GroupBy): string | null {
  const name = groupName(image, by);
  return name === null ? null : JSON.stringify([image.architecture, name]);
}

/** By name, in the order in which the first of each group comes. */
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

/** Newest first, then the higher id; images whose time cannot be read come last. */
export function byAge(a: Image, b: Image): number {
  return createdTime(b) - createdTime(a) || b.id - a.id;
}

function createdTime({ created }: Image): number {
  const time = parseInstant(created);
  return Number.isNaN(time) ? Number.MIN_SAFE_INTEGER : time;
}

/** Characters of a server's name that are shown. */
const MAX_NAME_CHARS = 60;

/** Tools that build images call temporary servers so; the id says which one it was in fewer tokens. */
const UUID = /-?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

/** A server as a person knows it: its name when the image was made, without a UUID in it, and its id. */
export function serverLabel({ created_from: from }: Image): string {
  return from ? `${clean(from.name.replace(UUID, "…"), MAX_NAME_CHARS)} (${from.id})` : "";
}

/** Such as `debian 12`; empty when unknown. */
export function osName({ os_flavor, os_version }: Image): string {
  return clean([os_flavor, os_version].filter(Boolean).join(" "), MAX_NAME_CHARS);
}

/** The UTC month in which the image was made, such as `2026-01`; null when its time cannot be read. */
export function monthOf({ created }: Image): string | null {
  const time = parseInstant(created);
  return Number.isNaN(time) ? null : new Date(time).toISOString().slice(0, "2026-01".length);
}
