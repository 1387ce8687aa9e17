/** Builds what the page of a report shows beside the result: each server with its months, up to a limit. */

import { DAY_MS } from "../hcloud/time.ts";
import type { Image, ImagePrice } from "../hcloud/types.ts";
import { gigabytes } from "../housekeeping/costs.ts";
import { findDuplicates } from "../housekeeping/duplicates.ts";
import { intoGroups, monthOf } from "../housekeeping/groups.ts";
import { groupForReport, groupTitle, reportKey } from "../housekeeping/report-groups.ts";
import { findStoppedSeries } from "../housekeeping/series.ts";
import { clean } from "../text.ts";
import type { ReportPageView, ServerBar } from "./page-data.ts";
import { viewPrice } from "./report.ts";
import { toDay } from "./time.ts";

const MAX_SERVERS = 100;
const MAX_MONTHS = 24;
const MAX_ROWS = 50;
const MAX_IDS = 5;
const MAX_TEXT_CHARS = 63;

interface ReportFacts {
  price: ImagePrice | null;
  /** In ms. */
  now: number;
  /** The images that may continue a series, and those that the report is about, of any age. */
  considered: readonly Image[];
  ofAnyAge: readonly Image[];
}

export function viewReportPage(images: readonly Image[], facts: ReportFacts): ReportPageView {
  const { price, now, considered, ofAnyAge } = facts;
  const groups = groupForReport(images, "server", price);
  const titles = new Map(
    groups.map(({ name, images: [first] }) => [first && reportKey(first, "server"), name] as const),
  );
  const serverOf = (image: Image) => titles.get(reportKey(image, "server")) ?? groupTitle([image], "server");
  const servers = groups.slice(0, MAX_SERVERS).map(
    (group): ServerBar => ({
      name: group.name,
      snapshots: group.snapshots,
      gb: group.snapshot_gb,
      ...(group.net_per_month !== undefined && { net: group.net_per_month }),
      ...(group.gross_per_month !== undefined && { gross: group.gross_per_month }),
      backups: group.backups,
      backup_gb: group.backup_gb,
      months: monthsOf(group.images),
    }),
  );
  return {
    kind: "report",
    ...(price && { currency: viewPrice(price).currency }),
    servers,
    ...(groups.length > MAX_SERVERS && { more: groups.length - MAX_SERVERS }),
    months: monthsOf(images),
    stopped: findStoppedSeries(considered, "server", now, new Set(ofAnyAge))
      .slice(0, MAX_ROWS)
      .map(({ name, newest, usual }) => ({
        name,
        newest: toDay(newest.created) ?? "",
        every_days: Math.round((usual / DAY_MS) * 10) / 10,
      })),
    duplicates: findDuplicates(images)
      .duplicates.slice(0, MAX_ROWS)
      .map(({ same, value, images: found }) => ({
        same,
        value: clean(value, MAX_TEXT_CHARS),
        images: found.length,
        ids: found.slice(0, MAX_IDS).map(({ id }) => id),
        servers: [...new Set(found.map(serverOf))].slice(0, MAX_ROWS),
      })),
  };
}

/** Returns the latest months, with the existing snapshots that were made in them. */
function monthsOf(images: readonly Image[]): ServerBar["months"] {
  const snapshots = images.filter(({ type }) => type !== "backup");
  return [...intoGroups(snapshots, (image) => monthOf(image) ?? "(time unknown)")]
    .map(([month, made]): ServerBar["months"][number] => [month, made.length, gigabytes(made)])
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(-MAX_MONTHS);
}
