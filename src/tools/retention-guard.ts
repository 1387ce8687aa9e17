/** Applies a plan's policy again while its images are deleted or moved to the bin, so that no group loses more than the policy allows. */

import type { ImagesApi } from "../hcloud/images.ts";
import type { OngoingDeletions } from "../hcloud/ongoing-deletions.ts";
import type { Image } from "../hcloud/types.ts";
import { matchesFilter } from "../housekeeping/filters.ts";
import { isNeededByGroup } from "../housekeeping/group-rules.ts";
import { byAge, groupKey, intoGroups } from "../housekeeping/groups.ts";
import { decide, describeReason, type Selection } from "../housekeeping/policy.ts";
import { matchesSelector, parseSelector } from "../labels.ts";
import { policyNow } from "./clock.ts";
import { createGroupGuard, type GroupGuard } from "./group-guard.ts";
import { type ImageList, readImageList } from "./image-list.ts";

/** Reads all images that the plan considered, as they are now. */
export async function readRetentionGuard(
  selection: Selection,
  ongoingDeletions: OngoingDeletions,
  api: ImagesApi,
): Promise<GroupGuard> {
  const { type, label_selector } = selection;
  const list = await readImageList({ type: [type], label_selector }, api);
  return createRetentionGuard(selection, list, ongoingDeletions, api);
}

/** Returns a guard by a list that has all images that the plan considered, and may have others. */
export function createRetentionGuard(
  { policy, type, label_selector, filter }: Selection,
  list: ImageList,
  ongoingDeletions: OngoingDeletions,
  api: ImagesApi,
): GroupGuard {
  const now = policyNow(api);
  const requirements = label_selector === undefined ? [] : parseSelector(label_selector);
  const belongsToPlan = (image: Image) =>
    image.type === type && matchesSelector(requirements, image.labels) && matchesFilter(image, filter, now);
  return createGroupGuard(
    {
      list,
      groupOf: (image) => (belongsToPlan(image) ? groupKey(image, policy.group_by) : undefined),
      judge(members) {
        const decisions = decide(members, policy, now);
        return {
          reasons: new Map(
            decisions.map(({ image, kept }) => [
              image.id,
              kept && `the policy now keeps it: ${describeReason(kept, image)}`,
            ]),
          ),
          kept: decisions.filter(({ kept }) => isNeededByGroup(kept)).map(({ image }) => image.id),
        };
      },
      reasonOutside: () => "it is no longer among the images of the plan",
      ongoingDeletions,
    },
    api,
  );
}

/**
 * Sorts by group, so that one read of a group's kept images serves several changes; the oldest first, so that the newest remain
 * if the call ends early.
 */
export function sortByGroup(images: readonly Image[], { policy }: Selection): Image[] {
  const groups = intoGroups(images, (image) => groupKey(image, policy.group_by));
  return [...groups.values()].flatMap((group) => group.toSorted((a, b) => byAge(b, a)));
}
