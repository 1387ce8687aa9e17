/** Sums up snapshots and backups, in total and by group: a pure function of images and prices. */

import { parseInstant } from "../hcloud/time.ts";
import type { Image, ImagePrice } from "../hcloud/types.ts";
import { clean } from "../text.ts";
import { gigabytes, monthlyCost } from "./costs.ts";
import { byAge, intoGroups, monthOf, osName, serverLabel } from "./groups.ts";

/** What a report is grouped by; `label:` is followed by the key. */
export type ReportBy = "server" | "architecture" | "os" | "month" | `label:${string}`;

/** Characters of a group's name. */
const MAX_NAME_CHARS = 63;

/** The sums of snapshots and, apart, of backups: only snapshots are billed by size and can be protected. */
export interface ReportSum {
  snapshots: number;
  snapshot_gb: number;
  /** Decimals; undefined when the price is not known. */
  net_per_month?: string;
  gross_per_month?: string;
  backups: number;
  backup_gb: number;
  /** Images whose size is not known: 0 GB in the sums. */
  without_size: number;
  unprotected_snapshots: number;
  /** RFC 3339; undefined when no time can be read. */
  oldest?: string;
  newest?: string;
}

/** Sums up images; `price` is null when it is not known. */
export function sumImages(images: readonly Image[], price: ImagePrice | null): ReportSum {
  const snapshots = images.filter(({ type }) => type !== "backup");
  const backups = images.filter(({ type }) => type === "backup");
  const byDate = images.filter(({ created }) => !Number.isNaN(parseInstant(created))).sort(byAge);
  const [newest, oldest] = [byDate[0]?.created, byDate.at(-1)?.created];
  const cost = price && monthlyCost(snapshots, price);
  return {
    snapshots: snapshots.length,
    snapshot_gb: gigabytes(snapshots),
    ...(cost && { net_per_month: cost.net, gross_per_month: cost.gross }),
    backups: backups.length,
    backup_gb: gigabytes(backups),
    without_size: images.filter(({ image_size }) => image_size === null).length,
    unprotected_snapshots: snapshots.filter(({ protection }) => !protection.delete).length,
    ...(oldest && { oldest }),
    ...(newest && { newest }),
  };
}

export interface ReportGroup extends ReportSum {
  name: string;
  images: Image[];
}

/** Returns the groups with their sums, the most expensive first. */
export function groupForReport(
  images: readonly Image[],
  by: ReportBy,
  price: ImagePrice | null,
): ReportGroup[] {
  return [...intoGroups(images, (image) => reportKey(image, by)).values()]
    .map((members) => ({ name: groupTitle(members, by), images: members, ...sumImages(members, price) }))
    .sort((a, b) => b.snapshot_gb - a.snapshot_gb || b.backup_gb - a.backup_gb || b.snapshots - a.snapshots);
}

/** Returns what the images of a group share: for a server its id, which a rename does not change. */
export function reportKey(image: Image, by: ReportBy): string | number | null {
  if (by === "server") return image.created_from?.id ?? null;
  if (by === "architecture") return image.architecture;
  if (by === "os") return osName(image);
  if (by === "month") return monthOf(image);
  const key = by.slice("label:".length);
  return Object.hasOwn(image.labels, key) ? (image.labels[key] ?? "") : null;
}

/** Returns the group's title for people; a server has its latest name. */
export function groupTitle(members: readonly Image[], by: ReportBy): string {
  const [newest] = [...members].sort(byAge);
  const key = newest ? reportKey(newest, by) : null;
  if (newest && key !== null)
    return by === "server" ? serverLabel(newest) : clean(String(key), MAX_NAME_CHARS);
  if (by === "server") return "(no server)";
  return by === "month" ? "(time unknown)" : "(no such label)";
}
