/** Deletes many images, each only while it still is what was shown; one failure does not stop the others. */

import { digest } from "../confirm.ts";
import { HcloudError, hitsEveryImage } from "../hcloud/errors.ts";
import type { Check } from "../hcloud/images.ts";
import type { Image } from "../hcloud/types.ts";
import type { Covered } from "../plans.ts";
import { mapAtOnce } from "./at-once.ts";

/** Deletions under way at the same time. */
const AT_ONCE = 4;

export interface DeleteMany {
  chosen: Covered;
  read(id: number): Promise<Image>;
  /** `check` has to see the image before its deletion is sent a second time. */
  remove(id: number, check: Check): Promise<void>;
  /** Asked before each image: false when the call is cancelled or its time is up. */
  mayStart(): boolean;
  /** Told after each image that was dealt with. */
  onProgress(done: number, total: number): void;
}

export interface Deletions {
  deleted: Image[];
  skipped: { id: number; why: string }[];
  failed: { id: number; error: unknown }[];
  /** Nothing was done to these. */
  remaining: number[];
  /** What would have failed for every other image too, so that no further one was begun. */
  stopped: HcloudError | null;
}

/** Why an image is left alone. */
class Left extends Error {}

export async function deleteMany({
  chosen,
  read,
  remove,
  mayStart,
  onProgress,
}: DeleteMany): Promise<Deletions> {
  const outcome: Deletions = { deleted: [], skipped: [], failed: [], remaining: [], stopped: null };
  let done = 0;

  await mapAtOnce([...chosen], AT_ONCE, async ([id, shown]) => {
    if (outcome.stopped || !mayStart()) return void outcome.remaining.push(id);
    let image: Image | undefined;
    try {
      image = await read(id);
      const check = (current: Image) => leaveUnlessSame(current, shown);
      check(image);
      await remove(id, check);
      outcome.deleted.push(image);
    } catch (error) {
      const why = whyLeft(error);
      if (why) outcome.skipped.push({ id, why });
      else if (isUntouched(error, image)) return void outcome.remaining.push(id);
      else outcome.failed.push({ id, error });
    }
    onProgress(++done, chosen.size);
  });
  return outcome;

  /** Nothing was done to the image: it was only being read, there was no time, or no image can be deleted at all. */
  function isUntouched(error: unknown, image: Image | undefined): boolean {
    if (!(error instanceof HcloudError)) return image === undefined;
    if (hitsEveryImage(error)) outcome.stopped = error;
    return hitsEveryImage(error) || error.code === "deadline_exceeded";
  }
}

function leaveUnlessSame(image: Image, shown: string): void {
  if (image.protection.delete) throw new Left("protected");
  if (digest(image) !== shown) throw new Left("changed since it was shown");
}

function whyLeft(error: unknown): string | undefined {
  if (error instanceof Left) return error.message;
  return error instanceof HcloudError && error.code === "not_found" ? "already gone" : undefined;
}
