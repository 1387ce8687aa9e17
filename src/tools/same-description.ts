/** Finds images with the same description: a person may mean one of them instead. */

import type { Image } from "../hcloud/types.ts";
import { byAge, serverLabel } from "../housekeeping/groups.ts";
import { type FormerDescription, listRenames, viewRenames } from "../view/renames.ts";
import { ageInDays } from "../view/time.ts";

const MAX_ROWS = 5;

/**
 * Returns those of the listed images with exactly the image's description, the newest first; an empty object when there are none.
 * `listed` has all snapshots and backups, or says why they are not known. `now` is in ms.
 */
export function findSameDescription(
  { id, description }: Image,
  listed: readonly Image[] | string,
  now: number,
  formerDescription: FormerDescription,
): { same_description?: { summary: string } } {
  if (description === "") return {};
  if (typeof listed === "string") return { same_description: { summary: listed } };
  const others = listed.filter(
    (other) => other.id !== id && other.description === description && !other.deleted,
  );
  return others.length === 0 ? {} : { same_description: view(others.sort(byAge), now, formerDescription) };
}

function view(
  others: readonly Image[],
  now: number,
  formerDescription: FormerDescription,
): { summary: string } & Record<string, unknown> {
  const { length } = others;
  const renames = listRenames(others, formerDescription);
  const since = renames.length > 0 ? `, ${renames.length} of them since a rename in this session` : "";
  return {
    summary: `${length} other ${length === 1 ? "image has" : "images have"} the same description${since}`,
    ...viewRenames(renames),
    columns: ["id", "server", "age_days"],
    rows: others
      .slice(0, MAX_ROWS)
      .map((image) => [image.id, serverLabel(image) || null, ageInDays(image, now) ?? null]),
    ...(length > MAX_ROWS && { more: length - MAX_ROWS }),
  };
}
