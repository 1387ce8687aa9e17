/** Decides again on each image of a bulk deletion, by its group as it is now: other clients may change images after the plan. */

import { mapConcurrently } from "../concurrency.ts";
import { HcloudError } from "../hcloud/errors.ts";
import type { ChangeGuards, ImagesApi } from "../hcloud/images.ts";
import type { Permit } from "../hcloud/request-queue.ts";
import type { Image } from "../hcloud/types.ts";
import { describeChanges } from "../view/changes.ts";

/** Age of a read, in ms, after which an image that is kept for its group is read again. */
const MAX_AGE_MS = 1_000;

/** Number of concurrent reads before one deletion. */
const MAX_CONCURRENT_READS = 8;

/** Number of times that kept images are read again before one deletion, as other images are deleted or reads age. */
const MAX_ROUNDS = 5;

/** The images of one group. */
interface Group {
  name: string | null;
  members: Map<number, { image: Image; readAt: number }>;
  /** What is decided on the members; null when they have changed. */
  verdict: Verdict | null;
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
  /** Counts the image as before: it was certainly not deleted. */
  release(id: number): void;
}

/** How images are grouped, and how a group is decided on. */
export interface Grouping {
  /** All images that the groups are made of. */
  images: readonly Image[];
  /** When reading them began, in the clock's ms. */
  readAt: number;
  /** The group of an image; undefined when it is in none of them. */
  groupOf(image: Image): string | null | undefined;
  judge(members: readonly Image[]): Verdict;
  /** Returns why an image outside the groups is kept; null when it may be deleted. */
  reasonOutside(id: number): string | null;
  /** Shared by all calls of the server. */
  ongoingDeletions: OngoingDeletions;
}

/** By image id, how many calls are moving the image to the bin, or have begun its deletion, which did not certainly fail. */
export type OngoingDeletions = Map<number, number>;

/** Returns a guard whose `check` throws {@link HcloudError} when the kept images cannot be read in time. */
export function createGroupGuard(grouping: Grouping, api: ImagesApi): GroupGuard {
  const { readAt, groupOf, judge, reasonOutside, ongoingDeletions } = grouping;
  const groups = new Map<string | null, Group>();
  const groupById = new Map<number, Group>();
  for (const image of grouping.images) {
    const name = groupOf(image);
    // As for readImage: an image that is marked deleted is gone.
    if (image.deleted || name === undefined) continue;
    const group = groups.get(name) ?? { name, members: new Map(), verdict: null };
    group.members.set(image.id, { image, readAt });
    groups.set(name, group);
    groupById.set(image.id, group);
  }
  /** Reads in flight, which several deletions wait for. */
  const reading = new Map<number, Promise<void>>();
  const checkedAt = new Map<number, number>();
  /** Ids that this call has added to `ongoingDeletions`. */
  const begun = new Set<number>();

  /** Decides on a group without the images that are being deleted, but with the image that the verdict is for. */
  function verdictFor(id: number, group: Group): Verdict {
    const members = () => [...group.members.values()].map(({ image }) => image);
    const counts = (other: number) => other === id || !ongoingDeletions.has(other);
    group.verdict ??= judge(members());
    // Selected images make no difference to the verdict on the others.
    if (group.verdict.kept.every(counts)) return group.verdict;
    return judge(members().filter((image) => counts(image.id)));
  }

  function reasonToKeep(id: number): string | null {
    const group = groupById.get(id);
    const reason = group && verdictFor(id, group).reasons.get(id);
    return reason === undefined ? reasonOutside(id) : reason;
  }

  /** Reads an image again; one that is gone, or in another group now, no longer counts. */
  async function refresh(id: number, group: Group, permit: Permit): Promise<void> {
    const { image, sentAt } = await api.readImage(id, permit);
    const belongs = image !== null && groupOf(image) === group.name;
    const known = group.members.get(id)?.image;
    if (!belongs || !known || describeChanges(known, image).length > 0) group.verdict = null;
    if (belongs) group.members.set(id, { image, readAt: sentAt });
    else group.members.delete(id);
  }

  const keptWith = (id: number) => {
    const group = groupById.get(id);
    return group ? verdictFor(id, group).kept : [];
  };

  return {
    reasonToKeep,
    checkedAt: (id) => checkedAt.get(id),
    requests: (id) => keptWith(id).length,

    release(id) {
      if (begun.delete(id)) count(ongoingDeletions, id, -1);
    },

    async check(id, permit) {
      for (let round = 0; round < MAX_ROUNDS; round++) {
        const reason = reasonToKeep(id);
        if (reason !== null) return reason;
        const group = groupById.get(id);
        const now = api.clock.now();
        const stale = keptWith(id).filter((kept) => !isFresh(group?.members.get(kept)?.readAt ?? 0, now));
        if (!group || stale.length === 0) {
          // Nothing was awaited since the others were found fresh.
          if (!begun.has(id)) count(ongoingDeletions, id, 1);
          begun.add(id);
          checkedAt.set(id, now);
          return null;
        }
        await mapConcurrently(stale, MAX_CONCURRENT_READS, (kept) => {
          const read = reading.get(kept) ?? refresh(kept, group, permit).finally(() => reading.delete(kept));
          reading.set(kept, read);
          return read;
        });
      }
      throw new HcloudError("too_slow", "the images that are kept of its group could not be read in time");
    },
  };
}

function count(ongoingDeletions: OngoingDeletions, id: number, by: 1 | -1): void {
  const calls = (ongoingDeletions.get(id) ?? 0) + by;
  if (calls > 0) ongoingDeletions.set(id, calls);
  else ongoingDeletions.delete(id);
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
    release(id) {
      for (const guard of guards) guard.release(id);
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
          for (const other of passed) other.release(id);
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
