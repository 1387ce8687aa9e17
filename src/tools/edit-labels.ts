/** Sets and removes single labels of one or many images. */

import { MAX_CONCURRENT, mapConcurrently } from "../concurrency.ts";
import { unwrap } from "../hcloud/change.ts";
import { HcloudError, isNotFound } from "../hcloud/errors.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import type { Image } from "../hcloud/types.ts";
import { diffLabels, findLabelLosses, type LabelEdit, mergeLabels, pickLostLabels } from "../label-sets.ts";
import { imageIds, labelKeys, labels, z } from "../schema.ts";
import { clean, quote } from "../text.ts";
import { defineTool } from "../tool.ts";
import { ToolError } from "../tool-error.ts";
import { targetWords } from "../view/counts.ts";
import { describeImage, lossesLine, lossLine } from "../view/form-lines.ts";
import { viewLabels } from "../view/labels.ts";
import { type Failure, failureOf, viewFailures } from "./failures.ts";
import {
  errorIfChanged,
  readImages,
  refuseReserved,
  refuseUnlessOwn,
  reservedChange,
  rowsOutput,
} from "./shared.ts";

/** Number of times that an edit is merged again when another client edits the same image. */
const MAX_TRIES = 4;

/** Characters of a description in a preview. */
const DESCRIPTION_CHARS = 120;

export const editImageLabels = defineTool({
  name: "hcloud_edit_image_labels",
  title: "Edit image labels",
  description:
    "Sets and removes single labels of snapshots or backups; keeps all other labels. Asks for confirmation when a value would be overwritten or a label removed. To replace a whole set use hcloud_update_image.",
  effect: "destructive",
  verb: "overwrite",
  input: z
    .object({
      ids: imageIds(50),
      set: labels.optional().describe('Labels to set, e.g. {"env": "prod", "keep": ""}'),
      remove: labelKeys("Label keys to remove"),
    })
    .strict()
    .superRefine(({ set = {}, remove = [] }, context) => {
      const fail = (message: string) => context.addIssue({ code: "custom", message });
      if (Object.keys(set).length + remove.length === 0) fail("set or remove: is required");
      for (const key of remove)
        if (Object.hasOwn(set, key)) fail(`remove: must not contain ${quote(key)}, which set contains`);
    }),
  output: z
    .object({
      columns: z.array(z.string()).optional(),
      rows: rowsOutput.optional(),
    })
    .passthrough(),
  async preview(input, api) {
    const edit = editOf(input);
    const { images, missing } = await readImages(input.ids, api);
    for (const image of images) {
      refuseUnlessOwn(image, "labelled");
      const labels = mergeLabels(image.labels, edit);
      refuseReserved(labels, image);
      const forbidden = api.forbid({ kind: "update", labels }, image);
      if (forbidden) throw forbidden;
    }
    const losing = images.filter((image) => Object.keys(lostBy(edit, image)).length > 0);
    if (losing.length === 0) return null;
    const lost = images.length === 1 ? "values are lost" : `values are lost on ${losing.length}`;
    return {
      words: `edit labels of ${targetWords(images)}, ${lost}`,
      shown: {
        will: `edit the labels of ${targetWords(images)}; ${lost}`,
        cannot_be_undone: "the old values are kept only in the result",
        ...(input.set && { set: edit.set }),
        ...(input.remove && { remove: edit.remove }),
        columns: ["id", "description", "labels_lost"],
        rows: losing.map((image) => [
          image.id,
          clean(image.description, DESCRIPTION_CHARS),
          viewLabels(lostBy(edit, image)),
        ]),
        ...(missing.length > 0 && { not_found: missing }),
      },
      ...describeLosses(images, losing, edit),
      images,
    };
  },
  async run(input, api, call, agreed) {
    const edit = editOf(input);
    const shown = new Map(agreed?.map((image) => [image.id, image]));
    let done = 0;
    const results = await mapConcurrently(input.ids, MAX_CONCURRENT, async (id) => {
      const trace: Trace = { lost: {}, isWritten: false };
      const result = await editOne(id, edit, shown.get(id), trace, api).catch((error) =>
        failureOf(error, api),
      );
      call.progress(++done, input.ids.length, "editing labels");
      return { id, result, ...trace };
    });
    const failed = results.flatMap(({ id, result }) =>
      result instanceof Error ? [{ id, error: result }] : [],
    );
    const errors = failed.map(({ error }) => error);
    const losing = results.filter(({ lost }) => Object.keys(lost).length > 0);
    const edited = results.filter(isEdited).map(({ id }) => id);
    // An error alone would hide a write, also from the audit line.
    const isWhole = edited.length === 0 && losing.length === 0;
    if (isWhole && errors.length === results.length && areAlike(errors)) throw errors[0];
    const isUnchanged = failed.length === 0 && !results.some(({ isWritten }) => isWritten);
    return {
      ...(isUnchanged && { status: "unchanged" }),
      columns: ["id", "labels"],
      rows: results.flatMap(({ id, result }) =>
        result instanceof Error ? [] : [[id, viewLabels(result.labels)]],
      ),
      edited,
      ...(losing.length > 0 && {
        previous: losing.map(({ id, lost }) => ({ id, labels: viewLabels(lost) })),
      }),
      ...(failed.length > 0 && {
        status: "incomplete",
        failed: viewFailures(failed),
      }),
    };
  },
});

