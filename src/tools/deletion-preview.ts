/** Reads which of the chosen images would be deleted, before anybody agrees. */

import type { ImagesApi } from "../hcloud/images.ts";
import type { Image } from "../hcloud/types.ts";
import { BIN_FIRST, type Rules, ruleAtLeast } from "../housekeeping/rules.ts";
import { ToolError } from "../tool-error.ts";
import { readChosen, type SkippedImage } from "./chosen-images.ts";
import { keptByRule } from "./keep-at-least.ts";

/** The images that can be deleted, and the others with the reason. */
export interface Deletable {
  images: Image[];
  notDeletable: SkippedImage[];
}

interface Restrictions {
  /** Returns why an image is not deleted, as a clause; null when it may be. */
  whyNot(image: Image): string | null;
  rules: Rules;
}

/** Reads the images. Throws {@link ToolError} when none of them can be deleted. */
export async function readDeletable(
  ids: readonly number[],
  { whyNot, rules }: Restrictions,
  api: ImagesApi,
): Promise<Deletable> {
  const { images: deletable, skipped } = await readChosen(ids, api, whyNot);
  const kept = await keptByRule(deletable, rules, api);
  const images = deletable.filter(({ id }) => !kept.has(id));
  const notDeletable = [...skipped, ...[...kept].map((id) => ({ id, why: ruleAtLeast(rules) }))];
  if (images.length > 0) return { images, notDeletable };
  const reasons = notDeletable.map(({ id, why }) => `${id} (${why})`).join(", ");
  const binFirst = notDeletable.some(({ why }) => why === BIN_FIRST)
    ? " Images outside the bin can be put there with hcloud_bin_images, and deleted once their day has passed."
    : "";
  throw new ToolError(
    "invalid_input",
    `None of these images can be deleted: ${reasons}. Nothing was deleted.${binFirst} Tell the user these reasons, and ask which images to delete instead.`,
  );
}
