/** Decides again on each image of a bulk deletion, by its group as it is now: other clients may change images after the plan. */

import type { Outcome } from "../hcloud/change.ts";
import { HcloudError } from "../hcloud/errors.ts";
import type { ChangeGuards, ImagesApi } from "../hcloud/images.ts";
import { type OngoingDeletions, SETTLE_MS } from "../hcloud/ongoing-deletions.ts";
import type { Permit } from "../hcloud/request-queue.ts";
import type { Image } from "../hcloud/types.ts";
import { describeChanges } from "../view/changes.ts";
import { createRereader, type ImageList } from "./image-list.ts";

/** Age of a read, in ms, after which an image that is kept for its group is read again. */
const MAX_AGE_MS = 1_000;

/** Number of times that kept images are read again before one deletion, as other images are deleted or reads age. */
const MAX_ROUNDS = 5;

/** The time of a read that was not made. */
const NEVER = Number.NEGATIVE_INFINITY;

/** The images of one group. */
interface Group {
  name: string | null;
  members: Map<number, { image: Image; readAt: number }>;
  /** What is decided on the members; null when they have changed. */
  verdict: Verdict | null;
  /** Why this call deletes no further image of the group; null while it may. */
  tooSlow: HcloudError | null;
}

interface Verdict {
  /** By id: why the image is kept, null when it may be deleted. */
  reasons: ReadonlyMap<number, string | null>;
  /** Ids of the images that are kept for the group. */
  kept: readonly number[];
}

/** The check of each deletion of a call by the images of its group. */
export interface GroupGuard {
  /** Returns why the image is not deleted although a person agreed; null while nothing speaks against the deletion. */
  reasonToKeep(id: number): string | null;
  /**
   * Returns the same, after all images that the decision depends on have been read within the last second. From then on, the image
   * no longer counts as kept for others: its deletion may take effect at any time.
   */
  check(id: number, permit: Permit): Promise<string | null>;
  /** When `check` last found everything fresh, in the clock's ms. */
  checkedAt(id: number): number | undefined;
  /** Number of requests that `check` may need. */
  requests(id: number): number;
  /** Gets the outcome of each deletion: after one that was certainly not made, the image counts as before. */
  end(id: number, outcome: Outcome<unknown>["outcome"]): void;
}

/** How images are grouped, and how a group is decided on. */
export interface Grouping {
  /** All images that the groups are made of. */
  list: ImageList;
  /** Images that the list lacks, as they were before; each is read before a decision rests on it. */
  unlisted?: readonly Image[];
  /** The group of an image; undefined when it is in none of them. */
  groupOf(image: Image): string | null | undefined;
  judge(members: readonly Image[]): Verdict;
  /** Returns why an image outside the groups is kept; null when it may be deleted. */
  reasonOutside(id: number): string | null;
  /** Shared by all calls of the server. */
  ongoingDeletions: OngoingDeletions;
}

