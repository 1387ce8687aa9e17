/** Reports the counts, sizes and prices of the project's snapshots and backups. */

import type { ImagesApi } from "../hcloud/images.ts";
import { parseInstant } from "../hcloud/time.ts";
import type { Image } from "../hcloud/types.ts";
import { type ImageFilter, isOldEnough } from "../housekeeping/filters.ts";
import { type ReportBy, sumImages } from "../housekeeping/report-groups.ts";
import { findStoppedSeries } from "../housekeeping/series.ts";
import { withdrawnSystems } from "../housekeeping/withdrawn-systems.ts";
import { count, groupBy, instant, labelSelector, servers, z } from "../schema.ts";
import { type CallContext, defineTool } from "../tool.ts";
import { dueSentence, viewBin } from "../view/bin.ts";
import {
  summarizeReport,
  viewDuplicates,
  viewGroups,
  viewPrice,
  viewStopped,
  viewSum,
} from "../view/report.ts";
import { viewReportPage } from "../view/report-page.ts";
import { toMinute } from "../view/time.ts";
import { findImages } from "./find-images.ts";
import { readPrice } from "./money.ts";
import { objectOutput } from "./shared.ts";

/** Hetzner's default, per account; raised on request; no API returns it. */
const DEFAULT_LIMIT = 30;

/** Making a snapshot takes minutes; one that takes longer than this, in ms, is stuck. */
const STUCK_MS = 2 * 60 * 60 * 1000;

export const reportImages = defineTool({
  name: "hcloud_report_images",
  title: "Report images",
  description:
    "Sums up snapshots and backups, in total and by group: counts, GB, price per month (backups are billed with their server), oldest, newest, unprotected snapshots. Names groups whose snapshots stopped, snapshots stuck in creation, duplicates (snapshots of one architecture with the same description or labels), systems Hetzner withdraws, and the default snapshot limit. To choose what to delete use hcloud_plan_image_cleanup.",
  effect: "read",
  patient: true,
  page: true,
  input: z
    .object({
      group_by: groupBy(
        ["server", "architecture", "os", "month"],
        "server (default), architecture, os, month, label:<key>",
      ),
      server: servers("Only of these servers: id or exact name"),
      older_than_days: count().optional().describe("Only images older than N times 24 hours"),
      created_before: instant.optional().describe("Only images created before this day or time (UTC)"),
      label_selector: labelSelector.optional().describe("Only images that match"),
    })
    .strict(),
  output: z
    .object({ summary: z.string(), total: objectOutput, groups: objectOutput, as_of: z.string() })
    .passthrough(),
  async run({ group_by = "server", ...filter }, api, call) {
    return createReport(group_by as ReportBy, filter, api, call);
  },
});

type ReportFilter = Omit<ImageFilter, "exclude_servers" | "description_contains"> & {
  label_selector?: string | undefined;
};

/** Returns the report as data; the resource `hcloud://images` contains it too. */
export async function createReport(by: ReportBy, filter: ReportFilter, api: ImagesApi, call: CallContext) {
  const { label_selector, server, ...age } = filter;
  const query = { type: ["snapshot", "backup"], label_selector };
  const { images: ofAnyAge, considered, now } = await findImages(query, { server }, api, call);
  const isOld = ({ created }: Image) => isOldEnough(parseInstant(created), age, now);
  // The API can still list an image that it has deleted.
  const images = ofAnyAge.filter((image) => isOld(image) && !image.deleted);
  const systems = await api.listAllImages({ type: ["system"], include_deprecated: true });
  const snapshots = label_selector
    ? (await api.listImages({ type: ["snapshot"], per_page: 1 })).pagination.total_entries
    : considered.filter(({ type, deleted }) => type === "snapshot" && !deleted).length;
  const { price, money } = await readPrice(api);
  const sum = sumImages(images, price);
  // A series may continue in images of any age, and under any name of their server.
  const stopped = findStoppedSeries(considered, by, now, new Set(ofAnyAge));
  call.showPage?.(viewReportPage(images, { price, now, considered, ofAnyAge }));
  const stuck = images.filter((image) => isStuck(image, now)).map(({ id }) => id);
  const bin = viewBin(images, price, now);
  const duplicates = viewDuplicates(images);
  const withdrawn = withdrawnSystems(images, systems);
  const rules = call.describeRules();
  return {
    summary: summarizeReport(sum, price) + dueSentence(images, now),
    total: viewSum(sum),
    ...(price ? { price_per_gb: viewPrice(price) } : money && { money }),
    groups: viewGroups(images, by, price),
    ...(bin && { bin }),
    ...(stopped.length > 0 && { stopped: viewStopped(stopped) }),
    ...(stuck.length > 0 && { creating_for_over_2_hours: stuck }),
    ...(duplicates && { duplicates }),
    ...(withdrawn.length > 0 && { withdrawn_systems: withdrawn }),
    ...(rules && { rules }),
    limit: {
      snapshots,
      default_limit: DEFAULT_LIMIT,
      note: "of the account, all projects; may have been raised",
    },
    as_of: toMinute(now),
  };
}

function isStuck({ type, status, created }: Image, now: number): boolean {
  return type === "snapshot" && status === "creating" && now - parseInstant(created) > STUCK_MS;
}
