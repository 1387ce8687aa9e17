/** Applies a retention policy: a pure function of images, policy and now. Every doubt keeps the image. */

import { parseInstant } from "../hcloud/time.ts";
import type { Image } from "../hcloud/types.ts";
import { byAge, type GroupBy, groupKey, intoGroups, isAvailable } from "./groups.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

export interface Policy {
  /** Whole days; only an older image is selected. */
  older_than_days?: number | undefined;
  /** RFC 3339; only an image created before is selected. */
  created_before?: string | undefined;
  /** The newest N available images of each group are kept, at least 1. Default 1. */
  keep_last?: number | undefined;
  /** Whether even the newest image of a group may be selected, when no other rule keeps it. */
  allow_empty_groups?: boolean | undefined;
  /** The newest available image of a group is kept in each of the N latest UTC days, ISO weeks or months that have one. */
  keep_daily?: number | undefined;
  keep_weekly?: number | undefined;
  keep_monthly?: number | undefined;
  group_by: GroupBy;
  /** Images with any of these labels are kept, whatever its value. */
  keep_labels: readonly string[];
  /** Whether images bound to a server, its backups, may be selected. */
  bound: boolean;
}

/** Reasons to keep an image for the sake of its group. */
const GROUP_REASONS = [
  "newest of its group",
  "keep_last",
  "keep_daily",
  "keep_weekly",
  "keep_monthly",
] as const;

type GroupReason = (typeof GROUP_REASONS)[number];

/** Why an image is kept. */
type Reason =
  | GroupReason
  | "protected"
  | "not available"
  | "bound to a server"
  | "kept by label"
  | "in no group"
  | "not old enough"
  | "age unknown";

export interface Decision {
  image: Image;
  /** Opaque, and different for each architecture; null when the image is in no group. */
  group: string | null;
  /** Null: the image is selected for deletion. */
  kept: Reason | null;
}

/** Returns a decision on every image, in the order given. `now` is in ms. */
export function decide(images: readonly Image[], policy: Policy, now: number): Decision[] {
  const members = images.map((image) => ({ image, group: groupKey(image, policy.group_by) }));
  const keptByGroup = new Map<number, Reason>();
  for (const group of groupsOf(members.filter((member) => member.group !== null))) {
    const candidates = group.flatMap(({ image }) => (canBeKept(image) ? [image] : [])).sort(byAge);
    for (const [id, reason] of keptOfGroup(candidates, policy)) keptByGroup.set(id, reason);
  }
  return members.map(({ image, group }) => ({
    image,
    group,
    // The group comes first: it still needs the image when protection or a label is removed.
    kept:
      keptByGroup.get(image.id) ??
      alwaysKept(image, policy) ??
      ungrouped(group) ??
      tooYoung(image, policy, now),
  }));
}

/** The decisions of each group together. */
export function groupsOf<T extends { group: string | null }>(decisions: readonly T[]): T[][] {
  return [...intoGroups(decisions, ({ group }) => group).values()];
}

/** Whether the reason means that the image is kept for the sake of its group. */
export function keepsGroup(reason: Reason | null): boolean {
  return GROUP_REASONS.some((one) => one === reason);
}

/** An image without a group has no newer image that replaces it. */
function ungrouped(group: string | null): Reason | null {
  return group === null ? "in no group" : null;
}

function alwaysKept(image: Image, policy: Policy): Reason | null {
  if (!isAvailable(image)) return "not available";
  if (image.protection.delete) return "protected";
  if (image.bound_to !== null && !policy.bound) return "bound to a server";
  if (policy.keep_labels.some((label) => Object.hasOwn(image.labels, label))) return "kept by label";
  return hasAge(image) ? null : "age unknown";
}

/** `candidates` are the available images of one group, newest first. */
function keptOfGroup(candidates: readonly Image[], policy: Policy): Map<number, Reason> {
  const kept = new Map<number, Reason>();
  const keep = (images: readonly Image[], reason: Reason) => {
    for (const { id } of images) if (!kept.has(id)) kept.set(id, reason);
  };
  keep(candidates.slice(0, policy.keep_last ?? 0), "keep_last");
  if (!policy.allow_empty_groups) keep(candidates.slice(0, 1), "newest of its group");
  keep(newestOfPeriods(candidates, dayOf, policy.keep_daily), "keep_daily");
  keep(newestOfPeriods(candidates, weekOf, policy.keep_weekly), "keep_weekly");
  keep(newestOfPeriods(candidates, monthOf, policy.keep_monthly), "keep_monthly");
  return kept;
}

/** The newest image of each of the latest `count` periods that have one. */
function newestOfPeriods(
  candidates: readonly Image[],
  periodOf: (created: Date) => string | number,
  count = 0,
): Image[] {
  const newest = new Map<string | number, Image>();
  for (const image of candidates) {
    const period = periodOf(new Date(parseInstant(image.created)));
    if (!newest.has(period)) newest.set(period, image);
  }
  return [...newest.values()].slice(0, count);
}

const dayOf = (created: Date) => created.toISOString().slice(0, "2026-01-31".length);

/** ISO weeks begin on Monday; 1970-01-01 was a Thursday. */
const weekOf = (created: Date) => Math.floor((created.getTime() / DAY_MS + 3) / 7);

const monthOf = (created: Date) => created.toISOString().slice(0, "2026-01".length);

function tooYoung(image: Image, policy: Policy, now: number): Reason | null {
  const created = parseInstant(image.created);
  const { older_than_days: days, created_before: before } = policy;
  const young = days !== undefined && now - created <= days * DAY_MS;
  const after = before !== undefined && created >= Date.parse(before);
  return young || after ? "not old enough" : null;
}

/** Whether an image can be the newest of its group, in favour of which older ones are deleted. */
function canBeKept(image: Image): boolean {
  return isAvailable(image) && hasAge(image);
}

function hasAge(image: Image): boolean {
  return !Number.isNaN(parseInstant(image.created));
}