/** Returns a guard whose `check` throws {@link HcloudError} `too_slow` when the kept images cannot be read in time. */
export function createGroupGuard(grouping: Grouping, api: ImagesApi): GroupGuard {
  const { list, unlisted = [], groupOf, judge, reasonOutside, ongoingDeletions } = grouping;
  const groups = new Map<string | null, Group>();
  const groupById = new Map<number, Group>();
  const add = (image: Image, readAt: number) => {
    const name = groupOf(image);
    // As for readImage: an image that is marked deleted is gone.
    if (image.deleted || name === undefined) return;
    const group = groups.get(name) ?? { name, members: new Map(), verdict: null, tooSlow: null };
    group.members.set(image.id, { image, readAt });
    groups.set(name, group);
    groupById.set(image.id, group);
  };
  for (const image of list.images) add(image, list.readAt);
  for (const image of unlisted) add(image, NEVER);
  const rereader = createRereader({ list, onRead: refresh }, api);
  const checkedAt = new Map<number, number>();
  /** Ids that this call has added to `ongoingDeletions`. */
  const begun = new Set<number>();

  /** Decides on a group without the images that are being deleted, but with the image that the verdict is for. */
  function verdictFor(id: number, group: Group): Verdict {
    const { members } = group;
    const images = () => [...members.values()].map(({ image }) => image);
    const counts = (other: number) =>
      other === id || !ongoingDeletions.mayBeGone(other, members.get(other)?.readAt ?? 0);
    group.verdict ??= judge(images());
    // Selected images make no difference to the verdict on the others.
    if (group.verdict.kept.every(counts)) return group.verdict;
    return judge(images().filter((image) => counts(image.id)));
  }

  function reasonToKeep(id: number): string | null {
    const group = groupById.get(id);
    // What is known of an image that was never read says nothing.
    if (group?.members.get(id)?.readAt === NEVER) return null;
    const reason = group && verdictFor(id, group).reasons.get(id);
    return reason === undefined ? reasonOutside(id) : reason;
  }

  /** Notes an image as it was read again; one that is gone, or in another group now, no longer counts. */
  function refresh(id: number, image: Image | null, readAt: number): void {
    const group = groupById.get(id);
    const known = group?.members.get(id);
    // An image that is gone stays gone, also by an older read.
    if (!group || !known || (image && readAt < known.readAt)) return;
    const belongs = image !== null && groupOf(image) === group.name;
    if (!belongs || describeChanges(known.image, image).length > 0) group.verdict = null;
    if (belongs) group.members.set(id, { image, readAt });
    else group.members.delete(id);
  }

  return {
    reasonToKeep,
    checkedAt: (id) => checkedAt.get(id),

    requests(id) {
      const group = groupById.get(id);
      return group && !group.tooSlow ? rereader.requests(verdictFor(id, group).kept) : 0;
    },

    end(id, outcome) {
      if (!begun.delete(id)) return;
      const isUnchanged = outcome === "refused" || outcome === "notSent";
      // After a change that was made, only earlier reads are out of date.
      const settlesFor = outcome === "unknown" ? SETTLE_MS : 0;
      ongoingDeletions.end(id, isUnchanged ? null : api.clock.now() + settlesFor);
    },

    async check(id, permit) {
      const group = groupById.get(id);
      for (let round = 0; ; round++) {
        const reason = reasonToKeep(id);
        if (reason !== null) return reason;
        const now = api.clock.now();
        const kept = group ? verdictFor(id, group).kept : [];
        const stale = kept.filter((other) => !isFresh(group?.members.get(other)?.readAt ?? 0, now));
        if (!group || stale.length === 0) {
          // Nothing was awaited since the others were found fresh.
          if (!begun.has(id)) ongoingDeletions.begin(id);
          begun.add(id);
          checkedAt.set(id, now);
          return null;
        }
        if (round === MAX_ROUNDS) group.tooSlow ??= tooSlowError(kept.length);
        if (group.tooSlow) throw group.tooSlow;
        // Later, the first of these reads would be too old.
        await rereader.read(stale, permit, now + MAX_AGE_MS);
      }
    },
  };
}

function tooSlowError(kept: number): HcloudError {
  const [images, them] = kept === 1 ? ["1 image is", "it"] : [`${kept} images are`, "them"];
  return new HcloudError("too_slow", `${images} kept of its group, and reading ${them} again took too long`);
}

function isFresh(readAt: number, now: number): boolean {
  return readAt <= now && now - readAt <= MAX_AGE_MS;
}

/** Returns a guard that passes what all of them pass. */
export function combineGuards(guards: readonly GroupGuard[]): GroupGuard {
  const first = <T>(values: Iterable<T | null>) => [...values].find((value) => value !== null) ?? null;
  return {
    reasonToKeep: (id) => first(guards.map((guard) => guard.reasonToKeep(id))),
    requests: (id) => guards.reduce((sum, guard) => sum + guard.requests(id), 0),
    end(id, outcome) {
      for (const guard of guards) guard.end(id, outcome);
    },
    checkedAt(id) {
      const times = guards.flatMap((guard) => guard.checkedAt(id) ?? []);
      return times.length === 0 ? undefined : Math.min(...times);
    },
    async check(id, permit) {
      const passed: GroupGuard[] = [];
      for (const guard of guards) {
        const reason = await guard.check(id, permit);
        if (reason === null) passed.push(guard);
        else {
          for (const other of passed) other.end(id, "notSent");
          return reason;
        }
      }
      return null;
    },
  };
}

/** Returns what the deletion of an image must wait for. */
export function preparationsBy(
  guard: GroupGuard,
  id: number,
  errorFor: (reason: string) => Error,
): Omit<ChangeGuards, "mismatch"> {
  return {
    preparations: guard.requests(id),
    preparedAt: () => guard.checkedAt(id),
    async prepare(permit) {
      const reason = await guard.check(id, permit);
      return reason === null ? null : errorFor(reason);
    },
  };
}
