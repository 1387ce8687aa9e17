/** Deletes one image that a person saw in a preview. */

import { apiNow } from "../hcloud/api-time.ts";
import { unwrap } from "../hcloud/change.ts";
import type { Image } from "../hcloud/types.ts";
import { gigabytes } from "../housekeeping/costs.ts";
import { serverLabel } from "../housekeeping/groups.ts";
import { ruleAtLeast } from "../housekeeping/rules.ts";
import { z } from "../schema.ts";
import { clean } from "../text.ts";
import { defineTool } from "../tool.ts";
import { RuleError, ToolError } from "../tool-error.ts";
import { deletionWords } from "../view/code-words.ts";
import { describeDeletion, summarizeDeletion } from "../view/deletion-summary.ts";
import { describeImages } from "../view/form-lines.ts";
import { viewImage } from "../view/images.ts";
import { createDeletionGuard } from "./deletion-guard.ts";
import { preparationsBy } from "./group-guard.ts";
import { keptByRule } from "./keep-at-least.ts";
import { MAY_BE_LAST, PREVIEW_LAST_AGAIN } from "./last-guard.ts";
import { listForPreview, viewLastImages } from "./last-images.ts";
import { readImageSavings } from "./money.ts";
import { findSameDescription } from "./same-description.ts";
import { errorIfChanged, imageId, objectOutput, refuseUnlessOwn } from "./shared.ts";

/** Characters of the description in the result. */
const DESCRIPTION_CHARS = 120;

export const deleteImage = defineTool({
  name: "hcloud_delete_image",
  title: "Delete image",
  description:
    "Deletes one snapshot or backup permanently. Without confirm, asks the user by a form or returns a preview: the image, what its deletion saves, other images with the same description. Never lifts protection: use hcloud_change_image_protection.",
  effect: "destructive",
  change: "delete",
  verb: "delete",
  input: z.object({ id: imageId }).strict(),
  output: z.object({ deleted: objectOutput.optional() }).passthrough(),
  async preview({ id }, api, { rules, renames }) {
    const image = await api.getImage(id);
    refuseUnlessOwn(image, "deleted");
    if (image.deleted)
      throw new ToolError(
        "not_found",
        `Image ${id} has been deleted already. Nothing was sent. Nothing is left to do.`,
      );
    if (image.protection.delete) throw protectedError(id);
    if ((await keptByRule([image], rules, api)).has(id)) throw keptError(id, ruleAtLeast(rules));
    return {
      words: deletionWords([image]),
      shown: {
        will: describeDeletion([image]),
        cannot_be_undone: "a deleted image cannot be restored by anyone",
        image: viewImage(image, apiNow(api)),
      },
      ...describeImages([image], { isSizeStated: true }),
      async details() {
        const [money, listed] = await Promise.all([
          readImageSavings(image, api),
          image.description || image.created_from ? listForPreview(["snapshot", "backup"], api) : [],
        ]);
        const last = viewLastImages([image], listed);
        const alike = findSameDescription(image, listed, apiNow(api), renames.formerDescription);
        return {
          shown: {
            will: describeDeletion([image], money.saves_per_month),
            ...money,
            ...last.shown,
            ...alike,
          },
          warning: last.warning,
          emptied: last.emptied,
          lines: alike.same_description ? [alike.same_description.summary] : [],
        };
      },
      images: [image],
    };
  },
  async run({ id }, api, call, agreed) {
    const guard = await createDeletionGuard(agreed ?? [], undefined, call, api);
    const outcome = await api.deleteImage(id, {
      mismatch: (current) => (agreed?.[0] ? errorIfChanged(agreed[0], current) : protectedError(id)),
      ...preparationsBy(guard, id, (reason) =>
        reason === MAY_BE_LAST ? mayBeLastError(id) : keptError(id, reason),
      ),
    });
    guard.end(id, outcome.outcome);
    const image = unwrap(outcome);
    const money = await readImageSavings(image, api);
    const done = { deleted: [image], skipped: [], failed: [], remaining: [] };
    return {
      summary: summarizeDeletion(done, money.saves_per_month),
      deleted: viewDeleted(image),
      ...money,
    };
  },
});

/** Returns what identifies the image to a person who asks later what was deleted. */
function viewDeleted(image: Image) {
  const description = clean(image.description, DESCRIPTION_CHARS);
  const server = serverLabel(image);
  return {
    id: image.id,
    ...(description && { description }),
    ...(server && { server }),
    ...(image.image_size !== null && { gb: gigabytes([image]) }),
  };
}

function mayBeLastError(id: number): ToolError {
  return new ToolError(
    "conflict",
    `Image ${id} is not deleted: ${MAY_BE_LAST}. Nothing was deleted. To delete it, ${PREVIEW_LAST_AGAIN}`,
  );
}

function keptError(id: number, reason: string): RuleError {
  return new RuleError(
    reason,
    `The operator's rules keep so many images of each server (${reason}), and image ${id} is one of them. Nothing was deleted. Delete it once the server has newer images.`,
  );
}

function protectedError(id: number): ToolError {
  return new ToolError(
    "protected",
    `Image ${id} is protected against deletion; nothing was deleted. Only if its owner wants it gone: switch protection off with hcloud_change_image_protection (delete: false), which asks for a confirmation of its own, then delete.`,
  );
}
