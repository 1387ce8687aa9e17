/** What a plan looks like: a summary that is complete, and a table in pages of which the first fits with it. */

import type { Image, ImagePrice } from "../hcloud/types.ts";
import { gigabytes, monthlyCost } from "../housekeeping/costs.ts";
import { byAge, type GroupBy, serverLabel } from "../housekeeping/groups.ts";
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

const COLUMNS = ["id", "description", "server", "created", "age_days", "image_size", "why"];

export interface PlanPage {
  columns: string[];
  rows: unknown[][];
  total: number;
  page: number;
  next_page?: number;
}

export interface PlanView {
  goes: Image[];
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
  const groups = groupsOf(decisions);
  const goes = decisions.filter(({ stays }) => stays === null).map(({ image }) => image);
  const stays: Record<string, number> = {};
  for (const { stays: reason } of decisions) if (reason) stays[reason] = (stays[reason] ?? 0) + 1;
  const emptied = emptiedGroups(groups, groupBy);
  const summary = {
    considered: decisions.length,
    goes: {
      images: goes.length,
      gb: gigabytes(goes),
      ...(price && { saves_per_month: monthlyCost(goes, price) }),
    },
    stays,
    ...(emptied.length > 0 && { groups_left_empty: emptied }),
    ...(goes.length > SHORT_PLAN && { groups: groupTable(groups, groupBy) }),
  };
  const rows = rowsOf(goes, groups, now);
  const room = ANSWER_TOKENS - REST_TOKENS - tokensAtMost(said + JSON.stringify(summary));
  return { goes, summary, pages: pagesOf(rows, rows.length <= SHORT_PLAN ? Number.POSITIVE_INFINITY : room) };
}

/** Groups that lose all they have, as only keep_last 0 lets them. */
function emptiedGroups(groups: readonly Decision[][], groupBy: GroupBy): string[] {
  const emptied = groups.filter((group) => group.every(({ stays }) => stays === null));
  const shown = emptied.slice(0, MAX_EMPTIED).map((group) => groupLabel(group, groupBy));
  return emptied.length > MAX_EMPTIED ? [...shown, `${emptied.length - MAX_EMPTIED} more`] : shown;
}

/** The oldest first, with the place of each among the available images of its group, newest first. */
function rowsOf(goes: readonly Image[], groups: readonly Decision[][], now: number): unknown[][] {
  const place = new Map<number, string>();
  for (const group of groups) {
    const available = group.filter(({ image }) => image.status === "available");
    const ranked = available.map(({ image }) => image).sort(byAge);
    ranked.forEach(({ id }, i) => void place.set(id, `no. ${i + 1} of ${ranked.length}`));
  }
  return [...goes]
    .sort((a, b) => byAge(b, a))
    .map((image) => [
      image.id,
      clean(image.description, DESCRIPTION),
      serverLabel(image),
      clean(image.created, DESCRIPTION),
      ageInDays(image, now),
      image.image_size,
      place.get(image.id),
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

/** Every group that loses something, the most GB first. */
function groupTable(groups: readonly Decision[][], groupBy: GroupBy) {
  const rows = groups
    .map((group) => {
      const goes = group.filter(({ stays }) => stays === null).map(({ image }) => image);
      return {
        name: groupLabel(group, groupBy),
        goes: goes.length,
        stays: group.length - goes.length,
        gb: gigabytes(goes),
      };
    })
    .filter(({ goes }) => goes > 0)
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
    const sum = (key: "goes" | "stays" | "gb") => rest.reduce((total, row) => total + row[key], 0);
    const gb = Math.round(sum("gb") * 100) / 100;
    shown.push({ name: `${rest.length} smaller groups`, goes: sum("goes"), stays: sum("stays"), gb });
  }
  return { columns: ["group", "goes", "stays", "gb"], rows: shown.map((row) => Object.values(row)) };
}

function groupLabel([first]: readonly Decision[], groupBy: GroupBy): string {
  if (!first || groupBy === "none") return "all";
  if (first.group === null) return "(in no group)";
  return groupBy === "server" ? serverLabel(first.image) : clean(first.group, DESCRIPTION);
}
