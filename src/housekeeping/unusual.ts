/** Finds the selected images that are unlike the others: a person should look at them before agreeing to a plan. */

import { DAY_MS, parseInstant } from "../hcloud/time.ts";
import type { Image } from "../hcloud/types.ts";
import { byAge, intoGroups, monthOf } from "./groups.ts";
import { findLast, isUsable } from "./last-images.ts";
import type { Decision } from "./policy.ts";

/** Fewer images have no rule and no exception. */
const MIN_IMAGES = 3;

/** Smallest share of a group's descriptions that look alike for the others to be unusual. */
const MIN_USUAL_SHARE = 2 / 3;

/** In ms; a user who says "the old ones" rarely means an image that was made so recently. */
const RECENT_MS = 3 * DAY_MS;

/** Selected images by what is unusual about them, newest first. */
export type Unusual = Record<
  "unlike_its_group" | "last_of_its_server" | "last_of_its_month" | "at_most_2_days_old",
  Image[]
>;

/** Returns the unusual images of a plan; `now` is in ms. */
export function findUnusual(decisions: readonly Decision[], now: number): Unusual {
  const selected = decisions.flatMap(({ image, kept }) => (kept === null ? [image] : [])).sort(byAge);
  const isSelected = new Set(selected);
  const remaining = decisions.flatMap(({ image }) =>
    isSelected.has(image) || !isUsable(image) ? [] : [image],
  );
  const groupOf = new Map(decisions.map(({ image, group }) => [image, group]));
  const groupMonth = (image: Image) => `${groupOf.get(image)} ${monthOf(image)}`;
  return {
    unlike_its_group: unlikeTheirGroup(decisions)
      .filter((image) => isSelected.has(image))
      .sort(byAge),
    last_of_its_server: findLast(selected, remaining, (image) => image.created_from?.id),
    last_of_its_month: findLast(selected, remaining, groupMonth),
    at_most_2_days_old: selected.filter(({ created }) => now - parseInstant(created) < RECENT_MS),
  };
}

/** Returns the images whose description is unlike most others of their group, such as one made by hand among nightly ones. */
function unlikeTheirGroup(decisions: readonly Decision[]): Image[] {
  return [...intoGroups(decisions, ({ group }) => group)].flatMap(([name, group]) => {
    if (name === null) return [];
    const images = group.map(({ image }) => image);
    const alike = [...intoGroups(images, looksOf).values()].sort((a, b) => b.length - a.length);
    const [usual] = alike;
    if (images.length < MIN_IMAGES || !usual || usual.length < images.length * MIN_USUAL_SHARE) return [];
    return alike.slice(1).flat();
  });
}

/** Returns the description with all numbers alike. */
const looksOf = ({ description }: Image) => description.replaceAll(/\d+/g, "0");
