/** Image builders such as Packer use a new server for each build: grouped by server, each image is the newest of its group. */

import type { Image } from "../hcloud/types.ts";
import { findLabelKeyProblem } from "../labels.ts";
import { isNeededByGroup } from "./group-rules.ts";
import { type GroupBy, isAvailable } from "./groups.ts";
import { type Decision, decide, groupsOf, type Policy } from "./policy.ts";

/** Smallest share of images alone in their group that is explained. */
const MIN_LONE_SHARE = 0.8;

/** Each label key that is tried costs a plan of its own. */
const MAX_LABEL_KEYS = 10;

/** Returns a sentence with a better grouping when nothing is selected because nearly all images are alone in their group; otherwise null. */
export function explainLoneImages(
  decisions: readonly Decision[],
  policy: Policy,
  type: string,
  now: number,
): string | null {
  const lone = groupsOf(decisions).filter((group) => {
    const [image, other] = group.filter(({ image }) => isAvailable(image));
    return image && !other && isNeededByGroup(image.kept);
  });
  const isCause = lone.length > 1 && lone.length >= decisions.length * MIN_LONE_SHARE;
  if (!isCause || decisions.some(({ kept }) => kept === null)) return null;
  const images = decisions.map(({ image }) => image);
  const countBy = (group_by: GroupBy) =>
    decide(images, { ...policy, group_by }, now).filter(({ kept }) => kept === null).length;
  const better = groupingsOf(images).find((group_by) => countBy(group_by) > 0);
  const advice = better
    ? `group_by ${quoteKey(better)} would select ${countBy(better)}.`
    : "No other group_by would select any.";
  return `${lone.length} of ${images.length} ${type}s are alone in their group (group_by ${quoteKey(policy.group_by)}). ${advice}`;
}

/** Returns the groupings to try: description, label keys that at least two images share, the most shared first, server, none. */
function groupingsOf(images: readonly Image[]): GroupBy[] {
  const counts = new Map<string, number>();
  for (const { labels } of images) {
    for (const key of Object.keys(labels)) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const shared = [...counts]
    // The sentence must not repeat untrusted text that could not be an argument.
    .filter(([key, count]) => count > 1 && findLabelKeyProblem(key) === null)
    .sort(([a, countOfA], [b, countOfB]) => countOfB - countOfA || (a < b ? -1 : 1))
    .map(([key]): GroupBy => `label:${key}`);
  return ["description", ...shared.slice(0, MAX_LABEL_KEYS), "server", "none"];
}

function quoteKey(by: GroupBy): string {
  return by.startsWith("label:") ? JSON.stringify(by) : by;
}
