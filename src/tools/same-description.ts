/** Finds images with the same description: a person may mean one of them instead. */

import { apiNow } from "../hcloud/api-time.ts";
import { HcloudError } from "../hcloud/errors.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import type { Image } from "../hcloud/types.ts";
import { byAge, serverLabel } from "../housekeeping/groups.ts";
import { ageInDays } from "../view/time.ts";

const MAX_ROWS = 5;

/**
 * Returns the other snapshots and backups with exactly the image's description, the newest first, or why they are not known; an
 * empty object when there are none. Throws the signal's reason when the call was cancelled.
 */
export async function findSameDescription(
  { id, description }: Image,
  api: ImagesApi,
): Promise<{ same_description?: { summary: string } }> {
  if (description === "") return {};
  try {
    const images = await api.listAllImages({ type: ["snapshot", "backup"] }, undefined, true);
    const others = images.filter(
      (other) => other.id !== id && other.description === description && !other.deleted,
    );
    return others.length === 0 ? {} : { same_description: view(others.sort(byAge), apiNow(api)) };
  } catch (error) {
    if (!(error instanceof HcloudError)) throw error;
    return { same_description: { summary: `unknown: the images could not be listed (${error.code})` } };
  }
}

function view(others: readonly Image[], now: number): { summary: string } & Record<string, unknown> {
  const { length } = others;
  return {
    summary: `${length} other ${length === 1 ? "image has" : "images have"} the same description`,
    columns: ["id", "server", "age_days"],
    rows: others
      .slice(0, MAX_ROWS)
      .map((image) => [image.id, serverLabel(image) || null, ageInDays(image, now) ?? null]),
    ...(length > MAX_ROWS && { more: length - MAX_ROWS }),
  };
}
