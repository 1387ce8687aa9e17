/** What a project's snapshots and backups amount to: a pure function of images and prices. */

import { parseInstant } from "../hcloud/time.ts";
import type { Image, ImagePrice } from "../hcloud/types.ts";
import { clean } from "../text.ts";
import { gigabytes, type MonthlyCost, monthlyCost } from "./costs.ts";
import { byAge, intoGroups, serverLabel } from "./groups.ts";

/** `label:` is followed by the key. */
export type ReportBy = "type" | "server" | "architecture" | "os" | "month" | `label:${string}`;

/** Rows of groups and of duplicates that are shown; the rest is counted. */
const MAX_GROUPS = 40;
const MAX_DUPLICATES = 10;
const MAX_IDS = 8;

/** Characters of a group's name. */
const NAME = 63;

export interface Sum {
  images: number;
  gb: number;
  per_month?: MonthlyCost;
  oldest?: string;
  newest?: string;
  unprotected: number;
}

/** Counts, GB, money and age of some images; `price` is null when it is not known. */
export function sumUp(images: readonly Image[], price: ImagePrice | null): Sum {
  const byDate = images.filter(({ created }) => !Number.isNaN(parseInstant(created))).sort(byAge);
  const [newest, oldest] = [byDate[0]?.created, byDate.at(-1)?.created];
  return {
    images: images.length,
    gb: gigabytes(images),
    ...(price && { per_month: monthlyCost(images, price) }),
    ...(oldest && { oldest: clean(oldest, NAME) }),
    ...(newest && { newest: clean(newest, NAME) }),
    // Only snapshots can be protected.
    unprotected: images.filter(({ type, protection }) => type === "snapshot" && !protection.delete).length,
  };
}

/** A row for each group, the most GB first. Money only for snapshots: backups are billed with their server. */
export function groupReport(images: readonly Image[], by: ReportBy, price: ImagePrice | null) {
  const groups = [...intoGroups(images, (image) => keyOf(image, by)).values()]
    .map((members) => ({ name: labelOf(members, by), members, ...sumUp(members, price) }))
    .sort((a, b) => b.gb - a.gb || b.images - a.images);
  return {
    columns: [
      "group",
      "images",
      "gb",
      ...(price ? ["net_per_month"] : []),
      "oldest",
      "newest",
      "unprotected",
    ],
    rows: groups
      .slice(0, MAX_GROUPS)
      .map(({ name, members, images, gb, per_month, oldest, newest, unprotected }) => {
        const billed = members.some(({ type }) => type === "snapshot");
        const money = price ? [billed ? per_month?.net : null] : [];
        return [name, images, gb, ...money, dayOf(oldest), dayOf(newest), unprotected];
      }),
    ...(groups.length > MAX_GROUPS && { more_groups: groups.length - MAX_GROUPS }),
  };
}

/** What makes a group; a server keeps its id when it is renamed. */
function keyOf(image: Image, by: ReportBy): string | number | null {
  if (by === "type") return image.type;
  if (by === "server") return image.created_from?.id ?? null;
  if (by === "architecture") return image.architecture;
  if (by === "os") return osOf(image);
  if (by === "month") return dayOf(image.created)?.slice(0, 7) ?? null;
  const key = by.slice("label:".length);
  return Object.hasOwn(image.labels, key) ? (image.labels[key] ?? "") : null;
}

/** A group as a person reads it; a server by the name it had last. */
function labelOf(members: readonly Image[], by: ReportBy): string {
  const [newest] = [...members].sort(byAge);
  const key = newest ? keyOf(newest, by) : null;
  if (newest && key !== null) return by === "server" ? serverLabel(newest) : clean(String(key), NAME);
  if (by === "server") return "(no server)";
  return by === "month" ? "(time unknown)" : "(no such label)";
}

/** The UTC day of an instant; undefined when it cannot be read. */
function dayOf(instant: string | undefined): string | undefined {
  const time = parseInstant(instant ?? "");
  return Number.isNaN(time) ? undefined : new Date(time).toISOString().slice(0, 10);
}

/**
 * Snapshots of one architecture that share their description or their whole set of labels: often what a script forgot to
 * rotate, not copies of each other. Backups are named alike by Hetzner, who rotates them.
 */
export function duplicates(images: readonly Image[]) {
  const own = images.filter(({ type }) => type !== "backup");
  const found = (by: "description" | "labels", text: (image: Image) => string) =>
    [...intoGroups(own, (image) => JSON.stringify([image.architecture, text(image)])).values()].flatMap(
      (members) => {
        const value = members.slice(0, 1).map(text).join("");
        return value !== "" && members.length > 1 ? [{ by, value: clean(value, NAME), members }] : [];
      },
    );
  const all = [...found("description", ({ description }) => description), ...found("labels", labelText)].sort(
    (a, b) => b.members.length - a.members.length,
  );
  return {
    columns: ["same", "value", "images", "ids"],
    rows: all.slice(0, MAX_DUPLICATES).map(({ by, value, members }) => [
      by,
      value,
      members.length,
      [...members]
        .sort(byAge)
        .slice(0, MAX_IDS)
        .map(({ id }) => id),
    ]),
    ...(all.length > MAX_DUPLICATES && { more: all.length - MAX_DUPLICATES }),
  };
}

function labelText({ labels }: Image): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(",");
}

/** Systems that snapshots were made from and that Hetzner is withdrawing or no longer offers. */
export function withdrawnSystems(images: readonly Image[], systems: readonly Image[]) {
  const offered = intoGroups(systems, osOf);
  return [...intoGroups(images, osOf)].flatMap(([os, members]) => {
    const first = members[0];
    if (!first?.os_version || first.os_flavor === "unknown") return [];
    const current = offered.get(os) ?? [];
    if (current.some(({ deprecation }) => !deprecation)) return [];
    const ends = current.flatMap(({ deprecation }) => deprecation?.unavailable_after || []);
    const [until] = ends.sort((a, b) => parseInstant(b) - parseInstant(a));
    const end = until ? { unavailable_after: clean(until, NAME) } : { deprecated: true };
    return [
      {
        os_flavor: clean(first.os_flavor, NAME),
        os_version: clean(first.os_version, NAME),
        images: members.length,
        ...(current.length > 0 ? end : { no_longer_offered: true }),
      },
    ];
  });
}

function osOf({ os_flavor, os_version }: Image): string {
  return clean([os_flavor, os_version].filter(Boolean).join(" "), NAME);
}
