/** List, get, update and delete images. */

import { unwrap } from "../hcloud/change.ts";
import type { Image, ImageUpdate } from "../hcloud/types.ts";
import { labelsDiff } from "../label-sets.ts";
import { id, labelSelector, labels, listOf, page, perPage, z } from "../schema.ts";
import { clean } from "../text.ts";
import { defineTool, ToolError } from "../tool.ts";
import { deletionWords } from "../view/code-words.ts";
import { nameOf, tableOfImages, viewImage, viewLabels } from "../view/images.ts";
import {
  imageId,
  imageOutput,
  objectOutput,
  refuseReserved,
  refuseUnlessOwn,
  tableOutput,
  whyChanged,
} from "./shared.ts";

export const listImages = defineTool({
  name: "hcloud_list_images",
  title: "List images",
  description:
    "Lists images: snapshots, backups, system and app images. Returns one page as a table {columns, rows, total, page, next_page}; columns without any value are left out, sizes are GB. Snapshots and backups have no name, only a description; the OS is shown by hcloud_get_image. Read on while next_page is given.",
  effect: "read",
  input: z
    .object({
      type: listOf(z.enum(["system", "app", "snapshot", "backup"]), "Default all"),
      status: listOf(z.enum(["available", "creating", "unavailable"]), "Default all"),
      label_selector: labelSelector.optional().describe("e.g. env=prod,!keep or env in (a,b)"),
      name: z
        .string()
        .min(1, "must not be empty")
        .optional()
        .describe("Exact name; only system and app images have one"),
      bound_to: listOf(id("Server id"), "Backups of these servers"),
      architecture: z.enum(["x86", "arm"]).optional().describe("Default both"),
      include_deprecated: z.boolean().optional().describe("Default false"),
      sort: listOf(
        z
          .string()
          .regex(
            /^(id|name|created)(:(asc|desc))?$/,
            "must be id, name or created, with :asc or :desc if you like",
          ),
        "e.g. created:desc",
      ),
      page,
      per_page: perPage,
    })
    .strict(),
  output: tableOutput,
  async run(query, api) {
    const { images, pagination } = await api.listImages(query);
    return tableOfImages(images, pagination);
  },
});

export const getImage = defineTool({
  name: "hcloud_get_image",
  title: "Get image",
  description:
    "Returns one image with all its fields; null, empty and false ones are left out, sizes are GB.",
  effect: "read",
  input: z.object({ id: imageId }).strict(),
  output: imageOutput,
  async run({ id }, api) {
    return viewImage(await api.getImage(id), api.clock.wall());
  },
});

export const updateImage = defineTool({
  name: "hcloud_update_image",
  title: "Update image",
  description:
    "Changes the description or labels of a snapshot or backup, or turns a backup into a snapshot. labels replaces the whole set: to add one, send the old ones too. Asks for confirmation when labels would be lost or overwritten, or a backup becomes a snapshot.",
  effect: "destructive",
  input: z
    .object({
      id: imageId,
      description: z.string().optional(),
      type: z
        .literal("snapshot")
        .optional()
        .describe("Turns a backup into a snapshot, for good; billed per GB"),
      labels: labels.optional().describe("The whole new set; {} removes all"),
    })
    .strict()
    .refine(
      ({ description, type, labels }) =>
        description !== undefined || type !== undefined || labels !== undefined,
      {
        message: "nothing to change: give description, type or labels",
      },
    ),
  output: z.object({ image: imageOutput.optional(), previous: objectOutput.optional() }),
  async preview({ id, description, type, labels }, api) {
    if (labels === undefined && type === undefined) return null;
    const image = await api.getImage(id);
    refuseUnlessOwn(image, "updated");
    if (labels) refuseReserved(labels, image);
    const { converts, changes } = lossesOf(image, { labels, type });
    if (!converts && changes.length === 0) return null;
    const lost = changes.filter(({ is }) => is === undefined);
    const overwritten = changes.filter(({ is }) => is !== undefined);
    const will = [
      converts &&
        `turn ${nameOf(image)} into a snapshot, which is billed per GB and month until it is deleted`,
      labels && `replace the labels of image ${id}`,
      description !== undefined && `replace the description of image ${id}`,
    ];
    const forGood = [
      converts && "a snapshot never becomes a backup again",
      changes.length > 0 && "the old label values are kept only in the result, as previous",
    ];
    // Short enough that a code holds all counts.
    const words = [
      converts ? `turn ${nameOf(image)} into a snapshot` : `replace labels of ${nameOf(image)}`,
      changes.length > 0 && `${changes.length} label ${changes.length === 1 ? "value" : "values"} lost`,
      description !== undefined && "new description",
    ];
    return {
      words: words.filter(Boolean).join(", "),
      shown: {
        will: will.filter(Boolean).join("; "),
        cannot_be_undone: forGood.filter(Boolean).join("; "),
        image: viewImage(image, api.clock.wall()),
        ...(lost.length > 0 && { labels_lost: viewPrevious(lost) }),
        ...(overwritten.length > 0 && { labels_overwritten: viewPrevious(overwritten) }),
        ...(labels && { new_labels: labels }),
        ...(description !== undefined && { new_description: clean(description, 500) }),
      },
      images: [image],
    };
  },
  async run({ id, ...update }, api, _, agreed) {
    const base = agreed?.[0] ?? (await api.recentImage(id));
    refuseUnlessOwn(base, "updated");
    const { converts, changes } = lossesOf(base, update);
    // Nothing was lost when the gate looked: nobody has agreed to what would be lost now.
    if (!agreed && (converts || changes.length > 0)) {
      throw new ToolError(
        "conflict",
        `Image ${id} was changed by another client during this call. Nothing was changed. Call again for a preview.`,
      );
    }
    const outcome = await api.updateImage(id, update, { mismatch: (current) => whyChanged(base, current) });
    const { image, before } = unwrap(outcome);
    return { image: viewImage(image, api.clock.wall()), ...previousOf(before, update) };
  },
});

