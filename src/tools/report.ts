/** What the project's snapshots and backups amount to. */

import type { ImagesApi } from "../hcloud/images.ts";
import { duplicates, groupReport, type ReportBy, sumUp, withdrawnSystems } from "../housekeeping/report.ts";
import { groupBy, labelSelector, z } from "../schema.ts";
import { type CallContext, defineTool } from "../tool.ts";
import { BACKUPS_COST, priceOf } from "./money.ts";
import { objectOutput } from "./shared.ts";

/** Hetzner's default, per account; raised on request, and no API tells. */
const DEFAULT_LIMIT = 30;

export const reportImages = defineTool({
  name: "hcloud_report_images",
  title: "Report images",
  description:
    "Sums up all snapshots and backups, in all and by group: counts, GB, money per month (snapshots; backups are billed with their server), oldest, newest, unprotected. Names images that share a description or all labels, systems Hetzner withdraws, and the default limit. For what could go use hcloud_plan_image_cleanup.",
  effect: "read",
  patient: true,
  input: z
    .object({
      group_by: groupBy(
        ["type", "server", "architecture", "os", "month"],
        "type (default), server, architecture, os, month, label:<key>",
      ),
      label_selector: labelSelector.optional().describe("Only images that match"),
    })
    .strict(),
  output: z.object({ total: objectOutput, groups: objectOutput }).passthrough(),
  async run({ group_by = "type", label_selector }, api, call) {
    return report(group_by as ReportBy, label_selector, api, call);
  },
});

/** The report as data; the resource `hcloud://images` shows it too. */
export async function report(by: ReportBy, selector: string | undefined, api: ImagesApi, call: CallContext) {
  const images = await api.listAllImages(
    { type: ["snapshot", "backup"], label_selector: selector },
    (done, total) => call.progress(done, total, "reading images"),
  );
  const systems = await api.listAllImages({ type: ["system"], include_deprecated: true });
  const snapshots = selector
    ? (await api.listImages({ type: ["snapshot"], per_page: 1 })).pagination.total_entries
    : images.filter(({ type }) => type === "snapshot").length;
  const { price, money } = await priceOf(api);
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
