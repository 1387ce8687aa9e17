/** Shows a report to a model: a sentence, sums and a table of groups; what is cut is counted. */

import { DAY_MS } from "../hcloud/time.ts";
import type { Image, ImagePrice } from "../hcloud/types.ts";
import { findDuplicates } from "../housekeeping/duplicates.ts";
import { byAge } from "../housekeeping/groups.ts";
import {
  groupForReport,
  type ReportBy,
  type ReportGroup,
  type ReportSum,
  sumImages,
} from "../housekeeping/report-groups.ts";
import type { StoppedSeries } from "../housekeeping/series.ts";
import { clean } from "../text.ts";
import { plural } from "./counts.ts";
import { type Columns, type Rows, tabulate } from "./table.ts";
import { toDay, toMinute } from "./time.ts";

const MAX_GROUPS = 12;
const MAX_ROWS = 5;
const MAX_IDS = 5;

/** Characters of a description or a set of labels, and of a currency and a price. */
const MAX_TEXT_CHARS = 63;
const MAX_PRICE_CHARS = 20;

/** Returns a sentence such as `28 snapshots, 190.36 GB, 2.72 EUR a month net; 12 backups, 60.00 GB, billed with their servers.` */
export function summarizeReport(sum: ReportSum, price: ImagePrice | null): string {
  const { snapshots, snapshot_gb, net_per_month: net, backups, backup_gb } = sum;
  if (snapshots + backups === 0) return "No snapshot or backup matches.";
  const cost = price && net ? `, ${net} ${currencyOf(price)} a month net` : "";
  const rest =
    backups > 0
      ? `; ${plural(backups, "backup")}, ${backup_gb.toFixed(2)} GB, billed with their servers`
      : "";
  return `${plural(snapshots, "snapshot")}, ${snapshot_gb.toFixed(2)} GB${cost}${rest}.`;
}

/** Returns the sums, without backups and images of unknown size when there are none. */
export function viewSum({ backups, backup_gb, without_size, oldest, newest, ...ofSnapshots }: ReportSum) {
  return {
    ...ofSnapshots,
    ...(backups > 0 && { backups, backup_gb }),
    ...(without_size > 0 && { without_size }),
    ...(oldest && { oldest: toMinute(oldest) }),
    ...(newest && { newest: toMinute(newest) }),
  };
}

/** Returns the price of a GB and month. */
export function viewPrice(price: ImagePrice) {
  const { net, gross } = price;
  return {
    currency: currencyOf(price),
    net: clean(net, MAX_PRICE_CHARS),
    gross: clean(gross, MAX_PRICE_CHARS),
  };
}

const currencyOf = ({ currency }: ImagePrice) => clean(currency, MAX_PRICE_CHARS);

/** Returns the table of groups, with columns about backups only when a group has some. */
export function viewGroups(images: readonly Image[], by: ReportBy, price: ImagePrice | null) {
  const groups = groupForReport(images, by, price);
  const hasBackups = groups.some(({ backups }) => backups > 0);
  const columns: Columns<ReportGroup> = {
    group: ({ name }) => name,
    snapshots: (group) => group.snapshots,
    snapshot_gb: (group) => group.snapshot_gb,
    ...(price && { net_per_month: (group: ReportGroup) => group.net_per_month }),
    ...(hasBackups && {
      backups: (group: ReportGroup) => group.backups,
      backup_gb: (group: ReportGroup) => group.backup_gb,
    }),
    oldest: ({ oldest }) => oldest && toDay(oldest),
    newest: ({ newest }) => newest && toDay(newest),
  };
  const rest = groups.slice(MAX_GROUPS);
  return {
    ...tabulate(groups.slice(0, MAX_GROUPS), columns),
    ...(rest.length > 0 && {
      more: {
        groups: rest.length,
        ...viewSum(
          sumImages(
            rest.flatMap((group) => group.images),
            price,
          ),
        ),
      },
    }),
  };
}

export function viewStopped(stopped: readonly StoppedSeries[]) {
  const latest = stopped.toSorted((a, b) => byAge(a.newest, b.newest));
  const columns: Columns<StoppedSeries> = {
    group: ({ name }) => name,
    newest: ({ newest }) => toDay(newest.created),
    usually_every_days: ({ usual }) => Math.round((usual / DAY_MS) * 10) / 10,
  };
  return cut(latest, columns);
}

/** Returns null when no snapshots are alike. */
export function viewDuplicates(images: readonly Image[]) {
  const { duplicates, series } = findDuplicates(images);
  if (duplicates.length + series === 0) return null;
  const table = cut(duplicates, {
    same: ({ same }) => same,
    value: ({ value }) => clean(value, MAX_TEXT_CHARS),
    images: (found) => found.images.length,
    newest_ids: (found) => found.images.slice(0, MAX_IDS).map(({ id }) => id),
  });
  return { ...(duplicates.length > 0 && table), ...(series > 0 && { regular_series_not_shown: series }) };
}

/** Returns the first rows, and how many more there are. */
function cut<T>(things: readonly T[], columns: Columns<T>): Rows & { more?: number } {
  const more = things.length - MAX_ROWS;
  return { ...tabulate(things.slice(0, MAX_ROWS), columns), ...(more > 0 && { more }) };
}
