/** A change of an image: what it would do, who may forbid it, and whether a response or the image shows that it was made. */

import { diffLabels } from "../label-sets.ts";
import type { ApiResponse } from "./client.ts";
import { HcloudError } from "./errors.ts";
import type { Image, ImageUpdate } from "./types.ts";

/** What a change would do to an image. */
export type ImageChange =
  | { kind: "delete" | "lift protection" }
  /** `labels` is the whole new set. */
  | { kind: "update"; labels: Record<string, string> | undefined };

/** Why a change must not be made to the image as it was read, whoever asks for it; null when it may be made. */
export type Forbid = (change: ImageChange, image: Image) => Forbidden | null;

/** `why` is a fragment of a sentence, for a list of images. */
type Forbidden = Error & { why: string };

/** The API answers a deletion with 204; anything else that looks like success came from somewhere else. */
export function assertNoContent({ status, correlationId }: ApiResponse): void {
  if (status === 204) return;
  throw new HcloudError("malformed_reply", "a deletion was not answered with 204", { status, correlationId });
}

/** A description may come back in another form; type and labels are what decides on an image. */
export function assertApplied({ type, labels }: ImageUpdate, image: Image, response: ApiResponse): void {
  if (isApplied({ type, labels }, image)) return;
  const { status, correlationId } = response;
  throw new HcloudError("malformed_reply", "the image came back without the update", {
    status,
    correlationId,
  });
}

export function isApplied({ description, type, labels }: ImageUpdate, image: Image): boolean {
  return (
    (description === undefined || description === image.description) &&
    (type === undefined || type === image.type) &&
    (labels === undefined || diffLabels(image.labels, labels).length === 0)
  );
}
