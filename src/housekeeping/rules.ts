/** The operator's rules: what may never happen to an image, whatever a call, a label or a person says. Pure decisions. */

import type { ImageChange } from "../hcloud/image-change.ts";
import { DAY_MS, parseInstant } from "../hcloud/time.ts";
import type { Image } from "../hcloud/types.ts";
import type { Labels } from "../label-sets.ts";
import { matchesSelector, type Requirement } from "../labels.ts";
import { isDue, isInBin, shownLabels } from "./bin.ts";
import { byAge, intoGroups, isAvailable } from "./groups.ts";
import type { Decision, RuleText } from "./policy.ts";

/** Rules that are not set restrict nothing. */
export interface Rules {
  /** Images that match one of these are never deleted, binned or unprotected. */
  never: readonly NeverRule[];
  /** Smallest age, in days of 24 hours, of an image that may be deleted. */
  min_age_days?: number | undefined;
  /** Number of available images that are kept of each type, server and architecture. */
  keep_at_least?: number | undefined;
  /** Images that one call, or all calls of the last 24 hours, may delete, bin or unprotect. */
  max_images_per_call?: number | undefined;
  max_images_per_day?: number | undefined;
  /** Only images in the bin whose day has passed are deleted. */
  binFirst: boolean;
  /** Protection is never lifted. */
  keepProtection: boolean;
  /** The names of the tools that are offered; all when undefined. */
  tools?: readonly string[] | undefined;
  /** The arguments of a plan, by the name of the policy. */
  policies: Readonly<Record<string, object>>;
}

interface NeverRule {
  selector: string;
  requirements: readonly Requirement[];
}

export const NO_RULES: Rules = { never: [], binFirst: false, keepProtection: false, policies: {} };

/** Returns the rule that forbids the change of the image, such as `rule never: role=golden`; null when none does. `now` is in ms. */
export function ruleAgainst(change: ImageChange, image: Image, rules: Rules, now: number): RuleText | null {
  // No rule forbids protecting: only a rules file that was replaced or cannot be used does.
  if (change.kind === "protect") return null;
  if (change.kind === "update") return change.labels ? ruleAgainstLabels(change.labels, image, rules) : null;
  const never = ruleNever(image, rules);
  if (never !== null) return never;
  if (change.kind === "lift protection") return rules.keepProtection ? "rule unprotect: never" : null;
  return ruleOfAge(image, rules, now) ?? (rules.binFirst && !isDue(image, now) ? BIN_FIRST : null);
}

export const BIN_FIRST: RuleText = "rule delete: bin first";

/** Whether `delete = "bin first"` forbids to delete these images now; `now` is in ms. */
export function needsBinFirst(images: readonly Image[], { binFirst }: Rules, now: number): boolean {
  return binFirst && !images.every((image) => isDue(image, now));
}

/** Returns the rules that keep the image out of a plan. A plan may select an image that must be binned first. */
export function rulesKeeping(image: Image, rules: Rules, now: number): RuleText[] {
  return [ruleNever(image, rules), ruleOfAge(image, rules, now)].filter((rule) => rule !== null);
}

function ruleNever({ labels }: Image, { never }: Rules): RuleText | null {
  const matched = never.find((one) => isMatch(one, labels));
  return matched ? `rule never: ${matched.selector}` : null;
}

function ruleOfAge({ created }: Image, { min_age_days: days }: Rules, now: number): RuleText | null {
  // A time that cannot be read proves no age.
  const isOld = days === undefined || now - parseInstant(created) >= days * DAY_MS;
  return isOld ? null : `rule min_age_days: ${days}`;
}

/**
 * Returns the rule `never` that an edit of labels breaks: it bins an image that matches, or ends the match of the labels outside
 * the bin. A restore may end a match that only the bin's labels make.
 */
function ruleAgainstLabels(next: Labels, { labels }: Image, { never }: Rules): RuleText | null {
  const bins = isInBin({ labels: next }) && !isInBin({ labels });
  const broken = never.find((one) =>
    bins ? isMatch(one, labels) : isMatchShown(one, labels) && !isMatch(one, next),
  );
  return broken ? `rule never: ${broken.selector}` : null;
}

/**
 * Whether the labels match as they would be outside the bin. A match as they are counts as well, unless it is only that a label is
 * missing which the bin hides.
 */
function isMatch(never: NeverRule, labels: Labels): boolean {
  const stored = Object.entries(labels);
  const asStored = isInBin({ labels }) ? shownLabels(labels).map((shown) => [...stored, ...shown]) : [stored];
  return isMatchShown(never, labels) || asStored.some((entries) => meetsAll(never, entries));
}

/** Whether the labels match as they would be outside the bin. */
function isMatchShown(never: NeverRule, labels: Labels): boolean {
  return shownLabels(labels).some((entries) => meetsAll(never, entries));
}

/** Whether the labels meet all requirements; of a hidden value and one that was added since, each counts. */
function meetsAll({ requirements }: NeverRule, entries: readonly [key: string, value: string][]): boolean {
  return requirements.every((requirement) => {
    const { key } = requirement;
    const values = entries.flatMap(([name, value]) => (name === key ? [value] : []));
    if (values.length === 0) return matchesSelector([requirement], {});
    return values.some((value) => matchesSelector([requirement], { [key]: value }));
  });
}

/** Returns a key of the images that `keep_at_least` counts together; null for an image of no server. */
export function serverGroupKey({ type, created_from, architecture }: Image): string | null {
  return created_from && JSON.stringify([type, created_from.id, architecture]);
}

/**
 * Returns the ids that are kept so that `keep_at_least` holds: of each group the available images that nobody wants to delete,
 * then the newest of the others. `images` are all images of these groups.
 */
export function keptAtLeast(
  images: readonly Image[],
  { keep_at_least: least = 0 }: Rules,
  isTarget: (id: number) => boolean,
): Set<number> {
  const groups = intoGroups(images.filter(isAvailable), serverGroupKey);
  groups.delete(null);
  const inOrder = (a: Image, b: Image) => Number(isTarget(a.id)) - Number(isTarget(b.id)) || byAge(a, b);
  return new Set(
    [...groups.values()].flatMap((group) =>
      group
        .toSorted(inOrder)
        .slice(0, least)
        .map(({ id }) => id),
    ),
  );
}

/** Returns the decisions with what the rules keep. `all` are all images of the plan's type, considered or not. `now` is in ms. */
export function applyRules(
  decisions: readonly Decision[],
  all: readonly Image[],
  rules: Rules,
  now: number,
): Decision[] {
  const keep = (decision: Decision, reasons: readonly RuleText[]): Decision => {
    const keptBy = [...decision.keptBy, ...reasons];
    return { ...decision, keptBy, kept: keptBy[0] ?? null };
  };
  const kept = decisions.map((decision) => keep(decision, rulesKeeping(decision.image, rules, now)));
  if (!rules.keep_at_least) return kept;
  const selected = new Set(kept.flatMap(({ image, kept }) => (kept === null ? [image.id] : [])));
  const least = keptAtLeast(all, rules, (id) => selected.has(id));
  return kept.map((decision) =>
    least.has(decision.image.id) && selected.has(decision.image.id)
      ? keep(decision, [ruleAtLeast(rules)])
      : decision,
  );
}

/** Returns the rule `keep_at_least` with its value. */
export function ruleAtLeast({ keep_at_least }: Rules): RuleText {
  return `rule keep_at_least: ${keep_at_least}`;
}
