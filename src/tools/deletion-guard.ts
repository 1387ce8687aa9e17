/** Creates what each deletion of a call is checked by, beside the image itself. */

import type { ImagesApi } from "../hcloud/images.ts";
import type { OngoingDeletions } from "../hcloud/ongoing-deletions.ts";
import type { Image } from "../hcloud/types.ts";
import type { Selection } from "../housekeeping/policy.ts";
import type { CallContext } from "../tool.ts";
import { combineGuards, createGroupGuard, type GroupGuard } from "./group-guard.ts";
import { createRuleGuard } from "./keep-at-least.ts";
import { readRetentionGuard } from "./retention-guard.ts";

/** Returns the guard of a call's deletions; `selection` is that of the plan, and undefined for images chosen by id. */
export async function createDeletionGuard(
  images: readonly Image[],
  selection: Selection | undefined,
  { rules, ongoingDeletions }: CallContext,
  api: ImagesApi,
): Promise<GroupGuard> {
  const guards = await Promise.all([
    ...(selection ? [readRetentionGuard(selection, ongoingDeletions, api)] : []),
    ...(rules.keep_at_least ? [createRuleGuard(images, rules, ongoingDeletions, api)] : []),
  ]);
  return guards.length === 0 ? announceDeletions(ongoingDeletions, api) : combineGuards(guards);
}

/** Returns a guard that passes every image, and from which the guards of other calls know that the image may be gone. */
export function announceDeletions(ongoingDeletions: OngoingDeletions, api: ImagesApi): GroupGuard {
  const none = { reasons: new Map(), kept: [] };
  const list = { query: {}, images: [], readAt: 0 };
  const nothing = { list, groupOf: () => undefined, judge: () => none };
  return createGroupGuard({ ...nothing, reasonOutside: () => null, ongoingDeletions }, api);
}
