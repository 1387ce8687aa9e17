/** List and get images. */

import { flag, id, labelSelector, listOf, oneOf, page, perPage, sortBy, text, z } from "../schema.ts";
import { defineTool } from "../tool.ts";
import { tableOfImages, viewImage } from "../view/images.ts";
import { imageId, imageOutput, tableOutput } from "./shared.ts";

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
      name: text("Exact name; only system and app images have one").optional(),
      bound_to: listOf(id("Server id"), "Backups of these servers"),
      architecture: oneOf("x86", "arm").optional().describe("Default both"),
      include_deprecated: flag("Default false").optional(),
      sort: sortBy(["id", "name", "created"], "e.g. created:desc"),
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
