/** Moves images to the recycle bin: a label says how long they are kept, and nothing is lost. */

import { laterNow } from "../hcloud/api-time.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import type { Image } from "../hcloud/types.ts";
import { binnedLabels, describeDueDay, dueDayAfter, isInBin } from "../housekeeping/bin.ts";
import { isAvailable } from "../housekeeping/groups.ts";
import { KEEP_LABEL } from "../label-sets.ts";
import { count, flag, imageIds, z } from "../schema.ts";
import { type CallContext, defineTool } from "../tool.ts";
import { describeStay, summarizeBinning } from "../view/bin.ts";
import {
  changeInBulk,
  previousLabels,
  SkipImageError,
  skipIfChanged,
  statusOf,
  withinCall,
} from "./bulk-change.ts";
import { readChosen, type SkippedImage, whyNotDeletable } from "./chosen-images.ts";
import { checkChoice, findPlan, selectChosen } from "./deletion-targets.ts";
import { viewRest } from "./failures.ts";
import { type GroupGuard, preparationsBy } from "./group-guard.ts";
import { readImageList } from "./image-list.ts";
import { createRetentionGuard, sortByGroup } from "./retention-guard.ts";

/** Days in the bin. */
const DEFAULT_DAYS = 7;
const MAX_DAYS = 90;

const binInput = z
  .object({
    ids: imageIds(100).optional(),
    plan: z.string().optional().describe("The confirm of a plan; ids then choose among its images"),
    except: imageIds(100, "With plan: image ids to leave out").optional(),
    count: count(100_000)
      .optional()
      .describe("Required with plan, unless with ids: number of images the user agreed to, without except"),
    days: count(MAX_DAYS).optional().describe("Days in the bin. Default 7"),
    hide: flag("Also rename all other labels, so that no selector finds the images").optional(),
  })
  .strict()
  .superRefine((input, context) => {
    const fail = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message });
    checkChoice(input, context);
    if (input.plan === undefined && input.ids && input.count !== undefined && input.count < input.ids.length)
      fail("count", "must be the number of ids. Ask the user again");
    if (input.ids !== undefined) return;
    if (input.plan === undefined)
      context.addIssue({ code: "custom", message: "ids or plan: at least one is required" });
    else if (input.count === undefined)
      fail("count", "is required with plan: the number of images the user agreed to");
  });

type BinInput = z.output<typeof binInput>;

export const binImages = defineTool({
  name: "hcloud_bin_images",
  title: "Move images to the bin",
  description:
    "Moves snapshots or backups to the recycle bin: sets a label with the last day on which they are kept. Deletes nothing; hcloud_restore_images undoes it. Skips images that are protected, labelled keep, or changed since the plan.",
  effect: "reversible",
  input: binInput,
  output: z.object({ binned: z.array(z.number()) }).passthrough(),
  async run(input, api, call) {
    const chosen: Chosen = input.plan
      ? await readPlanned(input.plan, input, api, call)
      : await readChosen(input.ids ?? [], api, whyNotBinned);
    const due = dueDayAfter(input.days ?? DEFAULT_DAYS, laterNow(api));
    const { labels, skipped } = relabel(chosen, { due, hide: input.hide ?? false }, api);
    if (labels.size > 0) call.admit(labels.size);
    if (labels.size > 0 && input.plan) call.recordChosen([...labels.keys()].map(({ id }) => id));
    const { guard } = chosen;
    const result = await changeInBulk(
      [...labels.keys()],
      withinCall(api, call, "moving images to the bin"),
      async (shown) => {
        const moved = await api.updateImage(
          shown.id,
          { labels: labels.get(shown) },
          {
            mismatch(current) {
              const why = whyNotBinned(current);
              return why === null ? skipIfChanged(shown, current) : new SkipImageError(why);
            },
            ...(guard && preparationsBy(guard, shown.id, (reason) => new SkipImageError(reason))),
          },
        );
        guard?.end(shown.id, moved.outcome);
        return moved;
      },
    );
    const binned = result.changed.map(({ before }) => before);
    const rest = { ...result, skipped: [...skipped, ...result.skipped] };
    const next = [
      rest.remaining.length > 0 && "To continue, repeat this call.",
      binned.length > 0 && describeStay(binned, due),
    ];
    return {
      summary: summarizeBinning(binned, due, rest),
      status: statusOf(binned.length, rest.failed.length + rest.remaining.length),
      due,
      binned: binned.map(({ id }) => id),
      ...viewRest(rest),
      previous: previousLabels(labels.keys(), result),
      ...(next.some(Boolean) && { next: next.filter(Boolean).join(" ") }),
    };
  },
});

interface Chosen {
  images: Image[];
  skipped: SkippedImage[];
  /** Applies the policy of a plan again; missing for images chosen by id. */
  guard?: GroupGuard | undefined;
}

function whyNotBinned(image: Image): string | null {
  if (isInBin(image)) return `already ${describeDueDay([image])}`;
  return whyNotDeletable(image, KEEP_LABEL) ?? (isAvailable(image) ? null : "not available");
}

/** Returns the labels that each image gets; skips images that cannot get them, or must not by the operator's rules. */
function relabel({ images, skipped }: Chosen, how: { due: string; hide: boolean }, api: ImagesApi) {
  const labels = new Map<Image, Record<string, string>>();
  const refused = images.flatMap((image) => {
    const next = binnedLabels(image.labels, how);
    if (typeof next === "string") return { id: image.id, why: next };
    const forbidden = api.forbid({ kind: "update", labels: next }, image);
    if (forbidden) return { id: image.id, why: forbidden.why };
    labels.set(image, next);
    return [];
  });
  return { labels, skipped: [...skipped, ...refused] };
}

/** Reads the images of a plan; skips those that have changed since the plan, or that its policy no longer selects. */
async function readPlanned(
  code: string,
  choice: BinInput,
  api: ImagesApi,
  call: CallContext,
): Promise<Chosen> {
  const plan = findPlan(code, call.codes);
  const targets = selectChosen(choice, plan, "Nothing was changed.");
  const { images: shown, notDeletable = [], excepted = [], selection } = targets;
  const list = await readImageList({ type: ["snapshot", "backup"] }, api);
  const now = new Map(list.images.map((image) => [image.id, image]));
  const guard = selection && createRetentionGuard(selection, list, call.ongoingDeletions, api);
  const images: Image[] = [];
  const skipped = [...notDeletable, ...excepted];
  for (const image of selection ? sortByGroup(shown, selection) : shown) {
    const current = now.get(image.id);
    const why = current
      ? (whyNotBinned(current) ?? skipIfChanged(image, current)?.message ?? guard?.reasonToKeep(image.id))
      : "already gone";
    if (why) skipped.push({ id: image.id, why });
    else images.push(image);
  }
  return { images, skipped, guard };
}
