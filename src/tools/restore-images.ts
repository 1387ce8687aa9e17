/** Takes images out of the recycle bin again, with the labels that they had. */

import type { Image } from "../hcloud/types.ts";
import { isBinKey, isInBin, restoredLabels } from "../housekeeping/bin.ts";
import { diffLabels } from "../label-sets.ts";
import { imageIds, z } from "../schema.ts";
import { defineTool } from "../tool.ts";
import { summarizeRestoring } from "../view/bin.ts";
import { changeInBulk, previousLabels, SkipImageError, statusOf, withinCall } from "./bulk-change.ts";
import { readChosen } from "./chosen-images.ts";
import { viewRest } from "./failures.ts";

export const restoreImages = defineTool({
  name: "hcloud_restore_images",
  title: "Restore images",
  description:
    "Takes images out of the recycle bin and restores their labels. Never restores a deleted image.",
  effect: "reversible",
  input: z.object({ ids: imageIds(100) }).strict(),
  output: z.object({ restored: z.array(z.number()) }).passthrough(),
  async run({ ids }, api, call) {
    const { images, skipped } = await readChosen(ids, api, whyNotRestored);
    const result = await changeInBulk(images, withinCall(api, call, "restoring images"), ({ id, labels }) =>
      api.updateImage(
        id,
        { labels: restoredLabels(labels) as Record<string, string> },
        {
          mismatch: (current) =>
            diffLabels(labels, current.labels).length > 0
              ? new SkipImageError("its labels are being changed by another client; call again")
              : null,
        },
      ),
    );
    const restored = result.changed.map(({ before }) => before);
    const rest = { ...result, skipped: [...skipped, ...result.skipped] };
    return {
      summary: summarizeRestoring(restored, rest),
      status: statusOf(restored.length, rest.failed.length + rest.remaining.length),
      restored: restored.map(({ id }) => id),
      ...viewRest(rest),
      previous: previousLabels(images, result),
      ...(rest.remaining.length > 0 && { next: "To continue, repeat this call." }),
    };
  },
});

function whyNotRestored(image: Image): string | null {
  if (image.deleted) return "already deleted";
  if (!isInBin(image)) {
    const isHidden = Object.keys(image.labels).some(isBinKey);
    return isHidden
      ? "not in the bin: another client removed its label bin/due; add that again, with any day as its value, then restore"
      : "not in the bin";
  }
  const labels = restoredLabels(image.labels);
  return typeof labels === "string"
    ? `${labels}; remove it with hcloud_edit_image_labels, then restore`
    : null;
}
