/** Delete many images: those a person saw in a preview, or those of a plan, with one code. */

import { explain } from "../call/explain.ts";
import { MAX_CONCURRENT, mapConcurrently } from "../concurrency.ts";
import { isNotFound } from "../hcloud/errors.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import type { Image } from "../hcloud/types.ts";
import { gigabytes } from "../housekeeping/costs.ts";
import { byAge, groupKey, intoGroups } from "../housekeeping/groups.ts";
import { count, imageIds, z } from "../schema.ts";
import { type BulkTargets, defineBulkTool, ToolError } from "../tool.ts";
import { deletionWords } from "../view/code-words.ts";
import { tableOfImages } from "../view/images.ts";
import type { PlanPage } from "../view/plan.ts";
import { deleteInBulk } from "./bulk-deletion.ts";
import { moneyOf } from "./money.ts";
import { createRetentionGuard, type Selection } from "./retention-guard.ts";
import { objectOutput } from "./shared.ts";

/** No deletion starts later than this before the call has to be answered, in ms: it may take long to settle. */
const LAST_START_MS = 15_000;

export const DELETE_IMAGES = "hcloud_delete_images";

/** What the code of a preview or of a plan stands for. */
export interface DeletionTargets extends BulkTargets {
  /** Ids that the preview named as not deletable: they may be repeated with the code, and are kept. */
  notDeletable?: ReadonlySet<number>;
  /** By what a plan selected the images. */
  selection?: Selection;
  /** What a plan looks like, page by page. */
  pages?: readonly PlanPage[];
}

export const deleteImages = defineBulkTool({
  name: DELETE_IMAGES,
  title: "Delete images",
  description:
    "Deletes many snapshots or backups permanently. Either ids: the first call deletes nothing and shows what would be deleted. Or confirm with the code of hcloud_plan_image_cleanup, and count. Images that were changed, protected or deleted since, or that the plan's policy no longer selects, are skipped and reported.",
  effect: "destructive",
  bulk: true,
  input: z
    .object({
      ids: imageIds(100, "; with confirm: which of those shown").optional(),
      count: count(100_000).optional().describe("How many images the user agreed to"),
    })
    .strict()
    .refine(({ ids, count }) => !ids || count === undefined || count === ids.length, {
      path: ["count"],
      message: "is not the number of ids; ask the user again",
    }),
  output: z
    .object({
      deleted: z.array(z.number()).optional(),
      skipped: z.array(objectOutput).optional(),
      failed: z.array(objectOutput).optional(),
      remaining: z.number().optional(),
    })
    .passthrough(),
  async preview({ ids }, api) {
    if (!ids) {
      throw new ToolError(
        "invalid_input",
        "Give ids, or the code of a plan as confirm with count; make a plan with hcloud_plan_image_cleanup. Nothing was deleted.",
      );
    }
    const found = await mapConcurrently(ids, MAX_CONCURRENT, (id) => readToDelete(id, api));
    const images = found.flatMap(({ image }) => (image ? [image] : []));
    const notDeletable = found.flatMap(({ id, why }) => (why ? [{ id, why }] : []));
    if (images.length === 0) {
      const reasons = notDeletable.map(({ id, why }) => `${id} (${why})`).join(", ");
      throw new ToolError(
        "invalid_input",
        `None of these images can be deleted: ${reasons}. Nothing was deleted.`,
      );
    }
    const { columns, rows } = tableOfImages(images);
    return {
      words: deletionWords(images),
      shown: {
        will: `delete ${images.length} ${images.length === 1 ? "image" : "images"}`,
        cannot_be_undone: "a deleted image cannot be restored by anyone",
        gb: gigabytes(images),
        ...(await moneyOf(images, api)),
        columns,
        rows,
        ...(notDeletable.length > 0 && { not_deletable: notDeletable }),
      },
      targets: { images, notDeletable: new Set(notDeletable.map(({ id }) => id)) } as DeletionTargets,
    };
  },
  selectTargets({ ids, count }, { images, notDeletable, selection }) {
    if (ids === undefined && count === undefined) {
      throw new ToolError(
        "invalid_input",
        "count: say how many images the user agreed to delete. Nothing was deleted.",
      );
    }
    const covered = new Set(images.map(({ id }) => id));
    const foreign = (ids ?? []).filter((id) => !covered.has(id) && !notDeletable?.has(id));
    if (foreign.length > 0) {
      throw new ToolError(
        "invalid_input",
        `ids: the code does not cover ${foreign.join(", ")}. Nothing was deleted. Leave them out, or call without confirm for a preview of all.`,
      );
    }
    const chosen = ids ? images.filter(({ id }) => ids.includes(id)) : images;
    if (ids === undefined && count !== chosen.length) {
      throw new ToolError(
        "invalid_input",
        "count: is not the number of images that the code stands for; ask the user again. Nothing was deleted.",
      );
    }
    return { images: chosen, ...(selection && { selection }) };
  },
  async runBulk({ images, selection }, api, call) {
    const { deleted, skipped, failed, remaining, stopped } = await deleteInBulk(api, {
      images: selection ? byGroup(images, selection) : images,
      createGuard: async () => (selection ? createRetentionGuard(selection, api, () => undefined) : null),
      mayStart: () => !api.signal.aborted && api.clock.now() < call.deadline - LAST_START_MS,
      onProgress: (done, total) => call.progress(done, total, "deleting images"),
    });
    const targets = { images: remaining, ...(selection && { selection }) };
    return {
      status: statusOf(deleted.length, remaining.length + failed.length),
      deleted: deleted.map(({ id }) => id),
      freed_gb: gigabytes(deleted),
      ...(deleted.length > 0 && (await moneyOf(deleted, api))),
      ...(skipped.length > 0 && { skipped }),
      ...(failed.length > 0 && {
        failed: failed.map(({ id, error }) => ({ id, code: error.code, why: explain(error, true) })),
      }),
      ...(remaining.length > 0 && {
        remaining: remaining.length,
        ...(stopped && { stopped: explain(stopped, deleted.length + failed.length === 0) }),
        ...call.codes.issue(deletionWords(remaining), { tool: DELETE_IMAGES, shown: targets }),
        next: `To continue, call again with this confirm and count ${remaining.length}.`,
      }),
    };
  },
});

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

async function readToDelete(
  id: number,
  api: ImagesApi,
): Promise<{ id: number; image?: Image; why?: string }> {
  try {
    const image = await api.getImage(id);
    if (image.type === "system" || image.type === "app") return { id, why: `${image.type} image of Hetzner` };
    if (image.deleted) return { id, why: "already deleted" };
    if (image.status === "creating") return { id, why: "still being created" };
    return image.protection.delete ? { id, why: "protected" } : { id, image };
  } catch (error) {
    if (isNotFound(error)) return { id, why: "not found" };
    throw error;
  }
}
