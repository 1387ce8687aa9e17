/** Delete one image that a person saw in a preview. */

import { unwrap } from "../hcloud/change.ts";
import type { Image } from "../hcloud/types.ts";
import { gigabytes } from "../housekeeping/costs.ts";
import { serverLabel } from "../housekeeping/groups.ts";
import { z } from "../schema.ts";
import { clean } from "../text.ts";
import { defineTool, ToolError } from "../tool.ts";
import { deletionWords } from "../view/code-words.ts";
import { describeDeletion, summarizeDeletion } from "../view/deletion-summary.ts";
import { describeImages } from "../view/form-lines.ts";
import { viewImage } from "../view/images.ts";
import { apiNow } from "./clock.ts";
import { savingOf } from "./money.ts";
import { sameDescription } from "./same-description.ts";
import { imageId, objectOutput, refuseUnlessOwn, whyChanged } from "./shared.ts";

/** Characters of the description in the result. */
const DESCRIPTION_CHARS = 120;

export const deleteImage = defineTool({
  name: "hcloud_delete_image",
  title: "Delete image",
  description:
    "Deletes one snapshot or backup permanently. Without confirm it asks the user by a form, or only shows the image, what its deletion saves, and other images with the same description. Never lifts protection: see hcloud_change_image_protection.",
  effect: "destructive",
  verb: "delete",
  input: z.object({ id: imageId }).strict(),
  output: z.object({ deleted: objectOutput.optional() }).passthrough(),
  async preview({ id }, api) {
    const image = await api.getImage(id);
    refuseUnlessOwn(image, "deleted");
    if (image.deleted)
      throw new ToolError("not_found", `Image ${id} has been deleted already. Nothing was sent.`);
    if (image.protection.delete) throw protectedError(id);
    return {
      words: deletionWords([image]),
      shown: {
        will: describeDeletion([image]),
        cannot_be_undone: "a deleted image cannot be restored by anyone",
        image: viewImage(image, apiNow(api)),
      },
      ...describeImages([image]),
      async details() {
        const [money, alike] = await Promise.all([savingOf(image, api), sameDescription(image, api)]);
        return {
          shown: { will: describeDeletion([image], money.saves_per_month), ...money, ...alike },
          lines: alike.same_description ? [alike.same_description.summary] : [],
        };
      },
      images: [image],
    };
  },
  async run({ id }, api, _, agreed) {
    const outcome = await api.deleteImage(id, {
      mismatch: (current) => (agreed?.[0] ? whyChanged(agreed[0], current) : protectedError(id)),
    });
    const image = unwrap(outcome);
    const money = await savingOf(image, api);
    const done = { deleted: [image], skipped: [], failed: [], remaining: [] };
    return {
      summary: summarizeDeletion(done, money.saves_per_month),
      deleted: viewDeleted(image),
      ...money,
    };
  },
});

/** What identifies the image to a person who wonders later what was deleted. */
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

function protectedError(id: number): ToolError {
  return new ToolError(
    "protected",
    `Image ${id} is protected against deletion; nothing was deleted. Only if its owner wants it gone: switch protection off with hcloud_change_image_protection (delete: false), which asks for a confirmation of its own, then delete.`,
  );
}