/** Whether a write of the image was certainly made, whatever another client did after it. */
function isEdited({ isWritten, result }: Trace & { result: Image | Failure["error"] }): boolean {
  return isWritten && !(result instanceof Error && result.code === "outcome_unknown");
}

/** Whether one of the errors is true for all images; a tool's own error names its image. */
function areAlike(errors: readonly Failure["error"][]): boolean {
  const codes = new Set(errors.map(({ code }) => code));
  if (errors.length === 1) return true;
  return codes.size === 1 && !codes.has("outcome_unknown") && errors[0] instanceof HcloudError;
}

interface EditInput {
  set?: Record<string, string> | undefined;
  remove?: string[] | undefined;
}

function editOf({ set = {}, remove = [] }: EditInput): LabelEdit {
  return { set, remove };
}

/** Returns the label values of the image that the edit would remove or overwrite. */
function lostBy(edit: LabelEdit, { labels }: Image): Record<string, string> {
  return pickLostLabels(labels, mergeLabels(labels, edit));
}

/** Returns what images lose: a line for each value of one image, or a line for each of several images that loses any. */
function describeLosses(images: readonly Image[], losing: readonly Image[], edit: LabelEdit) {
  const lossesOf = ({ labels }: Image) => findLabelLosses(labels, mergeLabels(labels, edit));
  const [only] = images;
  if (images.length === 1 && only)
    return { about: describeImage(only), lines: lossesOf(only).map((loss) => lossLine(loss)) };
  return { lines: losing.map((image) => lossesLine(image, lossesOf(image))) };
}

/** What was done to an image, however its edit ended. */
interface Trace {
  lost: Record<string, string>;
  /** Whether a write was sent that did not certainly fail. */
  isWritten: boolean;
}

/** The labels are no longer those that an edit was merged into. */
class LabelsChangedError extends Error {}

/**
 * Reads, merges, writes and reads again until the image has the edit: when another client wrote in between, the edit is merged into
 * that client's labels. Removes or overwrites a value only while the image is as it was `shown`. `trace.lost` gets the values that
 * the writes removed or overwrote, or may have.
 */
async function editOne(
  id: number,
  edit: LabelEdit,
  shown: Image | undefined,
  trace: Trace,
  api: ImagesApi,
): Promise<Image> {
  let written: Image | undefined;
  for (let tries = 0; tries <= MAX_TRIES; tries++) {
    const image = await api.getImage(id).catch((error) => {
      if (!written || !(error instanceof HcloudError || api.signal.aborted)) throw error;
      if (isNotFound(error)) throw deletedAfterEdit(id);
      // The API has confirmed the write: only later writes of other clients are unknown.
      return written;
    });
    const wanted = mergeLabels(image.labels, edit);
    // Another client may have restored the image, since the preview or since the write.
    if (written && reservedChange(wanted, image)) break;
    refuseReserved(wanted, image);
    if (diffLabels(image.labels, wanted).length === 0) return image;
    const loses = lostBy(edit, image);
    const isLosing = Object.keys(loses).length > 0;
    const conflict = isLosing && shown ? errorIfChanged(shown, image) : null;
    if (conflict && !written) throw conflict;
    if (conflict || (isLosing && !shown) || tries === MAX_TRIES) break;
    const outcome = await api.updateImage(
      id,
      { labels: wanted },
      {
        mismatch(current) {
          if (isLosing) return errorIfChanged(image, current);
          return diffLabels(image.labels, current.labels).length > 0 ? new LabelsChangedError() : null;
        },
      },
    );
    if (outcome.outcome === "refused" && outcome.error instanceof LabelsChangedError) continue;
    // What fails is only the repair of an edit that was made.
    if (written && outcome.outcome !== "done" && outcome.outcome !== "unknown") break;
    if (outcome.outcome === "done" || outcome.outcome === "unknown") {
      Object.assign(trace.lost, loses);
      trace.isWritten = true;
    }
    written = unwrap(outcome).image;
  }
  throw new ToolError(
    "conflict",
    `The labels of image ${id} are being changed by another client. ${written ? "The edit was made, and it may have been overwritten." : "Nothing was changed."} Read the image with hcloud_get_image and try again.`,
  );
}

function deletedAfterEdit(id: number): ToolError {
  return new ToolError(
    "not_found",
    `The labels of image ${id} were edited, and then another client deleted the image.`,
  );
}
