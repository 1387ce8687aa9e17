/** Deletes many images, each only while it still is what was shown; one failure does not stop the others. */

import { digest } from "../call/confirmation-codes.ts";
import type { Covered } from "../call/plans.ts";
import { AT_ONCE, mapConcurrently } from "../concurrency.ts";
import { failsForEveryImage, HcloudError } from "../hcloud/errors.ts";
import type { Check } from "../hcloud/images.ts";
import type { Image } from "../hcloud/types.ts";

export interface DeleteMany {
  chosen: Covered;
  read(id: number): Promise<Image>;
  /** `check` has to see the image before its deletion is sent a second time. */
  remove(id: number, check: Check): Promise<void>;
  /** Another image that has to be there still when this one is deleted. */
  keeperOf?(id: number): number | undefined;
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

export async function deleteMany(how: DeleteMany): Promise<Deletions> {
  const { chosen, read, remove, keeperOf, mayStart, onProgress } = how;
  const keepers = new Map<number, Promise<boolean>>();
  const outcome: Deletions = { deleted: [], skipped: [], failed: [], remaining: [], stopped: null };
  let done = 0;

  await mapConcurrently([...chosen], AT_ONCE, async ([id, shown]) => {
    if (outcome.stopped || !mayStart()) return void outcome.remaining.push(id);
    let image: Image | undefined;
    try {
      image = await read(id);
      const check = (current: Image) => leaveUnlessSame(current, shown);
      check(image);
      const keeper = keeperOf?.(id);
      if (keeper !== undefined && !(await isThere(keeper)))
        throw new Left("what was to stay of its group is gone");
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

  /** Each keeper is read once. */
  function isThere(id: number): Promise<boolean> {
    const known = keepers.get(id) ?? read(id).then(({ status }) => status === "available", missing);
    keepers.set(id, known);
    return known;
  }

  /** Nothing was done to the image: it was only being read, there was no time, or no image can be deleted at all. */
  function isUntouched(error: unknown, image: Image | undefined): boolean {
    if (!(error instanceof HcloudError)) return image === undefined;
    if (failsForEveryImage(error)) outcome.stopped = error;
    return failsForEveryImage(error) || error.code === "deadline_exceeded";
  }
}

function missing(error: unknown): boolean {
  if (error instanceof HcloudError && error.code === "not_found") return false;
  throw error;
}

function leaveUnlessSame(image: Image, shown: string): void {
  if (image.protection.delete) throw new Left("protected");
  if (digest(image) !== shown) throw new Left("changed since it was shown");
}

function whyLeft(error: unknown): string | undefined {
  if (error instanceof Left) return error.message;
  return error instanceof HcloudError && error.code === "not_found" ? "already gone" : undefined;
}
