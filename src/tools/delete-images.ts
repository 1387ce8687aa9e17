/** Delete many images: those a person saw in a preview, or those of a plan, with one code. */

import { explain } from "../call/explain.ts";
import type { Image } from "../hcloud/types.ts";
import { gigabytes } from "../housekeeping/costs.ts";
import { byAge, groupKey, intoGroups } from "../housekeeping/groups.ts";
import type { Selection } from "../housekeeping/policy.ts";
import { count, imageIds, z } from "../schema.ts";
import { type BulkTargets, defineBulkTool, ToolError } from "../tool.ts";
import { deletionWords } from "../view/code-words.ts";
import { describeDeletion, summarizeDeletion } from "../view/deletion-summary.ts";
import { describeImages } from "../view/form-lines.ts";
import { rowsOfImages } from "../view/images.ts";
import type { PlanPage } from "../view/plan.ts";
import { deleteInBulk } from "./bulk-deletion.ts";
import { apiNow } from "./clock.ts";
import { type Deletable, readDeletable } from "./deletion-preview.ts";
import { viewFailures } from "./failures.ts";
import { moneyOf } from "./money.ts";
import { createRetentionGuard } from "./retention-guard.ts";
import { objectOutput } from "./shared.ts";

/** No deletion starts later than this before the call has to be answered, in ms: it may take long to settle. */
const LAST_START_MS = 15_000;

/** Ids in one call. */
const MAX_IDS = 100;

export const DELETE_IMAGES = "hcloud_delete_images";

/** What the code of a preview or of a plan stands for. */
export interface DeletionTargets extends BulkTargets {
  /** What the preview named as not deletable: the ids may be repeated with the code, and are kept. */
  notDeletable?: Deletable["notDeletable"];
  /** By what a plan selected the images. */
  selection?: Selection;
  /** What a plan looks like, page by page. */
  pages?: readonly PlanPage[];
}

export const deleteImages = defineBulkTool({
  name: DELETE_IMAGES,
  title: "Delete images",
  description:
    "Deletes many snapshots or backups permanently. Give ids for a preview, or the code of hcloud_plan_image_cleanup as confirm, with count; except keeps some of the plan. Images that were changed, protected or deleted since, or that the plan's policy no longer selects, are skipped and reported.",
  effect: "destructive",
  verb: "delete",
  bulk: true,
  input: z
    .object({
      ids: imageIds(MAX_IDS, "; with confirm: which of those shown").optional(),
      except: imageIds(MAX_IDS, "; with confirm: which of those shown to keep").optional(),
      count: count(100_000)
        .optional()
        .describe("How many images the user agreed to delete, without those of except"),
    })
    .strict()
    .superRefine(({ ids, except, count }, context) => {
      const fail = (path: string, message: string) =>
        context.addIssue({ code: "custom", path: [path], message });
      if (ids && count !== undefined && count !== ids.length)
        fail("count", "is not the number of ids; ask the user again");
      if (ids && except) fail("except", "must not be given with ids");
    }),
  output: z
    .object({
      deleted: z.array(z.number()).optional(),
      skipped: z.array(objectOutput).optional(),
      failed: z.array(objectOutput).optional(),
      remaining: z.number().optional(),
    })
    .passthrough(),
  async readTargets({ ids }, api): Promise<DeletionTargets> {
    if (!ids) {
      throw refused(
        "ids or confirm: is required.",
        "Give ids, or the code of a plan as confirm with count; make a plan with hcloud_plan_image_cleanup.",
      );
    }
    return readDeletable(ids, api);
  },
  async show({ images, notDeletable = [] }, api) {
    const money = await moneyOf(images, api);
    // The rows of a larger plan were shown with the plan, page by page.
    const rows = images.length <= MAX_IDS && rowsOfImages(images, apiNow(api));
    return {
      words: deletionWords(images),
      shown: {
        will: describeDeletion(images, money.saves_per_month),
        cannot_be_undone: "a deleted image cannot be restored by anyone",
        gb: gigabytes(images),
        ...money,
        ...rows,
        ...(notDeletable.length > 0 && { not_deletable: notDeletable }),
      },
      ...describeImages(images),
    };
  },
  selectTargets({ ids, except, count }, { images, notDeletable, selection }) {
    if (ids === undefined && count === undefined) {
      throw refused(
        "count: is required with confirm.",
        "Give the number of images the user agreed to delete.",
      );
    }
    const covered = new Set(images.map(({ id }) => id));
    for (const { id } of notDeletable ?? []) covered.add(id);
    const foreign = (ids ?? except ?? []).filter((id) => !covered.has(id));
    if (foreign.length > 0) {
      throw refused(
        `${ids ? "ids" : "except"}: the code does not cover ${foreign.join(", ")}.`,
        "Leave them out, or call without confirm for a preview of all.",
      );
    }
    const chosen = images.filter(({ id }) => (ids ? ids.includes(id) : !except?.includes(id)));
    if (ids && chosen.length === 0)
      throw refused("ids: no image is left to delete.", "Give the ids of images that can be deleted.");
    if (ids === undefined && count !== chosen.length) {
      throw refused(
        `count: must be the number of images that the code stands for${except ? ", without those of except" : ""}.`,
        "Ask the user again.",
      );
    }
    const kept = except?.map((id) => ({ id, why: "kept by except" })) ?? [];
    return { images: chosen, notDeletable: kept, ...(selection && { selection }) };
  },
  async runBulk({ images, selection }, api, call) {
    const deletions = await deleteInBulk(api, {
      images: selection ? byGroup(images, selection) : images,
      createGuard: async () => (selection ? createRetentionGuard(selection, api, () => undefined) : null),
      mayStart: () => !api.signal.aborted && api.clock.now() < call.deadline - LAST_START_MS,
      onProgress: (done, total) => call.progress(done, total, "deleting images"),
    });
    const { deleted, skipped, failed, remaining, stopped } = deletions;
    const targets = { images: remaining, ...(selection && { selection }) };
    const money = deleted.length > 0 ? await moneyOf(deleted, api) : {};
    return {
      summary: summarizeDeletion(deletions, money.saves_per_month),
      status: statusOf(deleted.length, remaining.length + failed.length),
      deleted: deleted.map(({ id }) => id),
      freed_gb: gigabytes(deleted),
      ...money,
      ...(skipped.length > 0 && { skipped }),
      ...(failed.length > 0 && {
        failed: viewFailures(failed),
      }),
      ...(remaining.length > 0 && {
        remaining: remaining.length,
        ...(stopped && { stopped: explain(stopped, deleted.length + failed.length === 0) }),
        ...call.codes.issue(deletionWords(remaining), {
          tool: DELETE_IMAGES,
          shown: targets,
          consent: call.consent,
        }),
        next: `To continue, call again with this confirm and count ${remaining.length}.`,
      }),
    };
  },
});

function refused(problem: string, next: string): ToolError {
  return new ToolError("invalid_input", `${problem} Nothing was deleted. ${next}`);
}

/**
 * One group after the other, so that reads of what is kept of a group serve several deletions; the oldest first, so that the
 * newest are left if the call ends early.
 */
function byGroup(images: readonly Image[], { policy }: Selection): Image[] {
  const groups = intoGroups(images, (image) => groupKey(image, policy.group_by));
  return [...groups.values()].flatMap((group) => group.toSorted((a, b) => byAge(b, a)));
}

/** A call that deleted nothing is not done. */
function statusOf(deleted: number, left: number): "incomplete" | "unchanged" | "done" {
  if (left > 0) return "incomplete";
  return deleted === 0 ? "unchanged" : "done";
}
