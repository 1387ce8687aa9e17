/** What a deletion of chosen images would delete, shown before anybody agrees. */

import { MAX_CONCURRENT, mapConcurrently } from "../concurrency.ts";
import { isNotFound } from "../hcloud/errors.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import type { Image } from "../hcloud/types.ts";
import { ToolError } from "../tool.ts";

export interface Deletable {
  images: Image[];
  notDeletable: { id: number; why: string }[];
}

/** Reads the images, of which one with `keepLabel` stays. Throws {@link ToolError} when none of them can be deleted. */
export async function readDeletable(
  ids: readonly number[],
  api: ImagesApi,
  keepLabel?: string,
): Promise<Deletable> {
  const found = await mapConcurrently(ids, MAX_CONCURRENT, (id) => readOne(id, api, keepLabel));
  const images = found.flatMap(({ image }) => (image ? [image] : []));
  const notDeletable = found.flatMap(({ id, why }) => (why ? [{ id, why }] : []));
  if (images.length > 0) return { images, notDeletable };
  const reasons = notDeletable.map(({ id, why }) => `${id} (${why})`).join(", ");
  throw new ToolError(
    "invalid_input",
    `None of these images can be deleted: ${reasons}. Nothing was deleted.`,
  );
}

async function readOne(
  id: number,
  api: ImagesApi,
  keepLabel?: string,
): Promise<{ id: number; image?: Image; why?: string }> {
  try {
    const image = await api.getImage(id);
    if (image.type === "system" || image.type === "app") return { id, why: `${image.type} image of Hetzner` };
    if (image.deleted) return { id, why: "already deleted" };
    if (image.status === "creating") return { id, why: "still being created" };
    if (keepLabel !== undefined && Object.hasOwn(image.labels, keepLabel))
      return { id, why: `kept by label ${keepLabel}` };
    return image.protection.delete ? { id, why: "protected" } : { id, image };
  } catch (error) {
    if (isNotFound(error)) return { id, why: "not found" };
    throw error;
  }
}
