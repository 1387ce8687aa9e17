/** The groups of a plan: what each loses, and the rank of each image in its group. */

import type { Image } from "../hcloud/types.ts";
import { gigabytes } from "../housekeeping/costs.ts";
import { byAge, type GroupBy, groupName, serverLabel } from "../housekeeping/groups.ts";
import { isUsable } from "../housekeeping/last-images.ts";
import { type Decision, groupsOf } from "../housekeeping/policy.ts";
import { clean } from "../text.ts";
import { toDay } from "./time.ts";

const MAX_EMPTIED_NAMES = 10;
const MAX_TEXT_CHARS = 60;

/** Returns, by id, an image's rank such as `5 of 7` among the available images of its group outside the bin, newest first. */
export function rankImages(decisions: readonly Decision[]): Map<number, string> {
  return new Map(
    groupsOf(decisions.filter(({ group }) => group !== null)).flatMap((group) => {
      const ranked = group.flatMap(({ image }) => (isUsable(image) ? [image] : [])).sort(byAge);
      return ranked.map(({ id }, i): [number, string] => [id, `${i + 1} of ${ranked.length}`]);
    }),
  );
}

/** Returns a row for each group that loses an image, the most GB first, and the names of the groups that lose all. */
export function summarizeGroups(decisions: readonly Decision[], groupBy: GroupBy, isPartial: boolean) {
  const isMixed = new Set(decisions.map(({ image }) => image.architecture)).size > 1;
  const groups = groupsOf(decisions).flatMap((group) => viewGroup(group, groupBy) ?? []);
  const emptied = groups.filter((group) => group.kept === 0);
  return {
    // An image that the plan did not consider may remain of such a group.
    ...(emptied.length > 0 && {
      [isPartial ? "all_considered_of" : "groups_left_empty"]: listEmptied(emptied, isMixed),
    }),
    ...(groups.length > 0 && { groups: tableOfGroups(groups, isMixed) }),
  };
}

type Group = NonNullable<ReturnType<typeof viewGroup>>;

/** Returns null for a group that loses nothing. */
function viewGroup(group: readonly Decision[], groupBy: GroupBy) {
  const selected = group.flatMap(({ image, kept }) => (kept === null ? [image] : [])).sort(byAge);
  const [newest, oldest] = [selected[0], selected.at(-1)];
  if (!newest || !oldest) return null;
  return {
    name: nameOfGroup(newest, groupBy),
    architecture: clean(newest.architecture, MAX_TEXT_CHARS),
    to_delete: selected.length,
    kept: group.filter(({ image, kept }) => kept !== null && isUsable(image)).length,
    gb: gigabytes(selected),
    oldest: toDay(oldest.created),
    newest: toDay(newest.created),
  };
}

function nameOfGroup(image: Image, groupBy: GroupBy): string {
  if (groupBy === "none") return "all";
  return groupBy === "server" ? serverLabel(image) : clean(groupName(image, groupBy) ?? "", MAX_TEXT_CHARS);
}

function tableOfGroups(groups: readonly Group[], isMixed: boolean) {
  const architecture = isMixed ? ["architecture" as const] : [];
  const columns = ["name", ...architecture, "to_delete", "kept", "gb", "oldest", "newest"] as const;
  const sorted = [...groups].sort((a, b) => b.gb - a.gb);
  return {
    columns: ["group", ...columns.slice(1)],
    rows: sorted.map((group) => columns.map((column) => group[column])),
  };
}

/** Names the groups of which no available image is kept. */
function listEmptied(groups: readonly Group[], isMixed: boolean): string[] {
  return listNames(groups.map(({ name, architecture }) => (isMixed ? `${name}, ${architecture}` : name)));
}

/** Returns the first names, and how many more there are. */
export function listNames(names: string[]): string[] {
  const more = names.length - MAX_EMPTIED_NAMES;
  return more > 0 ? [...names.slice(0, MAX_EMPTIED_NAMES), `${more} more`] : names;
}
