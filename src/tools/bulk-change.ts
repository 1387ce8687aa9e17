/** Changes many images, each on its own; one failure does not stop the others. */

import { MAX_CONCURRENT, mapConcurrently } from "../concurrency.ts";
import type { Outcome } from "../hcloud/change.ts";
import { failsForEveryImage, HcloudError, isNotFound } from "../hcloud/errors.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import type { Image } from "../hcloud/types.ts";
import type { CallContext } from "../tool.ts";
import { RuleError } from "../tool-error.ts";
import { describeChanges } from "../view/changes.ts";
import type { SkippedImage } from "./chosen-images.ts";

export interface BulkOptions {
  /** Whether a further change may start: false when the call is cancelled or its time is up. */
  mayStart(): boolean;
  /** Reports progress after each image. */
  onProgress(done: number, total: number): void;
}

export interface BulkResult<T> {
  changed: T[];
  skipped: SkippedImage[];
  failed: { id: number; error: HcloudError }[];
  /** Images that this call did not touch. */
  remaining: Image[];
  /** Why images remain: the error that every other image would get too, otherwise the first; null when only the time was up. */
  stopped: HcloudError | null;
}

/** The reason to skip an image, as the outcome of its change. */
export class SkipImageError extends Error {}

/** Time before the call's deadline, in ms, in which no change starts: a change may take long to settle. */
const LAST_START_MS = 15_000;

/** Returns options that keep the call's deadline; `doing` is the message of progress notifications. */
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

/** Changes the images, several at the same time. Throws any error that is neither the API's nor a reason to skip an image. */
export async function changeInBulk<T>(
  images: readonly Image[],
  { mayStart, onProgress }: BulkOptions,
  change: (image: Image) => Promise<Outcome<T>>,
): Promise<BulkResult<T>> {
  const result: BulkResult<T> = { changed: [], skipped: [], failed: [], remaining: [], stopped: null };
  let done = 0;
  await mapConcurrently(images, MAX_CONCURRENT, async (image) => {
    const wasDealtWith =
      !failsForEveryImage(result.stopped) && mayStart() && note(image, await change(image));
    if (wasDealtWith) onProgress(++done, images.length);
    else result.remaining.push(image);
  });
  return result;

  /** Returns false when the image was not touched, and a further call is the next step. */
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
    else if (CALL_AGAIN_CODES.has(error.code)) {
      // A call whose time is up needs no other reason.
      if (mayStart()) result.stopped ??= error;
    } else {
      result.failed.push({ id, error });
      return true;
    }
    return false;
  }
}

/** Error codes of changes that were not sent, after which a further call is the next step. */
const CALL_AGAIN_CODES = new Set(["deadline_exceeded", "cancelled", "too_slow", "stale_read"]);

function whySkipped(error: Error): string | null {
  if (error instanceof SkipImageError) return error.message;
  if (error instanceof RuleError) return error.why;
  if (isNotFound(error)) return "already gone";
  return error instanceof HcloudError && error.code === "protected" ? "protected" : null;
}

/** Returns null while the image is as it was shown. */
export function skipIfChanged(shown: Image, current: Image): SkipImageError | null {
  const changes = describeChanges(shown, current);
  return changes.length > 0 ? new SkipImageError(`changed since it was shown: ${changes.join("; ")}`) : null;
}

/** Returns, for the audit line, the labels of those images that were changed or may have been. */
export function previousLabels(images: Iterable<Image>, { changed, failed }: BulkResult<{ before: Image }>) {
  const unknown = failed.filter(({ error }) => error.code === "outcome_unknown");
  const ids = new Set([...changed.map(({ before }) => before.id), ...unknown.map(({ id }) => id)]);
  return [...images].filter(({ id }) => ids.has(id)).map(({ id, labels }) => ({ id, labels }));
}

/** Returns the status of a call: one that changed nothing is not done. `left` counts the images that failed or remain. */
export function statusOf(changed: number, left: number): "incomplete" | "unchanged" | "done" {
  if (left > 0) return "incomplete";
  return changed === 0 ? "unchanged" : "done";
}
