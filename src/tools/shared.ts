/** What several tools share: argument and output schemas, and reasons not to touch an image. */

import { MAX_CONCURRENT, mapConcurrently } from "../concurrency.ts";
import { isNotFound } from "../hcloud/errors.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import type { Image } from "../hcloud/types.ts";
import { isBinKey } from "../housekeeping/bin.ts";
import { diffLabels, type LabelChange } from "../label-sets.ts";
import { isReservedKey } from "../labels.ts";
import { id, z } from "../schema.ts";
import { quote } from "../text.ts";
import { ToolError } from "../tool-error.ts";
import { describeChanges } from "../view/changes.ts";

export const imageId = id("Image id");

/** Any object; its JSON Schema is not `{}`, of which clients warn. */
export const objectOutput = z.object({}).passthrough() as unknown as z.ZodType<object>;

/** Rows of a table: cells are of any type. */
export const rowsOutput = z.array(z.array(z.any()));

export const tableOutput = z
  .object({
    summary: z.string(),
    columns: z.array(z.string()),
    rows: rowsOutput,
    next_page: z.number().optional(),
    as_of: z.string(),
  })
  .passthrough();

export const imageOutput = z.object({ id: z.number(), type: z.string(), status: z.string() }).passthrough();

/** Returns null while the image is as it was shown or decided on. */
export function errorIfChanged(before: Image, current: Image): ToolError | null {
  const changes = describeChanges(before, current);
  if (changes.length === 0) return null;
  return new ToolError(
    "conflict",
    `Image ${current.id} was changed by another client: ${changes.join("; ")}. Nothing was changed. Read it with hcloud_get_image, then decide again.`,
  );
}

/** Throws {@link ToolError} for system and app images, which belong to Hetzner: only these `types` can be `done` so. */
export function refuseUnlessOwn(image: Image, done: string, types = ["snapshot", "backup"]): void {
  if (image.type !== "system" && image.type !== "app") return;
  const plural = types.map((type) => `${type}s`).join(" and ");
  const list = types.map((type) => `"${type}"`).join(", ");
  throw new ToolError(
    "invalid_input",
    `Image ${image.id} is a ${image.type} image of Hetzner and cannot be ${done}; only ${plural} can. Find those with hcloud_list_images and type [${list}].`,
  );
}

/** Reads the images with these ids; `missing` are the ids without an image. Throws the API's error when no id has one. */
export async function readImages(
  ids: readonly number[],
  api: ImagesApi,
): Promise<{ images: Image[]; missing: number[] }> {
  const found = await mapConcurrently(ids, MAX_CONCURRENT, (id) =>
    api.getImage(id).catch((error: unknown) => {
      if (isNotFound(error)) return error;
      throw error;
    }),
  );
  const images = found.filter((image): image is Image => !(image instanceof Error));
  if (images.length === 0) throw found[0];
  return { images, missing: ids.filter((_, i) => found[i] instanceof Error) };
}

/**
 * Throws {@link ToolError} for a change of labels under `hetzner.cloud/`, which belong to Hetzner, or of the bin's labels, which
 * belong to its tools: no edit of labels makes an image due. Both may be sent back unchanged.
 */
export function refuseReserved(next: Record<string, string>, image: Image): void {
  const changed = reservedChange(next, image);
  if (changed === undefined) return;
  const [owner, advice] = isReservedKey(changed.key)
    ? ["hetzner.cloud/ are reserved for Hetzner", "Leave it as it is."]
    : ["bin/ belong to the recycle bin", "Use hcloud_bin_images or hcloud_restore_images."];
  throw new ToolError(
    "invalid_input",
    `Label keys under ${owner}, and ${quote(changed.key)} of image ${image.id} would be changed. Nothing was changed. ${advice}`,
  );
}

/** Returns the first reserved label that would change; undefined when none would. */
export function reservedChange(next: Record<string, string>, { labels }: Image): LabelChange | undefined {
  return diffLabels(labels, next).find(({ key }) => isReservedKey(key) || isBinKey(key));
}
