/** Delete many images: those a person saw in a preview, or those of a plan, with one code. */

import { explain } from "../call/explain.ts";
import { type Covered, cover } from "../call/plans.ts";
import { AT_ONCE, mapConcurrently } from "../concurrency.ts";
import { HcloudError } from "../hcloud/errors.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import type { Image } from "../hcloud/types.ts";
import { gigabytes } from "../housekeeping/costs.ts";
import { imageIds, z } from "../schema.ts";
import { defineTool, ToolError } from "../tool.ts";
import { tableOfImages } from "../view/images.ts";
import { deleteMany } from "./deletion.ts";
import { moneyOf } from "./money.ts";

/** No deletion begins later than this before the call has to be answered: one may take long to settle. */
const LAST_START_MS = 15_000;

export const deleteImages = defineTool({
  name: "hcloud_delete_images",
  title: "Delete images",
  description:
    "Deletes many snapshots or backups for good. Either ids: the first call deletes nothing and shows what would go. Or confirm with the code of hcloud_plan_image_cleanup, and count. What was changed, protected or deleted meanwhile is skipped and reported.",
  effect: "destructive",
  many: true,
  input: z
    .object({
      ids: imageIds(100, "; with confirm: which of those shown").optional(),
      count: z
        .number()
        .int()
        .min(1, "must be at least 1")
        .optional()
        .describe("How many images the user agreed to"),
    })
    .strict()
    .refine(({ ids, count }) => !ids || count === undefined || count === ids.length, {
      path: ["count"],
      message: "is not the number of ids; ask the user again",
    }),
  output: z.object({ deleted: z.array(z.number()).optional() }).passthrough(),
  async preview({ ids }, hcloud) {
    if (!ids) {
      throw new ToolError(
        "invalid_input",
        "Give ids, or the code of a plan as confirm with count; make a plan with hcloud_plan_image_cleanup. Nothing was deleted.",
      );
    }
    const found = await mapConcurrently(ids, AT_ONCE, (id) => readToDelete(id, hcloud));
    const goes = found.flatMap(({ image }) => (image ? [image] : []));
    const stays = found.flatMap(({ id, why }) => (why ? [{ id, why }] : []));
    if (goes.length === 0) {
      const reasons = stays.map(({ id, why }) => `${id} (${why})`).join(", ");
      throw new ToolError(
        "invalid_input",
        `None of these images can be deleted: ${reasons}. Nothing was deleted.`,
      );
    }
    const { columns, rows } = tableOfImages(goes);
    return {
      shown: {
        will: `delete ${goes.length} ${goes.length === 1 ? "image" : "images"}`,
        cannot_be_undone: "a deleted image cannot be restored by anyone",
        gb: gigabytes(goes),
        ...(await moneyOf(goes, hcloud)),
        columns,
        rows,
        ...(stays.length > 0 && { stays }),
      },
      covered: cover(goes),
      stays: new Set(stays.map(({ id }) => id)),
    };
  },
  choose({ ids, count }, { covered, stays }) {
    if (ids === undefined && count === undefined) {
      throw new ToolError(
        "invalid_input",
        "count: say how many images the user agreed to delete. Nothing was deleted.",
      );
    }
    const foreign = (ids ?? []).filter((id) => !covered.has(id) && !stays?.has(id));
    if (foreign.length > 0) {
      throw new ToolError(
        "invalid_input",
        `ids: the code does not cover ${foreign.join(", ")}. Nothing was deleted. Leave them out, or call without confirm for a preview of all.`,
      );
    }
    const chosen = (ids ?? [...covered.keys()]).filter((id) => covered.has(id));
    if (ids === undefined && count !== chosen.length) {
      throw new ToolError(
        "invalid_input",
        `count: the code stands for ${chosen.length} images, not ${count}; ask the user again. Nothing was deleted.`,
      );
    }
    return subset(covered, chosen);
  },
  async runChosen(chosen, { keepers }, hcloud, call) {
    const outcome = await deleteMany({
      chosen,
      read: hcloud.getImage,
      remove: hcloud.deleteImage,
      keeperOf: (id) => keepers?.get(id),
      mayStart: () => !hcloud.signal.aborted && hcloud.clock.now() < call.deadline - LAST_START_MS,
      onProgress: (done, total) => call.progress(done, total, "deleting images"),
    });
    const { deleted, skipped, failed, remaining, stopped } = outcome;
    return {
      status: remaining.length + failed.length > 0 ? "incomplete" : "done",
      deleted: deleted.map(({ id }) => id),
      freed_gb: gigabytes(deleted),
      ...(deleted.length > 0 && (await moneyOf(deleted, hcloud))),
      ...(skipped.length > 0 && { skipped }),
      ...(failed.length > 0 && { failed: failed.map(({ id, error }) => ({ id, why: whyFailed(error) })) }),
      ...(remaining.length > 0 && {
        remaining: remaining.length,
        ...(stopped && { stopped: explain(stopped) }),
        ...call.plans.issue({ covered: subset(chosen, remaining), ...(keepers && { keepers }) }),
        next: `To go on, call again with this confirm and count ${remaining.length}.`,
      }),
    };
  },
});

async function readToDelete(
  id: number,
  hcloud: ImagesApi,
): Promise<{ id: number; image?: Image; why?: string }> {
  try {
    const image = await hcloud.getImage(id);
    if (image.type === "system" || image.type === "app") return { id, why: `${image.type} image of Hetzner` };
    if (image.status === "creating") return { id, why: "still being created" };
    return image.protection.delete ? { id, why: "protected" } : { id, image };
  } catch (error) {
    if (error instanceof HcloudError && error.code === "not_found") return { id, why: "not found" };
    throw error;
  }
}

function whyFailed(error: unknown): string {
  if (error instanceof HcloudError) return explain(error, true);
  return "Cancelled while it was being deleted: it may or may not be gone. Read it with hcloud_get_image.";
}

function subset(covered: Covered, ids: readonly number[]): Covered {
  return new Map(ids.map((id) => [id, covered.get(id) ?? ""]));
}
