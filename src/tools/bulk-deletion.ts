/** Deletes many images, each only while it still is what was shown; one failure does not stop the others. */

import { MAX_CONCURRENT, mapConcurrently } from "../concurrency.ts";
import { failsForEveryImage, HcloudError, isNotFound } from "../hcloud/errors.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import type { Image } from "../hcloud/types.ts";
import { describeChanges } from "../view/changes.ts";
import type { RetentionGuard } from "./retention-guard.ts";

export interface BulkDeletion {
  /** As they were shown. */
  images: readonly Image[];
  /** Reads what the images' groups are now; null when no policy selected them. */
  createGuard(): Promise<RetentionGuard | null>;
  /** Asked before each image: false when the call is cancelled or its time is up. */
  mayStart(): boolean;
  /** Called after each image that was dealt with. */
  onProgress(done: number, total: number): void;
}

export interface Deletions {
  deleted: Image[];
  skipped: { id: number; why: string }[];
  failed: { id: number; error: HcloudError }[];
  /** Nothing was done to these. */
  remaining: Image[];
  /** What would have failed for every other image too, so that no further one was started. */
  stopped: HcloudError | null;
}

/** Why an image is left alone. */
class SkipImageError extends Error {}

export async function deleteInBulk(api: ImagesApi, bulk: BulkDeletion): Promise<Deletions> {
  const { images, mayStart, onProgress } = bulk;
  const result: Deletions = { deleted: [], skipped: [], failed: [], remaining: [], stopped: null };
  let done = 0;
  let guard: RetentionGuard | null;
  try {
    guard = await bulk.createGuard();
  } catch (error) {
    if (!(error instanceof HcloudError)) throw error;
    return { ...result, remaining: [...images], stopped: error };
  }

  await mapConcurrently(images, MAX_CONCURRENT, async (image) => {
    if (result.stopped || !mayStart()) return void result.remaining.push(image);
    if (await deleteOne(image)) onProgress(++done, images.length);
  });
  return result;

  /** False when nothing was done to the image. */
  async function deleteOne(shown: Image): Promise<boolean> {
    const { id } = shown;
    const reason = guard?.reasonToKeep(id);
    if (reason) return skip(id, reason);
    const deletion = await api.deleteImage(id, {
      mismatch: (current) => whySkipped(shown, current),
      ...(guard && {
        preparations: guard.requests(id),
        preparedAt: () => guard.checkedAt(id),
        async prepare(permit) {
          const kept = await guard.check(id, permit);
          return kept === null ? null : new SkipImageError(kept);
        },
      }),
    });
    if (deletion.outcome === "done") {
      result.deleted.push(deletion.value);
      return true;
    }
    const { outcome, error } = deletion;
    if (outcome !== "unknown") guard?.release(id);
    if (error instanceof SkipImageError) return skip(id, error.message);
    if (isNotFound(error)) return skip(id, "already gone");
    if (!(error instanceof HcloudError)) throw error;
    if (error.code === "protected") return skip(id, "protected");
    if (failsForEveryImage(error)) result.stopped = error;
    if (failsForEveryImage(error) || LATER.has(error.code)) {
      result.remaining.push(shown);
      return false;
    }
    result.failed.push({ id, error });
    return true;
  }

  function skip(id: number, why: string): true {
    result.skipped.push({ id, why });
    return true;
  }
}

/** Of changes that were not sent, those for which a further call is the next step. */
const LATER = new Set(["deadline_exceeded", "cancelled", "too_slow", "stale_read"]);

function whySkipped(shown: Image, current: Image): SkipImageError | null {
  if (current.protection.delete) return new SkipImageError("protected");
  const changes = describeChanges(shown, current);
  return changes.length > 0 ? new SkipImageError(`changed since it was shown: ${changes.join("; ")}`) : null;
}
