/** Set and remove single labels of one or many images. */

import { explain } from "../call/explain.ts";
import { AT_ONCE, mapConcurrently } from "../concurrency.ts";
import { HcloudError } from "../hcloud/errors.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import type { Image } from "../hcloud/types.ts";
import { type LabelEdit, lostLabels, mergeLabels, sameLabels } from "../housekeeping/label-edit.ts";
import { imageIds, labelKey, labels, z } from "../schema.ts";
import { defineTool, ToolError } from "../tool.ts";
import { viewImage, viewLabels } from "../view/images.ts";
import { refuseReserved, refuseUnlessOwn } from "./images.ts";

/** How often an edit is made anew when somebody else edits the same image meanwhile. */
const MAX_TRIES = 4;

export const editImageLabels = defineTool({
  name: "hcloud_edit_image_labels",
  title: "Edit image labels",
  description:
    "Sets and removes single labels of up to 50 snapshots or backups; all other labels stay. Asks for confirmation when a value would be overwritten or a label removed. To replace a whole set use hcloud_update_image.",
  effect: "destructive",
  input: z
    .object({
      ids: imageIds(50),
      set: labels.optional().describe('e.g. {"env": "prod", "keep": ""}'),
      remove: z.array(labelKey).optional().describe("Keys"),
    })
    .strict()
    .superRefine(({ set = {}, remove = [] }, context) => {
      const fail = (message: string) => context.addIssue({ code: "custom", message });
      if (Object.keys(set).length + remove.length === 0) fail("nothing to change: give set or remove");
      for (const key of remove) if (Object.hasOwn(set, key)) fail(`"${key}" is both set and removed`);
    }),
  output: z
    .object({ columns: z.array(z.string()).optional(), rows: z.array(z.array(z.unknown())).optional() })
    .passthrough(),
  async preview(input, hcloud) {
    const edit = editOf(input);
    const images = await mapConcurrently(input.ids, AT_ONCE, hcloud.getImage);
    for (const image of images) {
      refuseUnlessOwn(image, "labelled");
      refuseReserved(mergeLabels(image.labels, edit), image);
    }
    const losers = images.filter((image) => Object.keys(lostLabels(image.labels, edit)).length > 0);
    if (losers.length === 0) return null;
    const now = hcloud.clock.now();
    return {
      shown: {
        will: `edit the labels of ${numberOf(images)}; label values are lost on ${losers.length}`,
        cannot_be_undone: "the old label values are kept nowhere",
        ...(input.set && { set: edit.set }),
        ...(input.remove && { remove: edit.remove }),
        columns: ["id", "description", "labels_lost"],
        rows: losers.map((image) => [
          image.id,
          viewImage(image, now)["description"] ?? "",
          viewLabels(lostLabels(image.labels, edit)),
        ]),
      },
      state: images.toSorted((a, b) => a.id - b.id),
    };
  },
  async run(input, hcloud, call) {
    const edit = editOf(input);
    const shown = new Map((call.shown as Image[] | undefined)?.map((image) => [image.id, image]));
    let done = 0;
    const results = await mapConcurrently(input.ids, AT_ONCE, async (id) => {
      const agreed = lostLabels(shown.get(id)?.labels ?? {}, edit);
      const result = await editOne(id, edit, agreed, hcloud).catch((error) => {
        if (error instanceof HcloudError || error instanceof ToolError) return error;
        if (hcloud.signal.aborted)
          return new ToolError("cancelled", "Cancelled: it may or may not have been changed.");
        throw error;
      });
      call.progress(++done, input.ids.length, "editing labels");
      return { id, result };
    });
    const failed = results.flatMap(({ id, result }) =>
      result instanceof Error ? [{ id, error: result }] : [],
    );
    const errors = failed.map(({ error }) => error);
    if (errors.length === results.length && areAlike(errors)) throw errors[0];
    return {
      columns: ["id", "labels"],
      rows: results.flatMap(({ id, result }) =>
        result instanceof Error ? [] : [[id, viewLabels(result.labels)]],
      ),
      ...(failed.length > 0 && {
        status: "incomplete",
        failed: failed.map(({ id, error }) => ({ id, why: explain(error, true) })),
      }),
    };
  },
});

/** Whether one of them can stand for all. */
function areAlike(errors: readonly (HcloudError | ToolError)[]): boolean {
  const codes = new Set(errors.map(({ code }) => code));
  return codes.size === 1 && (errors.length === 1 || !codes.has("outcome_unknown"));
}

const numberOf = ({ length }: readonly unknown[]) => (length === 1 ? "1 image" : `${length} images`);

function editOf({
  set = {},
  remove = [],
}: {
  set?: Record<string, string> | undefined;
  remove?: string[] | undefined;
}) {
  return { set, remove } satisfies LabelEdit;
}

/** The labels are no longer those that an edit was merged into. */
class Moved extends Error {}

/**
 * Reads, merges, writes, and reads back by beginning anew: when what is read is not what was written, somebody else wrote
 * in between, and the edit is merged into their set, until it stands. A value that nobody agreed to lose is not overwritten.
 * What somebody writes between the reading and the writing cannot be noticed: the API has no version of an image.
 */
async function editOne(
  id: number,
  edit: LabelEdit,
  agreed: Record<string, string>,
  hcloud: ImagesApi,
): Promise<Image> {
  let written: Image | undefined;
  for (let tries = 0; tries <= MAX_TRIES; tries++) {
    const image = await hcloud.getImage(id).catch((error) => {
      // The cloud has answered for the write: only what others wrote since cannot be seen.
      if (written && error instanceof HcloudError && error.code !== "not_found") return written;
      throw error;
    });
    const wanted = mergeLabels(image.labels, edit);
    if (sameLabels(wanted, image.labels)) return image;
    const unasked = Object.entries(lostLabels(image.labels, edit)).some(
      ([key, value]) => agreed[key] !== value,
    );
    if (unasked || tries === MAX_TRIES) break;
    const check = (current: Image) => {
      if (!sameLabels(current.labels, image.labels)) throw new Moved();
    };
    written = await hcloud.updateImage(id, { labels: wanted }, check).catch((error) => {
      if (!(error instanceof Moved)) throw error;
      return undefined;
    });
  }
  throw new ToolError(
    "conflict",
    `The labels of image ${id} are being changed by somebody else. Read it with hcloud_get_image and try again.`,
  );
}
