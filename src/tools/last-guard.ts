/** Keeps the last usable image of a server from a deletion, unless the user was told that this deletion leaves none. */

import type { ImagesApi } from "../hcloud/images.ts";
import type { OngoingDeletions } from "../hcloud/ongoing-deletions.ts";
import type { Image } from "../hcloud/types.ts";
import { byAge } from "../housekeeping/groups.ts";
import { findLastOfServers, isUsable } from "../housekeeping/last-images.ts";
import { serverGroupKey } from "../housekeeping/rules.ts";
import type { EmptiedServer } from "../tool.ts";
import { serversOf } from "../view/last-images.ts";
import { createGroupGuard, type GroupGuard } from "./group-guard.ts";
import type { ImageList } from "./image-list.ts";

/** Why an image is kept, as a clause. Another call's deletion with an unknown outcome counts as made. */
export const MAY_BE_LAST =
  "it may be the last usable image of its server, and the user was not told so of this deletion: the others are gone, cannot be used, or another call may still delete them";

/** What to do about such images. */
export const PREVIEW_LAST_AGAIN =
  "wait a minute, then call again with its id and without confirm: if it is the last one, the user is told so and asked again.";

/** Returns the keys of the targets' servers that must keep an image: those that are not in `emptied`. */
export function findServersToKeep(
  targets: readonly Image[],
  emptied: readonly EmptiedServer[] = [],
): Set<string | null> {
  const told = new Set(emptied.map(({ key }) => key));
  return new Set(
    serversOf(targets)
      .map(({ key }) => key)
      .filter((key) => !told.has(key)),
  );
}

/** `list` has all images of the targets' types, as they are now. All calls of the server share `ongoingDeletions`. */
export function createLastGuard(
  targets: readonly Image[],
  serversToKeep: ReadonlySet<string | null>,
  list: ImageList,
  ongoingDeletions: OngoingDeletions,
  api: ImagesApi,
): GroupGuard {
  const ids = new Set(targets.map(({ id }) => id));
  const listed = new Set(list.images.map(({ id }) => id));
  return createGroupGuard(
    {
      list,
      // They are gone, or the list has missed them: a list of several pages can.
      unlisted: targets.filter(({ id }) => !listed.has(id)),
      groupOf(image) {
        const key = serverGroupKey(image);
        return serversToKeep.has(key) ? key : undefined;
      },
      judge(members) {
        const usable = members.filter(isUsable).toSorted(byAge);
        const others = usable.filter(({ id }) => !ids.has(id));
        const last = findLastOfServers(usable, others);
        return {
          reasons: new Map(members.map((image) => [image.id, last.includes(image) ? MAY_BE_LAST : null])),
          kept: [...others.slice(0, 1), ...last].map(({ id }) => id),
        };
      },
      reasonOutside: () => null,
      ongoingDeletions,
    },
    api,
  );
}
