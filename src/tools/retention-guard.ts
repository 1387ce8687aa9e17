/** Applies a plan's policy again while its images are deleted, so that no group loses more than the policy allows. */

import { mapConcurrently } from "../concurrency.ts";
import { HcloudError } from "../hcloud/errors.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import type { Permit } from "../hcloud/request-queue.ts";
import type { Image } from "../hcloud/types.ts";
import { matchesFilter } from "../housekeeping/filters.ts";
import { keepsGroup } from "../housekeeping/group-rules.ts";
import { groupKey } from "../housekeeping/groups.ts";
import { decide, describeReason, type Selection } from "../housekeeping/policy.ts";
import { matchesSelector, parseSelector } from "../labels.ts";
import { describeChanges } from "../view/changes.ts";
import { policyNow } from "./clock.ts";

/** An image that is kept for its group's sake is read again when it was read so long ago, in ms. */
const MAX_AGE_MS = 1_000;

/** Reads at a time, before one deletion. */
const MAX_CONCURRENT_READS = 8;

/** How often kept images are read again before one deletion, as others vanish or age. */
const MAX_ROUNDS = 5;

/** The images of one group. */
interface Group {
  name: string | null;
  members: Map<number, { image: Image; readAt: number }>;
  /** What the policy says of the members; null when they have changed. */
  verdict: Verdict | null;
}

interface Verdict {
  /** By id: why the image is kept, null when it is selected. */
  reasons: Map<number, string | null>;
  /** Ids that are kept for the group's sake. */
  kept: number[];
}

export interface RetentionGuard {
  /** Why the image is not deleted although it was agreed; null while the policy selects it. */
  reasonToKeep(id: number): string | null;
  /**
   * The same, once all images that the decision rests on have been read within the last second. After null the image no
   * longer counts as one that is kept, because its deletion may take effect at any time from now on.
   */
  check(id: number, permit: Permit): Promise<string | null>;
  /** When `check` last found everything fresh, in the clock's ms. */
  checkedAt(id: number): number | undefined;
  /** Requests that `check` may need. */
  requests(id: number): number;
  /** The image was certainly not deleted: it counts as before. */
  release(id: number): void;
}

/** Reads all images that the plan was about, as they are now. */
export async function createRetentionGuard(
  { policy, type, label_selector, filter }: Selection,
  api: ImagesApi,
  onProgress: (done: number, total: number) => void,
): Promise<RetentionGuard> {
  const startedAt = api.clock.now();
  const images = await api.listAllImages({ type: [type], label_selector }, onProgress);
  const now = policyNow(api);
  const requirements = label_selector === undefined ? [] : parseSelector(label_selector);
  const belongsToPlan = (image: Image) =>
    matchesSelector(requirements, image.labels) && matchesFilter(image, filter, now);
  const nameOf = (image: Image) => groupKey(image, policy.group_by);
  const groups = new Map<string | null, Group>();
  const groupById = new Map<number, Group>();
  for (const image of images) {
    // As for readImage: an image that is marked deleted is gone.
    if (image.deleted || !belongsToPlan(image)) continue;
    const name = nameOf(image);
    const group = groups.get(name) ?? { name, members: new Map(), verdict: null };
    group.members.set(image.id, { image, readAt: startedAt });
    groups.set(name, group);
    groupById.set(image.id, group);
  }
  /** Reads in flight, which several deletions wait for. */
  const reading = new Map<number, Promise<void>>();
  const checkedAt = new Map<number, number>();
  /** Images whose deletion was begun, and did not certainly fail. */
  const leaving = new Set<number>();

  /** Of a group without the images that are leaving, but with the one that the verdict is for. */
  function verdictFor(id: number, group: Group): Verdict {
    const members = () => [...group.members.values()].map(({ image }) => image);
    const counts = (other: number) => other === id || !leaving.has(other);
    group.verdict ??= judge(members());
    // Selected images make no difference to the verdict on the others.
    if (group.verdict.kept.every(counts)) return group.verdict;
    return judge(members().filter((image) => counts(image.id)));
  }

  function judge(members: readonly Image[]): Verdict {
    const decisions = decide(members, policy, now);
    return {
      reasons: new Map(
        decisions.map(({ image, kept }) => [image.id, kept === null ? null : describeReason(kept, image)]),
      ),
      kept: decisions.filter(({ kept }) => keepsGroup(kept)).map(({ image }) => image.id),
    };
  }

  function reasonToKeep(id: number): string | null {
    const group = groupById.get(id);
    const reason = group && verdictFor(id, group).reasons.get(id);
    if (reason === undefined) return "it is no longer among the images of the plan";
    return reason && `the policy now keeps it: ${reason}`;
  }

  /** An image that is gone, or is in another group now, no longer counts. */
  async function refresh(id: number, group: Group, permit: Permit): Promise<void> {
    const { image, sentAt } = await api.readImage(id, permit);
    const belongs =
      image !== null && image.type === type && belongsToPlan(image) && nameOf(image) === group.name;
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
    release: (id) => void leaving.delete(id),

    async check(id, permit) {
      for (let round = 0; round < MAX_ROUNDS; round++) {
        const reason = reasonToKeep(id);
        const group = groupById.get(id);
        if (reason !== null || !group) return reason;
        const now = api.clock.now();
        const stale = keptWith(id).filter((kept) => !isFresh(group.members.get(kept)?.readAt ?? 0, now));
        if (stale.length === 0) {
          leaving.add(id);
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

function isFresh(readAt: number, now: number): boolean {
  return readAt <= now && now - readAt <= MAX_AGE_MS;
}
