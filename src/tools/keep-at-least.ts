/** Enforces the rule keep_at_least while images are deleted: so many available images of each server remain. */

import type { ImagesApi } from "../hcloud/images.ts";
import type { OngoingDeletions } from "../hcloud/ongoing-deletions.ts";
import type { Image, ImageQuery } from "../hcloud/types.ts";
import { keptAtLeast, type Rules, ruleAtLeast, serverGroupKey } from "../housekeeping/rules.ts";
import { createGroupGuard, type GroupGuard } from "./group-guard.ts";
import type { ImageList } from "./image-list.ts";

/** Returns the ids of the targets that the rule keeps. */
export async function keptByRule(
  targets: readonly Image[],
  rules: Rules,
  api: ImagesApi,
): Promise<Set<number>> {
  if (!rules.keep_at_least || targets.length === 0) return new Set();
  const ids = new Set(targets.map(({ id }) => id));
  const kept = keptAtLeast(await api.listAllImages(ofTypes(targets)), rules, (id) => ids.has(id));
  return new Set([...ids].filter((id) => kept.has(id)));
}

/** `list` has all images of the targets' types, as they are now. All calls of the server share `ongoingDeletions`. */
export function createRuleGuard(
  targets: readonly Image[],
  rules: Rules,
  list: ImageList,
  ongoingDeletions: OngoingDeletions,
  api: ImagesApi,
): GroupGuard {
  const byId = new Map(targets.map((image) => [image.id, image]));
  const rule = ruleAtLeast(rules);
  return createGroupGuard(
    {
      list,
      groupOf: (image) => serverGroupKey(image) ?? undefined,
      judge(members) {
        const kept = keptAtLeast(members, rules, (id) => byId.has(id));
        return {
          reasons: new Map(members.map(({ id }) => [id, kept.has(id) ? rule : null])),
          kept: [...kept],
        };
      },
      reasonOutside(id) {
        const image = byId.get(id);
        return image && serverGroupKey(image) === null
          ? null
          : "it is no longer among the images of its server";
      },
      ongoingDeletions,
    },
    api,
  );
}

/** Returns the query of all images of the same types. */
export function ofTypes(images: readonly Image[]): ImageQuery {
  return { type: [...new Set(images.map(({ type }) => type))] };
}
