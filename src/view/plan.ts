/** A plan as a table in pages, after a summary of its groups that is never cut. */

import { parseInstant } from "../hcloud/time.ts";
import type { Image, ImagePrice } from "../hcloud/types.ts";
import { gigabytes, monthlyCost } from "../housekeeping/costs.ts";
import { byAge, type GroupBy, groupName, isAvailable, serverLabel } from "../housekeeping/groups.ts";
import { type Decision, groupsOf } from "../housekeeping/policy.ts";
import { clean, tokensAtMost } from "../text.ts";
import { ageInDays } from "./images.ts";

/** A plan of up to this many rows has one page. */
const SHORT_PLAN_ROWS = 40;

/** The first page has at least this many rows, however long the summary is. */
const MIN_FIRST_ROWS = 10;

/** Tokens of a tool result, and of what surrounds summary and rows: the code and our sentences. */
const RESULT_TOKENS = 2_500;
const REST_TOKENS = 300;

const MAX_EMPTIED = 10;
const MAX_TEXT_CHARS = 60;

export interface PlanPage {
  /** Which rows the page has; omitted when it has all. */
  shown?: string;
  columns: string[];
  rows: unknown[][];
  total: number;
  page: number;
  next_page?: number;
}

export interface PlanView {
  selected: Image[];
  /** Counts, sizes, money, and a row for each group that loses something. */
  summary: object;
  pages: PlanPage[];
}

/** Views a plan. `price` is null when unknown, `said` is the text before the summary, `now` is in ms. */
export function viewPlan(
  decisions: readonly Decision[],
  groupBy: GroupBy,
  price: ImagePrice | null,
  now: number,
  said = "",
): PlanView {
  const selected = decisions.flatMap(({ image, kept }) => (kept === null ? [image] : []));
  const kept: Record<string, number> = {};
  for (const { kept: reason } of decisions) if (reason) kept[reason] = (kept[reason] ?? 0) + 1;
  const architectures = new Set(decisions.map(({ image }) => image.architecture));
  const isMixed = architectures.size > 1;
  const groups = groupsOf(decisions).flatMap((group) => viewGroup(group, groupBy) ?? []);
  const emptied = groups.filter((group) => group.kept === 0);
  const summary = {
    considered: decisions.length,
    to_delete: {
      images: selected.length,
      gb: gigabytes(selected),
      ...(price && { saves_per_month: monthlyCost(selected, price) }),
    },
    kept,
    ...(emptied.length > 0 && { groups_left_empty: listEmptied(emptied, isMixed) }),
    ...(groups.length > 0 && { groups: tableOfGroups(groups, isMixed) }),
  };
  const ranks = new Map(groups.flatMap((group) => group.ranks));
  const rows = [...selected]
    .sort((a, b) => byAge(b, a))
    .map((image) => [
      image.id,
      clean(image.description, MAX_TEXT_CHARS),
      serverLabel(image),
      ...(isMixed ? [clean(image.architecture, MAX_TEXT_CHARS)] : []),
      clean(image.created, MAX_TEXT_CHARS),
      ageInDays(image, now),
      image.image_size,
      ranks.get(image.id),
    ]);
  const architecture = isMixed ? ["architecture"] : [];
  const columns = [
    "id",
    "description",
    "server",
    ...architecture,
    "created",
    "age_days",
    "image_size",
    "rank",
  ];
  const room = RESULT_TOKENS - REST_TOKENS - tokensAtMost(said + JSON.stringify(summary));
  return { selected, summary, pages: pagesOf(columns, rows, room) };
}

type Group = NonNullable<ReturnType<typeof viewGroup>>;

/** Returns null for a group that loses nothing. */
function viewGroup(group: readonly Decision[], groupBy: GroupBy) {
  const selected = group.flatMap(({ image, kept }) => (kept === null ? [image] : [])).sort(byAge);
  const [newest, oldest] = [selected[0], selected.at(-1)];
  if (!newest || !oldest) return null;
  const available = group.filter(({ image }) => isAvailable(image));
  const ranked = available.map(({ image }) => image).sort(byAge);
  return {
    name: nameOfGroup(newest, groupBy),
    architecture: clean(newest.architecture, MAX_TEXT_CHARS),
    to_delete: selected.length,
    kept: available.length - selected.length,
    gb: gigabytes(selected),
    oldest: dayOf(oldest),
    newest: dayOf(newest),
    /** The place of each image among the available ones, newest first. */
    ranks: ranked.map(({ id }, i): [number, string] => [id, `${i + 1} of ${ranked.length}`]),
  };
}

function nameOfGroup(image: Image, groupBy: GroupBy): string {
  if (groupBy === "none") return "all";
  return groupBy === "server" ? serverLabel(image) : clean(groupName(image, groupBy) ?? "", MAX_TEXT_CHARS);
}

/** The most GB first. */
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
  const names = groups.map(({ name, architecture }) => (isMixed ? `${name}, ${architecture}` : name));
  const more = names.length - MAX_EMPTIED;
  return more > 0 ? [...names.slice(0, MAX_EMPTIED), `${more} more`] : names;
}

/** Splits the rows; the first page has `firstRoom` tokens for them. */
function pagesOf(columns: string[], rows: unknown[][], firstRoom: number): PlanPage[] {
  const total = rows.length;
  const pages: unknown[][][] = [[]];
  let room = total <= SHORT_PLAN_ROWS ? Number.POSITIVE_INFINITY : firstRoom;
  for (const row of rows) {
    const size = tokensAtMost(JSON.stringify(row)) + 1;
    const needed = pages.length === 1 ? MIN_FIRST_ROWS : 1;
    if (size > room && (pages.at(-1)?.length ?? 0) >= needed) {
      pages.push([]);
      room = RESULT_TOKENS - REST_TOKENS;
    }
    pages.at(-1)?.push(row);
    room -= size;
  }
  let before = 0;
  return pages.map((page, i) => {
    const first = before + 1;
    before += page.length;
    const shown = i === 0 ? `${before} of ${total} rows` : `rows ${first} to ${before} of ${total}`;
    return {
      ...(pages.length > 1 && { shown }),
      ...{ columns, rows: page, total, page: i + 1 },
      ...(i + 1 < pages.length && { next_page: i + 2 }),
    };
  });
}

/** The UTC day on which the image was made; the time of a selected image can be read. */
function dayOf({ created }: Image): string {
  return new Date(parseInstant(created)).toISOString().slice(0, "2026-01-31".length);
}