/** The label values that the update would remove or overwrite, and whether it ends a backup. */
function lossesOf(image: Image, { labels = image.labels, type }: ImageUpdate) {
  return {
    changes: labelsDiff(image.labels, labels).filter(({ was }) => was !== undefined),
    converts: type === "snapshot" && image.type !== "snapshot",
  };
}

/** Characters of a description that is told so that it can be restored. */
const MAX_PREVIOUS_CHARS = 1_000;

/** What the update replaced, so that it can be undone. */
function previousOf(before: Image, { description, labels, type }: ImageUpdate) {
  const previous = {
    ...(description !== undefined &&
      before.description !== description && { description: clean(before.description, MAX_PREVIOUS_CHARS) }),
    ...(labels !== undefined &&
      labelsDiff(before.labels, labels).length > 0 && { labels: viewLabels(before.labels) }),
    ...(type !== undefined && before.type !== type && { type: before.type }),
  };
  return Object.keys(previous).length > 0 ? { previous } : {};
}

function viewPrevious(changes: { key: string; was: string | undefined }[]): Record<string, string> {
  return viewLabels(Object.fromEntries(changes.map(({ key, was }) => [key, was ?? ""])));
}

export const deleteImage = defineTool({
  name: "hcloud_delete_image",
  title: "Delete image",
  description:
    "Deletes one snapshot or backup for good. Without confirm it deletes nothing and shows what would go. Never lifts protection: see hcloud_change_image_protection.",
  effect: "destructive",
  input: z.object({ id: imageId }).strict(),
  output: z.object({ deleted: z.number().optional() }),
  async preview({ id }, api) {
    const image = await api.getImage(id);
    refuseUnlessOwn(image, "deleted");
    if (image.protection.delete) throw protectedError(id);
    return {
      words: deletionWords([image]),
      shown: {
        will: `delete ${nameOf(image)}`,
        cannot_be_undone: "a deleted image cannot be restored by anyone",
        image: viewImage(image, api.clock.wall()),
      },
      images: [image],
    };
  },
  async run({ id }, api, _, agreed) {
    const outcome = await api.deleteImage(id, {
      mismatch: (current) => (agreed?.[0] ? whyChanged(agreed[0], current) : protectedError(id)),
    });
    unwrap(outcome);
    return { deleted: id };
  },
});

function protectedError(id: number): ToolError {
  return new ToolError(
    "protected",
    `Image ${id} is protected against deletion; nothing was deleted. Only if its owner wants it gone: switch protection off with hcloud_change_image_protection (delete: false), which asks for a confirmation of its own, then delete.`,
  );
}
