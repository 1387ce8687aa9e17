/** Applies a retention policy: a pure function of images, policy and now. Every doubt keeps the image. */

import { parseInstant } from "../hcloud/time.ts";
import type { Image } from "../hcloud/types.ts";
import { describeDueDay, hasLabel, isDue, isInBin } from "./bin.ts";
import { type ImageFilter, isOldEnough } from "./filters.ts";
import { findGroupReasons, GROUP_CRITERIA, type GroupReason, type GroupRules } from "./group-rules.ts";
import { type GroupBy, groupKey, intoGroups, isAvailable } from "./groups.ts";

/** The arguments that select images by their age. */
const AGE_CRITERIA = ["older_than_days", "created_before"] as const;

export interface Policy extends GroupRules {
  /** Whole days; only an older image is selected. */
  older_than_days?: number | undefined;
  /** RFC 3339; only an image created before is selected. */
  created_before?: string | undefined;
  group_by: GroupBy;
  /** Images with any of these labels are kept, whatever its value. */
  keep_labels: readonly string[];
  /** Whether images bound to a server, its backups, may be selected. */
  bound: boolean;
  /** Only images in the bin whose last day has passed are selected; no other policy selects an image in the bin. */
  bin?: "due" | undefined;
}

/** The images that a plan considers, and the policy that selects among them. */
export interface Selection {
  policy: Policy;
  type: "snapshot" | "backup";
  label_selector: string | undefined;
  /** Without criteria of age, which the policy has. */
  filter: ImageFilter;
}

/** A rule of the operator, with its value. */
export type RuleText = `rule ${string}`;

/** Why an image is kept. */
type Reason =
  | GroupReason
  | RuleText
  | "in the bin"
  | "not in the bin"
  | "protected"
  | "not available"
  | "bound to a server"
  | "kept by label"
  | "in no group"
  | "not old enough"
  | "age unknown";

/** What a policy decides on one image. */
export interface Decision {
  image: Image;
  /** Opaque, and different for each architecture; null when the image is in no group. */
  group: string | null;
  /** The first of `keptBy`; null when the image is selected for deletion. */
  kept: Reason | null;
  /** Every reason to keep the image. */
  keptBy: readonly Reason[];
  /** The arguments that speak for its deletion, whether it is kept or not. */
  selectedBy: readonly string[];
}

interface Member {
  image: Image;
  group: string | null;
  /** In ms; NaN when it cannot be read. */
  created: number;
}

/** Returns a decision on every image, in the order given. `now` is in ms. */
export function decide(images: readonly Image[], policy: Policy, now: number): Decision[] {
  const members: Member[] = images.map((image) => ({
    image,
    group: groupKey(image, policy.group_by),
    created: parseInstant(image.created),
  }));
  const reasonsOfGroup = new Map<number, GroupReason[]>();
  // An image that is due is selected whatever else its group has.
  const grouped = policy.bin === "due" ? [] : members.filter((member) => member.group !== null);
  for (const group of groupsOf(grouped)) {
    const candidates = group.flatMap((member) =>
      canBeKept(member) ? [{ ...member, id: member.image.id }] : [],
    );
    for (const [id, reasons] of findGroupReasons(candidates, policy, now)) reasonsOfGroup.set(id, reasons);
  }
  const isGiven = (criterion: keyof Policy) => policy[criterion] !== undefined;
  const [byGroup, byAge] = [GROUP_CRITERIA.filter(isGiven), AGE_CRITERIA.filter(isGiven)];
  return members.map((member) => {
    const ofGroup = reasonsOfGroup.get(member.image.id);
    const reached = byAge.filter((criterion) =>
      isOldEnough(member.created, { [criterion]: policy[criterion] }, now),
    );
    // The group comes first: it still needs the image when protection or a label is removed.
    const keptBy: Reason[] = [...(ofGroup ?? []), ...ownReasons(member, policy, now)];
    if (reached.length < byAge.length) keptBy.push("not old enough");
    const beyond = ofGroup ? byGroup.filter((criterion) => !ofGroup.includes(criterion)) : [];
    const { image, group } = member;
    const binned = policy.bin === "due" && isDue(image, now) ? ["bin"] : [];
    return { image, group, kept: keptBy[0] ?? null, keptBy, selectedBy: [...binned, ...reached, ...beyond] };
  });
}

/** Returns the reason as people read it: with the last day of an image in the bin. */
export function describeReason(reason: Reason, image: Image): string {
  return reason === "in the bin" ? describeDueDay([image]) : reason;
}

/** Returns the decisions of each group together. */
export function groupsOf<T extends { group: string | null }>(decisions: readonly T[]): T[][] {
  return [...intoGroups(decisions, ({ group }) => group).values()];
}

/** Whether the image can be the newest of its group, in favour of which older ones are deleted. */
function canBeKept({ image, created }: Member): boolean {
  return isAvailable(image) && !isInBin(image) && !Number.isNaN(created);
}

function ownReasons({ image, group, created }: Member, policy: Policy, now: number): Reason[] {
  const reasons: Reason[] = [];
  const isBin = policy.bin === "due";
  if (isInBin(image) && !(isBin && isDue(image, now))) reasons.push("in the bin");
  if (isBin && !isInBin(image)) reasons.push("not in the bin");
  if (!isAvailable(image)) reasons.push("not available");
  if (image.protection.delete) reasons.push("protected");
  if (image.bound_to !== null && !policy.bound) reasons.push("bound to a server");
  if (policy.keep_labels.some((label) => hasLabel(image, label))) reasons.push("kept by label");
  // Whoever puts an image into the bin decides on its age and its group.
  if (isBin) return reasons;
  if (Number.isNaN(created)) reasons.push("age unknown");
  // No newer image replaces an image without a group.
  if (group === null) reasons.push("in no group");
  return reasons;
}
