/** List, get, update and delete images. */

import { digest } from "../call/confirmation-codes.ts";
import type { Image } from "../hcloud/types.ts";
import { isReservedKey } from "../labels.ts";
import { id, labelSelector, labels, listOf, page, perPage, z } from "../schema.ts";
import { clean, quote } from "../text.ts";
import { defineTool, ToolError } from "../tool.ts";
import { nameOf, tableOfImages, viewImage, viewLabels } from "../view/images.ts";

export const imageId = id("Image id");

export const tableOutput = z.object({
  columns: z.array(z.string()),
  rows: z.array(z.array(z.unknown())),
  total: z.number().optional(),
  page: z.number(),
  next_page: z.number().optional(),
});

const imageOutput = z.object({ id: z.number(), type: z.string(), status: z.string() }).passthrough();

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
  async run(query, hcloud) {
    const { images, pagination } = await hcloud.listImages(query);
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
  async run({ id }, hcloud) {
    return viewImage(await hcloud.getImage(id), hcloud.clock.now());
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
  output: z.object({ image: imageOutput.optional() }),
  async preview({ id, description, type, labels }, hcloud) {
    if (labels === undefined && type === undefined) return null;
    const image = await hcloud.getImage(id);
    refuseUnlessOwn(image, "updated");
    const kept = labels ?? image.labels;
    refuseReserved(kept, image);
    const lost = pick(image.labels, (key) => !Object.hasOwn(kept, key));
    const overwritten = pick(image.labels, (key, value) => Object.hasOwn(kept, key) && kept[key] !== value);
    const converts = type === "snapshot" && image.type === "backup";
    const loses = losesLabels(image, kept);
    if (!converts && !loses) return null;
    const will = [
      converts && `turn backup ${id} into a snapshot, which is billed per GB and month until it is deleted`,
      labels && `replace the labels of image ${id}`,
      description !== undefined && `replace the description of image ${id}`,
    ];
    const forGood = [
      converts && "a snapshot never becomes a backup again",
      loses && "the old label values are kept nowhere",
    ];
    return {
      shown: {
        will: will.filter(Boolean).join("; "),
        cannot_be_undone: forGood.filter(Boolean).join("; "),
        image: viewImage(image, hcloud.clock.now()),
        ...(Object.keys(lost).length > 0 && { labels_lost: viewLabels(lost) }),
        ...(Object.keys(overwritten).length > 0 && { labels_overwritten: viewLabels(overwritten) }),
        ...(labels && { new_labels: labels }),
        ...(description !== undefined && { new_description: clean(description, 500) }),
      },
      state: image,
    };
  },
  async run({ id, ...update }, hcloud, { shown }) {
    const image = await hcloud.updateImage(id, update, (current) => {
      if (shown) refuseUnlessSame(current, shown);
      else if (update.labels && losesLabels(current, update.labels)) throw changedMeanwhile(id);
    });
    return { image: viewImage(image, hcloud.clock.now()) };
  },
});

export const deleteImage = defineTool({
  name: "hcloud_delete_image",
  title: "Delete image",
  description:
    "Deletes one snapshot or backup for good. Without confirm it deletes nothing and shows what would go. Never lifts protection: see hcloud_change_image_protection.",
  effect: "destructive",
  input: z.object({ id: imageId }).strict(),
  output: z.object({ deleted: z.number().optional() }),
  async preview({ id }, hcloud) {
    const image = await hcloud.getImage(id);
    refuseUnlessOwn(image, "deleted");
    if (image.protection.delete) {
      throw new ToolError(
        "protected",
        `Image ${id} is protected against deletion; nothing was deleted. Only if its owner wants it gone: switch protection off with hcloud_change_image_protection (delete: false), which asks for a confirmation of its own, then delete.`,
      );
    }
    return {
      shown: {
        will: `delete ${nameOf(image)}`,
        cannot_be_undone: "a deleted image cannot be restored by anyone",
        image: viewImage(image, hcloud.clock.now()),
      },
      state: image,
    };
  },
  async run({ id }, hcloud, { shown }) {
    await hcloud.deleteImage(id, (current) => refuseUnlessSame(current, shown));
    return { deleted: id };
  },
});

/** System and app images belong to Hetzner. */
export function refuseUnlessOwn(image: Image, done: string): void {
  if (image.type !== "system" && image.type !== "app") return;
  throw new ToolError(
    "invalid_input",
    `Image ${image.id} is a ${image.type} image of Hetzner and cannot be ${done}; only snapshots and backups can. Find those with hcloud_list_images and type ["snapshot", "backup"].`,
  );
}

/** Labels under `hetzner.cloud/` belong to Hetzner: they can be sent back as they are, and neither set nor dropped. */
export function refuseReserved(next: Record<string, string>, image: Image): void {
  const keys = [...Object.keys(next), ...Object.keys(image.labels)];
  const changed = keys.find((key) => isReservedKey(key) && image.labels[key] !== next[key]);
  if (changed === undefined) return;
  throw new ToolError(
    "invalid_input",
    `Label keys under hetzner.cloud/ are reserved for Hetzner, and ${quote(changed)} of image ${image.id} would be changed. Nothing was changed. Leave it as it is.`,
  );
}

/** Before a write is sent again: somebody may have changed the image since its preview was shown. */
function refuseUnlessSame(current: Image, shown: unknown): void {
  if (digest(current) !== digest(shown)) throw changedMeanwhile(current.id);
}

function changedMeanwhile(id: number): ToolError {
  return new ToolError(
    "conflict",
    `Image ${id} was changed by somebody else while this was being sent, and it was not sent again. Read it with hcloud_get_image, then decide anew.`,
  );
}

function losesLabels(image: Image, kept: Record<string, string>): boolean {
  return Object.entries(image.labels).some(([key, value]) => kept[key] !== value);
}

function pick(labels: Record<string, string>, wanted: (key: string, value: string) => boolean) {
  return Object.fromEntries(Object.entries(labels).filter(([key, value]) => wanted(key, value)));
}
