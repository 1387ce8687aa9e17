/** A plan as a table in pages, after a summary of its groups that is never cut. */

import type { Image, ImagePrice } from "../hcloud/types.ts";
import { describeDueDay } from "../housekeeping/bin.ts";
import { gigabytes, type MonthlyCost, monthlyCost } from "../housekeeping/costs.ts";
import { byAge, type GroupBy, intoGroups } from "../housekeeping/groups.ts";
import { type Decision, describeReason, groupsOf } from "../housekeeping/policy.ts";
import { findUnusual } from "../housekeeping/unusual.ts";
import { clean, estimateMaxTokens } from "../text.ts";
import { leading } from "./images.ts";
import { labelsText } from "./labels.ts";
import { rankImages, summarizeGroups } from "./plan-groups.ts";
import { cleanRenames, type FormerDescription, listRenames } from "./renames.ts";
import { type Columns, type Rows, tabulate } from "./table.ts";
import { toMinute } from "./time.ts";

/** A plan of up to this many rows has one page. */
const SHORT_PLAN_ROWS = 40;

/** The first page has at least this many rows, however long the summary is. */
const MIN_FIRST_ROWS = 10;

/** Tokens of a tool result, and of what surrounds summary and rows: the code and our sentences. */
const RESULT_TOKENS = 2_500;
const REST_TOKENS = 300;

/** Characters of a description or an architecture. */
const MAX_TEXT_CHARS = 60;

/** Reasons whose ids say nothing and are not listed: the newest N of a group, and images that a plan of the bin does not consider. */
const UNNAMED: readonly string[] = ["newest of its group", "keep_last", "not in the bin"];

/** Number of listed ids of one reason to keep, or of one kind of unusual images; some kinds matter most. */
const MAX_IDS = 10;
const MAX_NAMED_IDS = 50;
const MANY_IDS: readonly string[] = ["unlike_its_group", "renamed_in_this_session"];

export interface PlanPage extends Rows {
  /** Which rows the page has; omitted when it has all. */
  shown?: string;
  total: number;
  page: number;
  next_page?: number;
  as_of: string;
}

export interface PlanView {
  selected: Image[];
  /** Counts, sizes, money, and a row for each group that loses something. */
  summary: { to_delete: { saves_per_month?: MonthlyCost } };
  pages: [PlanPage, ...PlanPage[]];
}

interface PlanOptions {
  groupBy: GroupBy;
  /** Null when unknown. */
  price: ImagePrice | null;
  /** In ms. */
  now: number;
  /** Whether a label or a description may have excluded images of the same servers and months. */
  isPartial?: boolean;
  /** Whether the rows are all images, each with the reasons for and against its deletion. */
  explain?: boolean | undefined;
  /** The text before the summary. */
  textBefore?: string;
  formerDescription?: FormerDescription;
}

/** Returns the plan's summary, and its rows in pages that fit into a tool result. */
export function viewPlan(decisions: readonly Decision[], options: PlanOptions): PlanView {
  const { groupBy, price, now, isPartial = false, explain = false, textBefore = "" } = options;
  const { formerDescription = () => undefined } = options;
  const selected = decisions.flatMap(({ image, kept }) => (kept === null ? [image] : []));
  const kept = [...intoGroups(decisions, ({ kept }) => kept)].flatMap(([reason, all]) => {
    const images = all.map(({ image }) => image);
    return reason === null
      ? []
      : [{ reason: reason === "in the bin" ? describeDueDay(images) : reason, images }];
  });
  const named = kept.filter(({ reason }) => !UNNAMED.includes(reason));
  const renamed = selected.filter((image) => formerDescription(image) !== undefined).sort(byAge);
  const unusual = Object.entries({
    ...findUnusual(decisions, now),
    renamed_in_this_session: renamed,
  }).filter(
    // Images that the plan did not consider may remain of a server or month.
    ([what, images]) => images.length > 0 && !(isPartial && what.startsWith("last_of")),
  );
  const summary = {
    considered: decisions.length,
    to_delete: {
      images: selected.length,
      gb: gigabytes(selected),
      ...(price && { saves_per_month: monthlyCost(selected, price) }),
    },
    ...(unusual.length > 0 && {
      unusual: Object.fromEntries(
        unusual.map(([what, images]) => [
          what,
          listIds(images, MANY_IDS.includes(what) ? MAX_NAMED_IDS : MAX_IDS),
        ]),
      ),
    }),
    kept: Object.fromEntries(kept.map(({ reason, images }) => [reason, images.length])),
    ...(named.length > 0 && {
      kept_ids: Object.fromEntries(named.map(({ reason, images }) => [reason, listIds(images)])),
    }),
    ...viewKeptRenames(decisions, formerDescription),
    ...summarizeGroups(decisions, groupBy, isPartial),
  };
  const ranks = rankImages(decisions);
  const fixed: Columns<Decision> = {
    ...ofImages(leading(now)),
    description: ({ image }) => clean(image.description, MAX_TEXT_CHARS),
    rank: ({ image }) => ranks.get(image.id),
    ...(explain && EXPLANATION),
  };
  const shown = explain
    ? groupsOf(decisions).flatMap((group) => group.toSorted((a, b) => byAge(a.image, b.image)))
    : decisions.filter(({ kept }) => kept === null).sort((a, b) => byAge(b.image, a.image));
  const table = tabulate(shown, fixed, {
    ...ofImages(DIFFERING),
    renamed_from: ({ image }) => clean(formerDescription(image) ?? "", MAX_TEXT_CHARS),
    unusual: markUnusual(unusual, selected.length),
  });
  const room =
    RESULT_TOKENS - REST_TOKENS - estimateMaxTokens(textBefore + JSON.stringify([summary, table.all]));
  return { selected, summary, pages: splitPages(table, room, toMinute(now)) };
}

