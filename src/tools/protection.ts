/** Changes the protection of one or many snapshots. */

import { apiNow } from "../hcloud/api-time.ts";
import type { Image } from "../hcloud/types.ts";
import { imageIds, z } from "../schema.ts";
import { defineTool } from "../tool.ts";
import { unprotectionWords } from "../view/code-words.ts";
import { targetWords } from "../view/counts.ts";
import { describeImages } from "../view/form-lines.ts";
import { rowsOfImages, viewImage } from "../view/images.ts";
import { changeProtections } from "./bulk-protection.ts";
import { changeProtection, refuseUnprotectable } from "./protection-change.ts";
import { imageId, readImages, rowsOutput } from "./shared.ts";

/** Time that is left for sending the result, in ms. */
const ANSWER_MS = 2_000;

export const changeImageProtection = defineTool({
  name: "hcloud_change_image_protection",
  title: "Change image protection",
  description:
    "Switches the delete protection of snapshots on or off and waits until the action has ended; backups cannot be protected. Asks for confirmation before it lifts protection. Status running: use hcloud_wait_for_image.",
  effect: "destructive",
  change: "lift protection",
  isChanged: isProtected,
  verb: "lift protection",
  input: z
    .object({
      id: imageId.optional(),
      ids: imageIds(50, "Image ids, instead of id").optional(),
      delete: z.boolean().describe("true protects, false lifts protection"),
    })
    .strict()
    .refine(
      ({ id, ids }) => (id === undefined) !== (ids === undefined),
      "id or ids: exactly one is required",
    ),
  output: z
    .object({
      id: z.number().optional(),
      protection: z.object({ delete: z.boolean() }).optional(),
      columns: z.array(z.string()).optional(),
      rows: rowsOutput.optional(),
    })
    .passthrough(),
  async preview(input, api) {
    if (input.delete) return null;
    const { images, missing } = await readImages(targetsOf(input), api);
    for (const image of images) refuseUnprotectable(image, false);
    const losing = images.filter(isProtected);
    const unprotected = images.filter((image) => !isProtected(image)).map(({ id }) => id);
    const [first] = losing;
    if (!first) return null;
    const them = losing.length === 1 ? "it" : "them";
    return {
      words: unprotectionWords(losing),
      shown: {
        will: `lift the delete protection of ${targetWords(losing)}`,
        cannot_be_undone: `once unprotected, anyone with a token can delete ${them} permanently`,
        ...(input.ids ? rowsOfImages(losing, apiNow(api)) : { image: viewImage(first, apiNow(api)) }),
        ...(unprotected.length > 0 && { unprotected_already: unprotected }),
        ...(missing.length > 0 && { not_found: missing }),
      },
      ...describeImages(losing),
      images,
    };
  },
  async run({ id, ids = [], delete: wanted }, api, call, agreed) {
    const shown = new Map(agreed?.map((image) => [image.id, image]));
    const change = { wanted, shown, until: call.deadline - ANSWER_MS };
    if (id === undefined) return changeProtections(ids, change, api, call);
    return changeProtection(id, change, api, (waited, atMost) =>
      call.progress(waited, atMost, `changing the protection of image ${id}`),
    );
  },
});

function isProtected({ protection }: Image): boolean {
  return protection.delete;
}

function targetsOf({ id, ids = [] }: { id?: number | undefined; ids?: number[] | undefined }): number[] {
  return id === undefined ? ids : [id];
}
