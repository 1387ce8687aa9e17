/** What a plan looks like: a summary that is complete, and a table in pages of which the first fits with it. */

import type { Image, ImagePrice } from "../hcloud/types.ts";
import { gigabytes, monthlyCost } from "../housekeeping/costs.ts";
import { byAge, type GroupBy, isAvailable, serverLabel } from "../housekeeping/groups.ts";
import { type Decision, groupsOf } from "../housekeeping/policy.ts";
import { clean, tokensAtMost } from "../text.ts";
import { ageInDays } from "./images.ts";

/** A plan of up to this many rows is never cut. */
const SHORT_PLAN = 40;

/** Tokens that an answer may take, all in all; a little stays free for the code and what is said around it. */
const ANSWER_TOKENS = 2_500;
const REST_TOKENS = 300;

/** Tokens that the groups of a summary may take; the smallest beyond that are added up in one row. */
const GROUP_TOKENS = 1_100;

const MAX_EMPTIED = 10;

/** Characters of a description in a row. */
const DESCRIPTION = 60;

const COLUMNS = ["id", "description", "server", "created", "age_days", "image_size", "rank"];

export interface PlanPage {
  columns: string[];
  rows: unknown[][];
  total: number;
  page: number;
  next_page?: number;
}

export interface PlanView {
  selected: Image[];
  /** Counts, sizes, money, and for a long plan the groups. */
  summary: object;
  pages: PlanPage[];
}

/** `price` is null when it is not known, `said` is what the answer says before the summary. `now` is in milliseconds. */
export function viewPlan(
  decisions: readonly Decision[],
  groupBy: GroupBy,
  price: ImagePrice | null,
  now: number,
  said = "",
): PlanView {
  const groups = groupsOf(decisions).filter((group) => group.some(({ kept }) => kept === null));
  const selected = selectedOf(decisions);
  const kept: Record<string, number> = {};
  for (const { kept: reason } of decisions) if (reason) kept[reason] = (kept[reason] ?? 0) + 1;
  const emptied = emptiedGroups(groups, groupBy);
  const summary = {
    considered: decisions.length,
    to_delete: {
      images: selected.length,
      gb: gigabytes(selected),
      ...(price && { saves_per_month: monthlyCost(selected, price) }),
    },
    kept,
    ...(emptied.length > 0 && { groups_left_empty: emptied }),
    ...(selected.length > SHORT_PLAN && { groups: groupTable(groups, groupBy) }),
  };
  const rows = rowsOf(selected, groups, now);
  const room = ANSWER_TOKENS - REST_TOKENS - tokensAtMost(said + JSON.stringify(summary));
  return {
    selected,
    summary,
    pages: pagesOf(rows, rows.length <= SHORT_PLAN ? Number.POSITIVE_INFINITY : room),
  };
}

/** Groups of which no image remains that can be used. */
function emptiedGroups(groups: readonly Decision[][], groupBy: GroupBy): string[] {
  const emptied = groups.filter((group) => !group.some(remains));
  const shown = emptied.slice(0, MAX_EMPTIED).map((group) => groupLabel(group, groupBy));
  return emptied.length > MAX_EMPTIED ? [...shown, `${emptied.length - MAX_EMPTIED} more`] : shown;
}

/** The oldest first, with the rank of each among the available images of its group, newest first. */
function rowsOf(selected: readonly Image[], groups: readonly Decision[][], now: number): unknown[][] {
  const ranks = new Map<number, string>();
  for (const group of groups) {
    const ranked = group.flatMap(({ image }) => (isAvailable(image) ? [image] : [])).sort(byAge);
    ranked.forEach(({ id }, i) => void ranks.set(id, `${i + 1} of ${ranked.length}`));
  }
  return [...selected]
    .sort((a, b) => byAge(b, a))
    .map((image) => [
      image.id,
      clean(image.description, DESCRIPTION),
      serverLabel(image),
      clean(image.created, DESCRIPTION),
      ageInDays(image, now),
      image.image_size,
      ranks.get(image.id),
    ]);
}

function pagesOf(rows: unknown[][], firstRoom: number): PlanPage[] {
  const pages: unknown[][][] = [[]];
  let room = firstRoom;
  for (const row of rows) {
    const size = tokensAtMost(JSON.stringify(row)) + 1;
    if (size > room) {
      pages.push([]);
      room = ANSWER_TOKENS - REST_TOKENS;
    }
    pages.at(-1)?.push(row);
    room -= size;
  }
  return pages.map((page, i) => ({
    columns: COLUMNS,
    rows: page,
    total: rows.length,
    page: i + 1,
    ...(i + 1 < pages.length && { next_page: i + 2 }),
  }));
}

/** Whether an image is kept that can be used. */
function remains({ image, kept }: Decision): boolean {
  return kept !== null && isAvailable(image);
}

function selectedOf(decisions: readonly Decision[]): Image[] {
  return decisions.filter(({ kept }) => kept === null).map(({ image }) => image);
}

/** A row for each group, the most GB first. */
function groupTable(groups: readonly Decision[][], groupBy: GroupBy) {
  const rows = groups
    .map((group) => {
      const selected = selectedOf(group);
      return {
        name: groupLabel(group, groupBy),
        to_delete: selected.length,
        kept: group.filter(remains).length,
        gb: gigabytes(selected),
      };
    })
    .sort((a, b) => b.gb - a.gb);
  const shown: (typeof rows)[number][] = [];
  let room = GROUP_TOKENS;
  for (const row of rows) {
    room -= tokensAtMost(JSON.stringify(Object.values(row))) + 1;
    if (room < 0) break;
    shown.push(row);
  }
  const rest = rows.slice(shown.length);
  if (rest.length > 0) {
    const sum = (key: "to_delete" | "kept" | "gb") => rest.reduce((total, row) => total + row[key], 0);
    const gb = Math.round(sum("gb") * 100) / 100;
    shown.push({ name: `${rest.length} smaller groups`, to_delete: sum("to_delete"), kept: sum("kept"), gb });
  }
  return { columns: ["group", "to_delete", "kept", "gb"], rows: shown.map((row) => Object.values(row)) };
}

function groupLabel([first]: readonly Decision[], groupBy: GroupBy): string {
  if (!first || groupBy === "none") return "all";
  if (first.group === null) return "(in no group)";
  return groupBy === "server" ? serverLabel(first.image) : clean(first.group, DESCRIPTION);
}
