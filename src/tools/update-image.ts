/** Updates an image; a loss of labels, and a backup that becomes a snapshot, are confirmed first. */

import { apiNow } from "../hcloud/api-time.ts";
import { unwrap } from "../hcloud/change.ts";
import type { Image, ImageUpdate } from "../hcloud/types.ts";
import { diffLabels, findLabelLosses } from "../label-sets.ts";
import { labels, oneOf, z } from "../schema.ts";
import { clean } from "../text.ts";
import { defineTool } from "../tool.ts";
import { nameOf } from "../view/counts.ts";
import { describeImage, lossLine } from "../view/form-lines.ts";
import { viewImage } from "../view/images.ts";
import { viewLabels } from "../view/labels.ts";
import { readCostAsSnapshot } from "./money.ts";
import {
  errorIfChanged,
  imageId,
  imageOutput,
  objectOutput,
  refuseReserved,
  refuseUnlessOwn,
} from "./shared.ts";

export const updateImage = defineTool({
  name: "hcloud_update_image",
  title: "Update image",
  description:
    "Changes the description or labels of a snapshot or backup, or turns a backup into a snapshot. labels replaces the whole set; for single labels use hcloud_edit_image_labels. Asks for confirmation when labels would be lost or overwritten, a description cleared, or a backup becomes a snapshot.",
  effect: "destructive",
  verb: "update",
  input: z
    .object({
      id: imageId,
      description: z.string().optional().describe("New description; may be empty"),
      type: oneOf("snapshot")
        .optional()
        .describe("Turns a backup into a snapshot permanently; billed per GB"),
      labels: labels.optional().describe("New set; {} removes all labels"),
    })
    .strict()
    .refine(
      ({ description, type, labels }) =>
        description !== undefined || type !== undefined || labels !== undefined,
      {
        message: "description, type or labels: is required",
      },
    ),
  emptyTexts: ["description"],
  output: z.object({ image: imageOutput.optional(), previous: objectOutput.optional() }),
  async preview({ id, description, type, labels }, api) {
    const image = await api.getImage(id);
    refuseUnlessOwn(image, "updated");
    if (labels) refuseReserved(labels, image);
    const forbidden = api.forbid({ kind: "update", labels }, image);
    if (forbidden) throw forbidden;
    const { converts, changes, losesText } = lossesOf(image, { labels, type, description });
    if (!converts && changes.length === 0 && !losesText) return null;
    const lost = changes.filter(({ is }) => is === undefined);
    const overwritten = changes.filter(({ is }) => is !== undefined);
    const willWith = (price: string) =>
      [
        converts && `turn ${nameOf(image)} into a snapshot, which ${price} until it is deleted`,
        labels && `replace the labels of image ${id}`,
        description !== undefined &&
          `${looksEmpty(description) ? "clear" : "replace"} the description of image ${id}`,
      ]
        .filter(Boolean)
        .join("; ");
    const forGood = [
      converts && "a snapshot never becomes a backup again",
      changes.length > 0 && "the old values are kept only in the result",
      losesText &&
        "the old description is kept only in the result, as previous: up to 1,000 visible characters",
    ];
    // Short enough that a code holds all counts.
    const words = [
      converts && `turn ${nameOf(image)} into a snapshot`,
      !converts && `replace ${labels ? "labels" : "description"} of ${nameOf(image)}`,
      changes.length > 0 && `${changes.length} label ${changes.length === 1 ? "value" : "values"} lost`,
      description !== undefined && (looksEmpty(description) ? "no description" : "new description"),
    ];
    return {
      words: words.filter(Boolean).join(", "),
      shown: {
        will: willWith("is billed per GB and month"),
        cannot_be_undone: forGood.filter(Boolean).join("; "),
        image: viewImage(image, apiNow(api)),
        ...(lost.length > 0 && { labels_lost: viewPrevious(lost) }),
        ...(overwritten.length > 0 && { labels_overwritten: viewPrevious(overwritten) }),
        ...(labels && { new_labels: labels }),
        ...(description !== undefined && { new_description: clean(description, 500) }),
      },
      about: describeImage(image),
      lines: [
        ...changes.map((change) => lossLine(change)),
        ...(losesText ? [lossLine({ key: "description", was: image.description, is: description })] : []),
      ],
      ...(converts && {
        async details() {
          const money = await readCostAsSnapshot(image, api);
          const { net, currency } = money.costs_per_month ?? {};
          const will = net && willWith(`costs ${net} ${currency} a month`);
          return { shown: { ...(will && { will }), ...money } };
        },
      }),
      images: [image],
    };
  },
  async run({ id, ...update }, api, call, agreed) {
    // As the gate saw the image: a value that was not there then would be lost without consent.
    const base = agreed?.[0] ?? (await api.getKnownImage(id));
    refuseUnlessOwn(base, "updated");
    const { description } = update;
    // Another call may show a preview before this one has the response.
    const forgetRename = description === undefined ? null : call.renames.note(id, base.description);
    const outcome = await api.updateImage(id, update, {
      mismatch: (current) => errorIfChanged(base, current),
    });
    if (outcome.outcome !== "done" && outcome.outcome !== "unknown") forgetRename?.();
    if (outcome.outcome === "unknown") Object.assign(outcome.error, previousOf(base, update));
    const { image, before } = unwrap(outcome);
    return { image: viewImage(image, apiNow(api)), ...previousOf(before, update) };
  },
});

/** Returns the label values that the update would remove or overwrite, and whether it ends a backup or loses a description. */
function lossesOf(image: Image, { labels = image.labels, type, description }: ImageUpdate) {
  const old = image.description;
  // MCP clients fill in "" for arguments that the model omitted.
  const isCleared = description !== undefined && looksEmpty(description) && !looksEmpty(old);
  const isKept = description === undefined || description === old || clean(old, MAX_PREVIOUS_CHARS) === old;
  return {
    changes: findLabelLosses(image.labels, labels),
    converts: type === "snapshot" && image.type !== "snapshot",
    losesText: isCleared || !isKept,
  };
}

const looksEmpty = (text: string) => clean(text, MAX_PREVIOUS_CHARS).trim() === "";

/** Characters of a previous description, which the result reports so that it can be restored. */
const MAX_PREVIOUS_CHARS = 1_000;

/** Returns what the update replaced, so that it can be undone. */
function previousOf(before: Image, { description, labels, type }: ImageUpdate) {
  const previous = {
    ...(description !== undefined &&
      before.description !== description && { description: clean(before.description, MAX_PREVIOUS_CHARS) }),
    ...(labels !== undefined &&
      diffLabels(before.labels, labels).length > 0 && { labels: viewLabels(before.labels) }),
    ...(type !== undefined && before.type !== type && { type: before.type }),
  };
  return Object.keys(previous).length > 0 ? { previous } : {};
}

function viewPrevious(changes: { key: string; was: string | undefined }[]): Record<string, string> {
  return viewLabels(Object.fromEntries(changes.map(({ key, was }) => [key, was ?? ""])));
}
