/** Describes a retention policy to the person who is asked to agree. */

import { clean } from "../text.ts";
import type { Selection } from "./policy.ts";

/** Characters of a selector, and of a server or a description, that are repeated. */
const MAX_SELECTOR_CHARS = 200;
const MAX_TEXT_CHARS = 60;

/** Returns what the policy deletes, and what it keeps, in two sentences. */
export function describePolicy(selection: Selection): string {
  const { policy, type, label_selector: selector, filter } = selection;
  const { older_than_days: days, created_before: before, keep_last: last, group_by: by } = policy;
  const key = by.startsWith("label:") ? JSON.stringify(by.slice("label:".length)) : null;
  const grouping = by !== "none" && (key ? `value of the label ${key}` : by);
  const ofEach = ` of each ${[grouping, "architecture"].filter(Boolean).join(" and ")}`;
  const tiers = (["day", "week", "month"] as const).flatMap((period, i) => {
    const count = [policy.keep_daily, policy.keep_weekly, policy.keep_monthly][i];
    return count ? [`the newest${ofEach} in each of the last ${plural(count, period)} that have one`] : [];
  });
  if (policy.keep_within_days) {
    tiers.push(`images made less than ${plural(policy.keep_within_days, "day")} before the newest${ofEach}`);
  }
  // A tier keeps the newest of a group anyway.
  const mayBeEmpty = policy.allow_empty_groups && tiers.length === 0;
  const age = [
    days !== undefined && `older than ${plural(days, "day")}`,
    before !== undefined && `created before ${before}`,
  ];
  const isBin = policy.bin === "due";
  const deleted = [
    `Deletes ${type}s`,
    isBin && "in the bin whose last day has passed",
    filter.server && `of server ${quoted(filter.server)}`,
    filter.description_contains !== undefined &&
      `with ${quoted([filter.description_contains])} in their description`,
    selector !== undefined && `matching ${JSON.stringify(clean(selector, MAX_SELECTOR_CHARS))}`,
    age.filter(Boolean).join(" and "),
  ];
  const ofGroups = [
    !policy.allow_empty_groups && `the newest${(last ?? 1) === 1 ? "" : ` ${last}`}${ofEach}`,
    ...tiers,
  ];
  const kept = [
    ...(isBin ? [] : ofGroups),
    `images labelled ${policy.keep_labels.map((label) => JSON.stringify(label)).join(" or ")}`,
    !isBin && by !== "none" && `images without ${key ? `the label ${key}` : `a ${by}`}`,
    "protected images",
  ];
  const except = filter.exclude_servers ? `, but none of server ${quoted(filter.exclude_servers)}` : "";
  const even = mayBeEmpty ? `, even the newest${ofEach}` : "";
  const list = kept.filter(Boolean).join(", ");
  return `${deleted.filter(Boolean).join(" ")}${except}${even}. Keeps ${list}, and images that are not available.`;
}

function quoted(texts: readonly string[]): string {
  return texts.map((text) => JSON.stringify(clean(text, MAX_TEXT_CHARS))).join(" or ");
}

function plural(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
