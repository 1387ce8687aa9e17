/** What a deletion of chosen images would delete, shown before anybody agrees. */

import type { ImagesApi } from "../hcloud/images.ts";
import type { Image } from "../hcloud/types.ts";
import { ToolError } from "../tool.ts";
import { type LeftAlone, readChosen, whyNotDeletable } from "./chosen-images.ts";

export interface Deletable {
  images: Image[];
  notDeletable: LeftAlone[];
}

/** Reads the images, of which one with `keepLabel` stays. Throws {@link ToolError} when none of them can be deleted. */
export async function readDeletable(
  ids: readonly number[],
  api: ImagesApi,
  keepLabel?: string,
): Promise<Deletable> {
  const { images, leftAlone } = await readChosen(ids, api, (image) => whyNotDeletable(image, keepLabel));
  if (images.length > 0) return { images, notDeletable: leftAlone };
  const reasons = leftAlone.map(({ id, why }) => `${id} (${why})`).join(", ");
  throw new ToolError(
    "invalid_input",
    `None of these images can be deleted: ${reasons}. Nothing was deleted.`,
  );
}
