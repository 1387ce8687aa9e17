/** Finds the images that a policy keeps for their group, by the rules of `restic forget`. */

import { DAY_MS } from "../hcloud/time.ts";

/** The part of a policy that keeps images of a group. */
export interface GroupRules {
  /** The newest N available images of each group are kept, at least 1. Default 1. */
  keep_last?: number | undefined;
  /** Whether even the newest image of a group may be selected, when no other rule keeps it. */
  allow_empty_groups?: boolean | undefined;
  /** The newest available image of a group is kept in each of the N latest UTC days, ISO weeks or months that have one. */
  keep_daily?: number | undefined;
  keep_weekly?: number | undefined;
  keep_monthly?: number | undefined;
  /** Available images made less than N times 24 hours before the newest of their group are kept. */
  keep_within_days?: number | undefined;
}

/** The arguments that keep images of a group. */
export const GROUP_CRITERIA = [
  "keep_last",
  "keep_daily",
  "keep_weekly",
  "keep_monthly",
  "keep_within_days",
] as const satisfies (keyof GroupRules)[];

const GROUP_REASONS = ["newest of its group", ...GROUP_CRITERIA] as const;

/** Why an image is kept for its group. */
export type GroupReason = (typeof GROUP_REASONS)[number];

/** Whether the decisions on other images of the group depend on an image that is kept for this reason. */
export function isNeededByGroup(reason: string | null): boolean {
  // Other images need only the newest of a window, which is also kept as the newest of its group.
  return reason !== "keep_within_days" && GROUP_REASONS.some((one) => one === reason);
}

/** An available image of a group. */
interface Candidate {
  id: number;
  /** In ms, like `now`. */
  created: number;
}

/** Returns, by id, all reasons to keep each candidate of one group; the first one is shown. `now` is in ms. */
export function findGroupReasons(
  candidates: readonly Candidate[],
  rules: GroupRules,
  now: number,
): Map<number, GroupReason[]> {
  const newestFirst = [...candidates].sort((a, b) => b.created - a.created || b.id - a.id);
  const kept = new Map(candidates.map(({ id }) => [id, [] as GroupReason[]]));
  const keep = (images: readonly Candidate[], reason: GroupReason) => {
    for (const { id } of images) kept.get(id)?.push(reason);
  };
  const { keep_within_days: days } = rules;
  // As in restic, an image with a future time is kept, but no window ends with it.
  const latest = days && newestFirst.find(({ created }) => created < now);
  const isNewest = (one: Candidate, i: number) => one === latest || (i === 0 && !rules.allow_empty_groups);
  keep(newestFirst.slice(0, rules.keep_last ?? 0), "keep_last");
  keep(newestFirst.filter(isNewest), "newest of its group");
  keep(newestOfPeriods(newestFirst, dayOf, rules.keep_daily), "keep_daily");
  keep(newestOfPeriods(newestFirst, weekOf, rules.keep_weekly), "keep_weekly");
  keep(newestOfPeriods(newestFirst, monthOf, rules.keep_monthly), "keep_monthly");
  if (days) {
    const start = latest ? latest.created - days * DAY_MS : Number.NEGATIVE_INFINITY;
    keep(
      newestFirst.filter(({ created }) => created > start),
      "keep_within_days",
    );
  }
  return kept;
}

/** Returns the newest candidate of each of the latest `count` periods that have one. */
function newestOfPeriods(
  newestFirst: readonly Candidate[],
  periodOf: (created: Date) => string | number,
  count: number | undefined,
): Candidate[] {
  const newest = new Map<string | number, Candidate>();
  for (const one of count === undefined ? [] : newestFirst) {
    const period = periodOf(new Date(one.created));
    if (!newest.has(period)) newest.set(period, one);
  }
  return [...newest.values()].slice(0, count);
}

const dayOf = (created: Date) => created.toISOString().slice(0, "2026-01-31".length);

/** ISO weeks begin on Monday; 1970-01-01 was a Thursday. */
const weekOf = (created: Date) => Math.floor((created.getTime() / DAY_MS + 3) / 7);

const monthOf = (created: Date) => created.toISOString().slice(0, "2026-01".length);
