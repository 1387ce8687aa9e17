/** Creates what each deletion of a call is checked by, beside the image itself. */

import type { ImagesApi } from "../hcloud/images.ts";
import type { OngoingDeletions } from "../hcloud/ongoing-deletions.ts";
import type { Image } from "../hcloud/types.ts";
import type { Selection } from "../housekeeping/policy.ts";
import type { CallContext } from "../tool.ts";
import { hasServer } from "../view/last-images.ts";
import { combineGuards, createGroupGuard, type GroupGuard } from "./group-guard.ts";
import { readImageList } from "./image-list.ts";
import { createRuleGuard, ofTypes } from "./keep-at-least.ts";
import { createLastGuard, findServersToKeep } from "./last-guard.ts";
import { readRetentionGuard } from "./retention-guard.ts";

/** Returns the guard of a call's deletions; `selection` is that of the plan, and undefined for images chosen by id. */
export async function createDeletionGuard(
  images: readonly Image[],
  selection: Selection | undefined,
  { rules, ongoingDeletions, emptied }: CallContext,
  api: ImagesApi,
): Promise<GroupGuard> {
  const serversToKeep = findServersToKeep(selection && seesServers(selection) ? [] : images, emptied);
  if (!rules.keep_at_least && serversToKeep.size === 0) {
    if (selection) return readRetentionGuard(selection, ongoingDeletions, api);
    return announceDeletions(ongoingDeletions, api);
  }
  const [list, ...retention] = await Promise.all([
    readImageList(ofTypes(rules.keep_at_least ? images : images.filter(hasServer)), api),
    ...(selection ? [readRetentionGuard(selection, ongoingDeletions, api)] : []),
  ]);
  return combineGuards([
    ...retention,
    ...(rules.keep_at_least ? [createRuleGuard(images, rules, list, ongoingDeletions, api)] : []),
    ...(serversToKeep.size > 0 ? [createLastGuard(images, serversToKeep, list, ongoingDeletions, api)] : []),
  ]);
}

/**
 * Whether the policy, which applies again before each deletion, considers all images of a server or keeps one of those it considers.
 * A server has the name that it had when its image was created.
 */
function seesServers({ policy, label_selector, filter }: Selection): boolean {
  const filters = [label_selector, filter.description_contains, filter.server];
  const isPartial = filters.some((value) => value !== undefined);
  return !isPartial || (policy.group_by === "server" && !policy.allow_empty_groups);
}

/** Returns a guard that passes every image, and from which the guards of other calls know that the image may be gone. */
export function announceDeletions(ongoingDeletions: OngoingDeletions, api: ImagesApi): GroupGuard {
  const none = { reasons: new Map(), kept: [] };
  const list = { query: {}, images: [], readAt: 0 };
  const nothing = { list, groupOf: () => undefined, judge: () => none };
  return createGroupGuard({ ...nothing, reasonOutside: () => null, ongoingDeletions }, api);
}
