/** Finds series, which are images that are made at regular times, and those that have stopped. */

import { DAY_MS, parseInstant } from "../hcloud/time.ts";
import type { Image } from "../hcloud/types.ts";
import { byAge, intoGroups, isAvailable } from "./groups.ts";
import { groupTitle, type ReportBy, reportKey } from "./report-groups.ts";

/** Two images have one interval, which does not say when the next one is due. */
const MIN_IMAGES = 3;

const HOUR_MS = 60 * 60 * 1000;

/** Smallest share of intervals of about the usual length in a series. */
const MIN_REGULAR_SHARE = 2 / 3;

/** Largest difference from the usual interval, as a share of it: months differ by a tenth. */
const MAX_DEVIATION_SHARE = 1 / 5;

/** Number of images from which the same time of day means that they are made every N days. */
const MIN_DAILY_IMAGES = 5;

/** Number of the latest intervals, which say how often images are made now: older images may have been deleted by a policy. */
const LATEST_INTERVALS = 3;

/** Returns the ms between one image and the next, the latest first; empty for fewer than three images. */
function intervals(images: readonly Image[]): number[] {
  const times = images.map(({ created }) => parseInstant(created)).filter((time) => !Number.isNaN(time));
  if (times.length < MIN_IMAGES) return [];
  const sorted = times.sort((a, b) => b - a);
  return sorted.slice(1).map((time, i) => (sorted[i] ?? time) - time);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

/** Whether images are made at regular times, such as every night; a retention policy may have thinned them out. */
export function isSeries(images: readonly Image[]): boolean {
  const all = intervals(images);
  const usual = median(all);
  if (usual === 0) return false;
  const isRegular = (ms: number) => Math.abs(ms - usual) <= usual * MAX_DEVIATION_SHARE;
  const isOfDays = (ms: number) =>
    images.length >= MIN_DAILY_IMAGES && Math.abs(ms - Math.round(ms / DAY_MS) * DAY_MS) < HOUR_MS;
  return [isRegular, isOfDays].some((holds) => all.filter(holds).length >= all.length * MIN_REGULAR_SHARE);
}

/** A series whose next image is overdue. */
export interface StoppedSeries {
  name: string;
  newest: Image;
  /** The usual interval, in ms. */
  usual: number;
}

/**
 * Returns the groups of snapshots, and of backups, that were made at regular times and have an image of `about`, when their newest
 * available image is older than twice their usual interval. Images of one hour belong together. `now` is in ms.
 */
export function findStoppedSeries(
  images: readonly Image[],
  by: ReportBy,
  now: number,
  about: ReadonlySet<Image> = new Set(images),
): StoppedSeries[] {
  // Every group by month or system ends.
  const grouping = by.startsWith("label:") ? by : "server";
  return [...intoGroups(images.filter(isAvailable), ({ type }) => type)].flatMap(([type, ofType]) =>
    [...intoGroups(ofType, (image) => reportKey(image, grouping))].flatMap(([key, members]) => {
      if (key === null || !isSeries(members) || !members.some((image) => about.has(image))) return [];
      const all = intervals(members);
      const usual = Math.min(median(all), median(all.slice(0, LATEST_INTERVALS)));
      const [newest] = members.toSorted(byAge);
      const isLate = newest && usual >= HOUR_MS && now - parseInstant(newest.created) > 2 * usual;
      const name = groupTitle(members, grouping) + (type === "backup" ? ", backups" : "");
      return isLate ? [{ name, newest, usual }] : [];
    }),
  );
}
