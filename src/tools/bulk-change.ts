/** Changes many images, each on its own; one failure does not stop the others. */

import { MAX_CONCURRENT, mapConcurrently } from "../concurrency.ts";
import type { Outcome } from "../hcloud/change.ts";
import { failsForEveryImage, HcloudError, isNotFound } from "../hcloud/errors.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import type { Image } from "../hcloud/types.ts";
import { type CallContext, RuleError } from "../tool.ts";
import { describeChanges } from "../view/changes.ts";
import type { SkippedImage } from "./chosen-images.ts";

export interface BulkOptions {
  /** Asked before each image: false when the call is cancelled or its time is up. */
  mayStart(): boolean;
  /** Called after each image that was dealt with. */
  onProgress(done: number, total: number): void;
}

export interface BulkResult<T> {
  changed: T[];
  skipped: SkippedImage[];
  failed: { id: number; error: HcloudError }[];
  /** Nothing was done to these. */
  remaining: Image[];
  /** What would have failed for every other image too, so that no further one was started. */
  stopped: HcloudError | null;
}

/** Why an image is left alone, as the outcome of its change. */
export class SkipImageError extends Error {}

/** No change starts later than this before the call has to be answered, in ms: it may take long to settle. */
const LAST_START_MS = 15_000;

/** Within the time of the call; `doing` is what a client that asked for progress is told. */
export function withinCall(
  { signal, clock }: ImagesApi,
  { deadline, progress }: CallContext,
  doing: string,
): BulkOptions {
  return {
    mayStart: () => !signal.aborted && clock.now() < deadline - LAST_START_MS,
    onProgress: (done, total) => progress(done, total, doing),
  };
}

export async function changeInBulk<T>(
  images: readonly Image[],
  { mayStart, onProgress }: BulkOptions,
  change: (image: Image) => Promise<Outcome<T>>,
): Promise<BulkResult<T>> {
  const result: BulkResult<T> = { changed: [], skipped: [], failed: [], remaining: [], stopped: null };
  let done = 0;
  await mapConcurrently(images, MAX_CONCURRENT, async (image) => {
    const wasDealtWith = !result.stopped && mayStart() && note(image, await change(image));
    if (wasDealtWith) onProgress(++done, images.length);
    else result.remaining.push(image);
  });
  return result;

  /** False when nothing was done to the image, for which a further call is the next step. */
  function note(image: Image, outcome: Outcome<T>): boolean {
    if (outcome.outcome === "done") {
      result.changed.push(outcome.value);
      return true;
    }
    const { id } = image;
    const { error } = outcome;
    const why = whySkipped(error);
    if (why !== null) {
      result.skipped.push({ id, why });
      return true;
    }
    if (!(error instanceof HcloudError)) throw error;
    if (failsForEveryImage(error)) result.stopped = error;
    if (failsForEveryImage(error) || CALL_AGAIN_CODES.has(error.code)) return false;
    result.failed.push({ id, error });
    return true;
  }
}

/** Of changes that were not sent, those for which a further call is the next step. */
const CALL_AGAIN_CODES = new Set(["deadline_exceeded", "cancelled", "too_slow", "stale_read"]);

function whySkipped(error: Error): string | null {
  if (error instanceof SkipImageError) return error.message;
  if (error instanceof RuleError) return error.why;
  if (isNotFound(error)) return "already gone";
  return error instanceof HcloudError && error.code === "protected" ? "protected" : null;
}

/** Null while the image is as it was shown. */
export function skipIfChanged(shown: Image, current: Image): SkipImageError | null {
  const changes = describeChanges(shown, current);
  return changes.length > 0 ? new SkipImageError(`changed since it was shown: ${changes.join("; ")}`) : null;
}

/** A call that changed nothing is not done; `left` counts the images that failed or remain. */
export function statusOf(changed: number, left: number): "incomplete" | "unchanged" | "done" {
  if (left > 0) return "incomplete";
  return changed === 0 ? "unchanged" : "done";
}