/** Returns the renames of kept images: they may be kept for a name that they did not have. */
function viewKeptRenames(decisions: readonly Decision[], formerDescription: FormerDescription) {
  const kept = decisions.flatMap(({ image, kept }) => (kept === null ? [] : [image]));
  const renames = listRenames(kept, formerDescription);
  return renames.length > 0 && { kept_renamed_in_this_session: takeFirst(cleanRenames(renames)) };
}

/** Columns that show what else may decide, where images differ in it. */
const DIFFERING: Columns<Image> = {
  architecture: ({ architecture }) => clean(architecture, MAX_TEXT_CHARS),
  labels: ({ labels }) => labelsText(labels),
};

const EXPLANATION: Columns<Decision> = {
  decision: ({ kept }) => (kept === null ? "delete" : "keep"),
  delete_because: ({ selectedBy }) =>
    selectedBy.map((name) => (name.startsWith("keep_") ? `beyond ${name}` : name)).join(", "),
  keep_because: ({ image, keptBy }) => keptBy.map((reason) => describeReason(reason, image)).join(", "),
};

function ofImages(columns: Columns<Image>): Columns<Decision> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, cell]) => [name, ({ image }: Decision) => cell(image)]),
  );
}

/** Returns the cell that says what is unusual about an image, without kinds that apply to more than half of the selected images. */
function markUnusual(unusual: [string, Image[]][], selected: number): (decision: Decision) => string {
  const rare = unusual.flatMap(([what, images]) =>
    images.length * 2 <= selected ? [[what, new Set(images)] as const] : [],
  );
  return ({ image }) => rare.flatMap(([what, images]) => (images.has(image) ? [what] : [])).join(" ");
}

/** Returns the first ids, and how many more there are. */
export function listIds(images: readonly Image[], max = MAX_IDS): (number | string)[] {
  return takeFirst(
    images.map(({ id }) => id),
    max,
  );
}

function takeFirst<T>(all: readonly T[], max = MAX_IDS): (T | string)[] {
  const more = all.length - max;
  return more > 0 ? [...all.slice(0, max), `${more} more`] : [...all];
}

/** Splits the rows; the first page has `firstRoom` tokens for them. */
function splitPages({ rows, ...heading }: Rows, firstRoom: number, as_of: string): PlanView["pages"] {
  const total = rows.length;
  const pages: unknown[][][] = [[]];
  let room = total <= SHORT_PLAN_ROWS ? Number.POSITIVE_INFINITY : firstRoom;
  for (const row of rows) {
    const size = estimateMaxTokens(JSON.stringify(row)) + 1;
    const needed = pages.length === 1 ? MIN_FIRST_ROWS : 1;
    if (size > room && (pages.at(-1)?.length ?? 0) >= needed) {
      pages.push([]);
      room = RESULT_TOKENS - REST_TOKENS;
    }
    pages.at(-1)?.push(row);
    room -= size;
  }
  let before = 0;
  const viewed = pages.map((page, i) => {
    const first = before + 1;
    before += page.length;
    const shown = i === 0 ? `${before} of ${total} rows` : `rows ${first} to ${before} of ${total}`;
    return {
      ...(pages.length > 1 && { shown }),
      ...heading,
      ...{ rows: page, total, page: i + 1 },
      ...(i + 1 < pages.length && { next_page: i + 2 }),
      as_of,
    };
  });
  // There is one page at least, which may be empty.
  return viewed as PlanView["pages"];
}
