/** A change of an image: what it would do, why it is forbidden, and whether a response or the image shows that it was made. */

import { diffLabels } from "../label-sets.ts";
import type { ApiResponse } from "./client.ts";
import { HcloudError } from "./errors.ts";
import type { Image, ImageUpdate } from "./types.ts";

/** A change of an image by its effect. */
export type ImageChange =
  | { kind: "delete" | "lift protection" | "protect" }
  /** `labels` is the whole new set; undefined when the labels are not changed. */
  | { kind: "update"; labels: Record<string, string> | undefined };

/** Returns why a change of the image, as it was read, is forbidden for everybody; null when it is allowed. */
export type Forbid = (change: ImageChange, image: Image) => Forbidden | null;

/** The reason of a forbidden change; `why` is a fragment of a sentence, for a list of images. */
type Forbidden = Error & { why: string };

/** Throws `malformed_reply` unless the status is 204: any other success does not come from the API. */
export function assertNoContent({ status, correlationId }: ApiResponse): void {
  if (status === 204) return;
  throw new HcloudError("malformed_reply", "a deletion was not answered with 204", { status, correlationId });
}

/** Throws `malformed_reply` unless the image has the new type and labels. The API may return a description in another form. */
export function assertApplied({ type, labels }: ImageUpdate, image: Image, response: ApiResponse): void {
  if (isApplied({ type, labels }, image)) return;
  const { status, correlationId } = response;
  throw new HcloudError("malformed_reply", "the image came back without the update", {
    status,
    correlationId,
  });
}

/** Whether the image has all values of the update. */
export function isApplied({ description, type, labels }: ImageUpdate, image: Image): boolean {
  return (
    (description === undefined || description === image.description) &&
    (type === undefined || type === image.type) &&
    (labels === undefined || diffLabels(image.labels, labels).length === 0)
  );
}
