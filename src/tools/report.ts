/** What the project's snapshots and backups amount to. */

import type { ImagesApi } from "../hcloud/images.ts";
import { duplicates, groupReport, type ReportBy, sumUp, withdrawnSystems } from "../housekeeping/report.ts";
import { groupBy, labelSelector, z } from "../schema.ts";
import { type Call, defineTool } from "../tool.ts";
import { BACKUPS_COST, priceOf } from "./money.ts";

/** Hetzner's default, per account; raised on request, and no API tells. */
const DEFAULT_LIMIT = 30;

export const reportImages = defineTool({
  name: "hcloud_report_images",
  title: "Report images",
  description:
    "Sums up all snapshots and backups, in all and by group: counts, GB, money per month (snapshots; backups are billed with their server), oldest, newest, unprotected. Names images that share a description or all labels, systems Hetzner withdraws, and the default limit. For what could go use hcloud_plan_image_cleanup.",
  effect: "read",
  input: z
    .object({
      group_by: groupBy(
        ["type", "server", "architecture", "os", "month"],
        "type (default), server, architecture, os, month, label:<key>",
      ),
      label_selector: labelSelector.optional().describe("Only images that match"),
    })
    .strict(),
  output: z.object({ total: z.unknown(), groups: z.unknown() }).passthrough(),
  async run({ group_by = "type", label_selector }, hcloud, call) {
    return report(group_by as ReportBy, label_selector, hcloud, call);
  },
});

/** The report as data; the resource `hcloud://images` shows it too. */
export async function report(by: ReportBy, selector: string | undefined, hcloud: ImagesApi, call: Call) {
  const images = await hcloud.listAllImages(
    { type: ["snapshot", "backup"], label_selector: selector },
    (done, total) => call.progress(done, total, "reading images"),
  );
  const systems = await hcloud.listAllImages({ type: ["system"], include_deprecated: true });
  const snapshots = selector
    ? (await hcloud.listImages({ type: ["snapshot"], per_page: 1 })).pagination.total_entries
    : images.filter(({ type }) => type === "snapshot").length;
  const { price, money } = await priceOf(hcloud);
  const duplicateRows = duplicates(images);
  const fading = withdrawnSystems(images, systems);
  return {
    total: sumUp(images, price),
    ...(money && { money }),
    ...(price && images.some(({ type }) => type === "backup") && { backups: BACKUPS_COST }),
    groups: groupReport(images, by, price),
    ...(duplicateRows.rows.length > 0 && { duplicates: duplicateRows }),
    ...(fading.length > 0 && { withdrawn_systems: fading }),
    limit: {
      snapshots,
      default_limit: DEFAULT_LIMIT,
      note: "30 is Hetzner's default for an account: it counts the snapshots of all its projects, and may have been raised",
    },
  };
}
