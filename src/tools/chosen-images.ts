/** Reads the images that a call names by id, and says why some of them are skipped. */

import { MAX_CONCURRENT, mapConcurrently } from "../concurrency.ts";
import { isNotFound } from "../hcloud/errors.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import type { Image } from "../hcloud/types.ts";
import { hasLabel } from "../housekeeping/bin.ts";

/** An image that is skipped; `why` is a clause. */
export interface SkippedImage {
  id: number;
  why: string;
}

/** Reads the images. Skips those that `whyNot` has a reason against, and ids that no image has. */
export async function readChosen(
  ids: readonly number[],
  api: ImagesApi,
  whyNot: (image: Image) => string | null,
): Promise<{ images: Image[]; skipped: SkippedImage[] }> {
  const found = await mapConcurrently(ids, MAX_CONCURRENT, async (id) => {
    try {
      const image = await api.getImage(id);
      const why = whyNot(image);
      return why === null ? { image } : { id, why };
    } catch (error) {
      if (isNotFound(error)) return { id, why: "not found" };
      throw error;
    }
  });
  return {
    images: found.flatMap((one) => ("image" in one ? [one.image] : [])),
    skipped: found.flatMap((one) => ("image" in one ? [] : [one])),
  };
}

/** Returns why the image cannot be deleted, or null; an image with `keepLabel` is kept. */
export function whyNotDeletable(image: Image, keepLabel?: string): string | null {
  if (image.type === "system" || image.type === "app") return `${image.type} image of Hetzner`;
  if (image.deleted) return "already deleted";
  if (image.status === "creating") return "still being created";
  if (keepLabel !== undefined && hasLabel(image, keepLabel)) return `kept by label ${keepLabel}`;
  return image.protection.delete ? "protected" : null;
}
