/** Deletes many images, each only while it still is what was shown. */

import { HcloudError } from "../hcloud/errors.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import type { Image } from "../hcloud/types.ts";
import {
  type BulkOptions,
  type BulkResult,
  changeInBulk,
  SkipImageError,
  skipIfChanged,
} from "./bulk-change.ts";
import { type GroupGuard, preparationsBy } from "./group-guard.ts";

export interface BulkDeletion extends BulkOptions {
  /** The images as they were shown. */
  images: readonly Image[];
  /** Reads the images' groups as they are now. */
  createGuard(): Promise<GroupGuard>;
}

export interface Deletions extends Omit<BulkResult<Image>, "changed"> {
  deleted: Image[];
}

/** Deletes the images. When their groups cannot be read, all images remain, and `stopped` is the API's error. */
export async function deleteInBulk(api: ImagesApi, bulk: BulkDeletion): Promise<Deletions> {
  const { images, createGuard, ...options } = bulk;
  let guard: GroupGuard;
  try {
    guard = await createGuard();
  } catch (error) {
    if (!(error instanceof HcloudError)) throw error;
    return { deleted: [], skipped: [], failed: [], remaining: [...images], stopped: error };
  }

  const { changed: deleted, ...rest } = await changeInBulk(images, options, async (shown) => {
    const { id } = shown;
    const reason = guard.reasonToKeep(id);
    if (reason) return { outcome: "refused", error: new SkipImageError(reason) };
    const deletion = await api.deleteImage(id, {
      mismatch: (current) =>
        current.protection.delete ? new SkipImageError("protected") : skipIfChanged(shown, current),
      ...preparationsBy(guard, id, (reason) => new SkipImageError(reason)),
    });
    guard.end(id, deletion.outcome);
    return deletion;
  });
  return { deleted, ...rest };
}
