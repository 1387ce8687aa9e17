/** Deletes many images with one code: those a person saw in a preview, or those of a plan. */

import { apiNow } from "../hcloud/api-time.ts";
import type { Image } from "../hcloud/types.ts";
import { gigabytes } from "../housekeeping/costs.ts";
import { count, imageIds, z } from "../schema.ts";
import { defineBulkTool, type EmptiedServer } from "../tool.ts";
import { ToolError } from "../tool-error.ts";
import { describeBinned } from "../view/bin.ts";
import { deletionWords } from "../view/code-words.ts";
import { describeDeletion, summarizeDeletion } from "../view/deletion-summary.ts";
import { describeImages } from "../view/form-lines.ts";
import { rowsOfImages } from "../view/images.ts";
import { statusOf, withinCall } from "./bulk-change.ts";
import { deleteInBulk } from "./bulk-deletion.ts";
import { whyNotDeletable } from "./chosen-images.ts";
import { createDeletionGuard } from "./deletion-guard.ts";
import { readDeletable } from "./deletion-preview.ts";
import { checkChoice, DELETE_TOOL, type DeletionTargets, selectChosen } from "./deletion-targets.ts";
import { viewRest } from "./failures.ts";
import { MAY_BE_LAST, PREVIEW_LAST_AGAIN } from "./last-guard.ts";
import { readLastImages } from "./last-images.ts";
import { readSavings } from "./money.ts";
import { sortByGroup } from "./retention-guard.ts";

/** Ids in one call. */
const MAX_IDS = 100;

const NOTHING = "Nothing was deleted.";

export const deleteImages = defineBulkTool({
  name: DELETE_TOOL,
  title: "Delete images",
  description:
    "Deletes many snapshots or backups permanently. Give ids for a preview, or the code of hcloud_plan_image_cleanup as confirm, with count. Skips images that were changed, protected or deleted since, or that the plan's policy no longer selects. To keep them restorable use hcloud_bin_images.",
  effect: "destructive",
  change: "delete",
  verb: "delete",
  bulk: true,
  input: z
    .object({
      ids: imageIds(MAX_IDS, "Image ids; with confirm: those to delete").optional(),
      except: imageIds(MAX_IDS, "With confirm: image ids to keep").optional(),
      count: count(100_000)
        .optional()
        .describe(
          "Number of images to delete that the user agreed to, without those in except; ask if the preview has another",
        ),
    })
    .strict()
    .superRefine(checkChoice),
  output: z
    .object({
      deleted: z.array(z.number()).optional(),
    })
    .passthrough(),
  async readTargets({ ids }, api, { rules }): Promise<DeletionTargets> {
    if (!ids) {
      throw refused(
        "ids: is required for a preview.",
        "Give ids, or a valid code as confirm with count; make a plan with hcloud_plan_image_cleanup.",
      );
    }
    const whyNot = (image: Image) =>
      whyNotDeletable(image) ?? api.forbid({ kind: "delete" }, image)?.why ?? null;
    return readDeletable(ids, { whyNot, rules }, api);
  },
  async show({ images, notDeletable = [], excepted = [] }, api) {
    const kept = [...notDeletable, ...excepted];
    const [money, last] = await Promise.all([readSavings(images, api), readLastImages(images, api)]);
    const binned = describeBinned(images);
    // The rows of a larger plan were shown with the plan, page by page.
    const rows = images.length <= MAX_IDS && rowsOfImages(images, apiNow(api));
    return {
      words: deletionWords(images),
      shown: {
        will: describeDeletion(images, money.saves_per_month),
        cannot_be_undone: "a deleted image cannot be restored by anyone",
        gb: gigabytes(images),
        ...money,
        ...last.shown,
        ...(binned && { bin: binned }),
        ...rows,
        ...(kept.length > 0 && { not_deletable: kept }),
      },
      warning: last.warning,
      emptied: last.emptied,
      ...describeImages(images, { isSizeStated: true }),
    };
  },
  selectTargets(choice, agreed: DeletionTargets) {
    if (choice.ids === undefined && choice.count === undefined) {
      throw refused(
        "count: is required with confirm.",
        "Give the number of images the user agreed to delete.",
      );
    }
    return selectChosen(choice, agreed, NOTHING);
  },
  async runBulk({ images, notDeletable = [], selection }, api, call) {
    const { skipped, ...deletions } = await deleteInBulk(api, {
      images: selection ? sortByGroup(images, selection) : images,
      createGuard: () => createDeletionGuard(images, selection, call, api),
      ...withinCall(api, call, "deleting images"),
    });
    const { deleted, failed, remaining } = deletions;
    const rest = { ...deletions, skipped: [...notDeletable, ...skipped] };
    const emptied = restrictToRemaining(call.emptied, remaining);
    const targets = { images: remaining, emptied, ...(selection && { selection }) };
    const money = deleted.length > 0 ? await readSavings(deleted, api) : {};
    return {
      summary: summarizeDeletion(rest, money.saves_per_month),
      status: statusOf(deleted.length, remaining.length + failed.length),
      deleted: deleted.map(({ id }) => id),
      freed_gb: gigabytes(deleted),
      ...money,
      ...viewRest({ changed: deleted, ...rest }),
      ...(remaining.length > 0 && {
        ...call.codes.issue(deletionWords(remaining), {
          tool: DELETE_TOOL,
          shown: targets,
          consent: call.consent,
        }),
        next: `To continue, call again with this confirm and count ${remaining.length}.`,
      }),
      ...(remaining.length === 0 &&
        skipped.some(({ why }) => why === MAY_BE_LAST) && {
          next: `To delete an image that may be the last, ${PREVIEW_LAST_AGAIN}`,
        }),
    };
  },
});

/** Returns what the user was told of servers, for the targets that remain: they agreed to lose the others as well. */
function restrictToRemaining(emptied: readonly EmptiedServer[] = [], remaining: readonly Image[]) {
  const left = new Set(remaining.map(({ id }) => id));
  return emptied.map(({ key, ids }) => ({ key, ids: ids.filter((id) => left.has(id)) }));
}

function refused(problem: string, next: string): ToolError {
  return new ToolError("invalid_input", `${problem} ${NOTHING} ${next}`);
}
