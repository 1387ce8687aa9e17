import fc from "fast-check";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import type { GroupBy } from "../../src/housekeeping/groups.ts";
import { decide, type Policy } from "../../src/housekeeping/policy.ts";
import { type PlanView, viewPlan } from "../../src/view/plan.ts";
import { aged, byNumber, column, many, type Table } from "../support/cleanup.ts";
import { NOON } from "../support/harness.ts";
import { randomProject } from "../support/random-images.ts";

const PRICE = { currency: "EUR", net: "0.01", gross: "0.0119" };

function view(
  images: readonly Image[],
  policy: Partial<Policy>,
  price: typeof PRICE | null = PRICE,
  said = "",
): PlanView {
  const rules: Policy = { group_by: "server", keep_labels: ["keep"], bound: false, ...policy };
  return viewPlan(decide(images, rules, NOON), {
    groupBy: rules.group_by,
    price,
    now: NOON,
    textBefore: said,
  });
}

interface Summary {
  considered: number;
  to_delete: { images: number; gb: number; saves_per_month?: object };
  kept: Record<string, number>;
  groups_left_empty?: string[];
  groups?: Table;
}

const summaryOf = ({ summary }: PlanView) => summary as unknown as Summary;
const idsOf = ({ pages }: PlanView) => pages.flatMap(({ rows }) => rows.map(([id]) => Number(id)));
const sumOf = (table: Table | undefined, name: string) =>
  column(table ?? { columns: [], rows: [] }, name).reduce((sum: number, value) => sum + Number(value), 0);
const ranksOf = ({ pages }: PlanView) => pages.flatMap((page) => column(page, "rank"));

test("an empty plan is one page without a summary of groups", () => {
  const { selected, pages, summary } = view([], { keep_last: 1 });
  expect(selected).toEqual([]);
  expect(pages).toMatchObject([{ rows: [], total: 0, page: 1 }]);
  expect(summary).toEqual({
    considered: 0,
    to_delete: { images: 0, gb: 0, saves_per_month: { currency: "EUR", net: "0.00", gross: "0.00" } },
    kept: {},
  });
});

test("a plan without a price has no money, and otherwise that of the selected images", () => {
  expect(summaryOf(view(many(3), { keep_last: 1 }, null)).to_delete).toEqual({ images: 2, gb: 3 });
  expect(summaryOf(view(many(3), { keep_last: 1 })).to_delete).toEqual({
    images: 2,
    gb: 3,
    saves_per_month: { currency: "EUR", net: "0.03", gross: "0.04" },
  });
});

test("each row has the rank of the image in its group, the newest being 1", () => {
  const other = { created_from: { id: 43, name: "web-2" } };
  const images = [aged(1, 1), aged(2, 2), aged(3, 3), aged(4, 4, other), aged(5, 5, other)];
  const plan = view(images, { keep_last: 1 });
  expect(idsOf(plan)).toEqual([5, 3, 2]);
  expect(ranksOf(plan)).toEqual(["2 of 2", "3 of 3", "2 of 3"]);
});

test("an image whose age cannot be read does not change the ranks of the others", () => {
  const images = [aged(1, 1), aged(2, 2), aged(9, 0, { created: "soon" }), aged(3, 3), aged(4, 4)];
  expect(ranksOf(view(images, { keep_last: 1 }))).toEqual(["4 of 5", "3 of 5", "2 of 5"]);
});

test("only available images have a rank", () => {
  const images = [
    aged(1, 1),
    aged(2, 2, { status: "creating" }),
    aged(3, 3),
    aged(4, 4, { status: "unavailable" }),
    aged(5, 5, { protection: { delete: true } }),
    aged(6, 6),
  ];
  const plan = view(images, { keep_last: 1 });
  expect(idsOf(plan)).toEqual([6, 3]);
  expect(ranksOf(plan)).toEqual(["4 of 4", "2 of 4"]);
});

describe("pages of a plan", () => {
  const long = () => ({ description: "nightly before the deployment of the web shop ".repeat(9) });

  test.each([1, 39, 40])("%i rows are one page, however long they are", (count) => {
    const plan = view(many(count, long), { allow_empty_groups: true }, PRICE, "x".repeat(50_000));
    expect(plan.pages).toHaveLength(1);
    expect(plan.pages[0]?.rows).toHaveLength(count);
    for (const key of ["shown", "next_page"]) expect(plan.pages[0]).not.toHaveProperty(key);
  });

  test("41 rows and more are as many pages as necessary", () => {
    for (const [images, count] of [
      [many(41), 1],
      [many(41, long), 2],
    ] as const) {
      const { pages } = view(images, { allow_empty_groups: true });
      expect(pages).toHaveLength(count);
      expect(pages.flatMap(({ rows }) => rows)).toHaveLength(41);
    }
  });

  test("pages are numbered, and each states the next page and its rows", () => {
    const { pages } = view(many(500), { allow_empty_groups: true });
    expect(pages.length).toBeGreaterThan(3);
    let before = 0;
    for (const [i, { shown, rows, page, next_page, total, columns }] of pages.entries()) {
      const last = before + rows.length;
      expect(shown).toBe(i === 0 ? `${last} of 500 rows` : `rows ${before + 1} to ${last} of 500`);
      expect([page, next_page]).toEqual([i + 1, i + 1 < pages.length ? i + 2 : undefined]);
      expect([total, columns.length]).toEqual([500, 8]);
      before = last;
    }
    expect(before).toBe(500);
  });

  test("the first page has fewer rows after a longer beginning, but at least ten", () => {
    const rowsAfter = (said: string) => {
      const plan = view(many(500), { allow_empty_groups: true }, PRICE, said);
      expect(idsOf(plan)).toEqual(idsOf(view(many(500), { allow_empty_groups: true })));
      return plan.pages[0]?.rows.length;
    };
    const said = "nightly of the web shop ".repeat(100);
    expect(rowsAfter(said)).toBeLessThan(rowsAfter("") ?? 0);
    expect(rowsAfter(said)).toBeGreaterThan(10);
    expect(rowsAfter(said.repeat(20))).toBe(10);
  });

  test.each<[string, (i: number) => Partial<Image>]>([
    ["short", () => ({})],
    ["long", long],
    ["Chinese", () => ({ description: "网站服务器每日自动备份".repeat(9) })],
    ["emoji for", () => ({ description: "🫠🧿🪬🦤🏴".repeat(12) })],
  ])(
    "pages with %s descriptions take at most 2,500 tokens each, the first with a short summary",
    (_, rest) => {
      const { summary, pages } = view(many(500, rest), { allow_empty_groups: true });
      const [first, ...others] = pages;
      expect(countTokens(JSON.stringify([summary, first]))).toBeLessThanOrEqual(
        first?.rows.length === 10 ? 3_000 : 2_500,
      );
      for (const page of others) expect(countTokens(JSON.stringify(page))).toBeLessThanOrEqual(2_500);
    },
  );

  test("pages after the first have fewer than ten rows when these are very long", () => {
    const emoji = "🫠🧿🪬🦤🏴".repeat(12);
    const rest = { description: emoji, created_from: { id: 1, name: emoji } };
    const { pages } = view(
      many(50, () => rest),
      { allow_empty_groups: true },
    );
    expect(pages[0]?.rows).toHaveLength(10);
    for (const page of pages.slice(1)) {
      expect(page.rows.length).toBeLessThan(10);
      expect(countTokens(JSON.stringify(page))).toBeLessThanOrEqual(2_500);
    }
  });

  test("pages are as long as possible: the next row would not fit", () => {
    const { pages } = view(many(500), { allow_empty_groups: true });
    for (const { rows } of pages.slice(1, -1)) expect(rows.length).toBeGreaterThan(35);
  });
});

const GROUPS: GroupBy[] = ["server", "description", "none", "label:env"];

test("the pages of a random plan contain each selected image once, with consistent counts", () => {
  fc.assert(
    fc.property(
      randomProject,
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom(...GROUPS),
      fc.constantFrom<Partial<Policy>>({ allow_empty_groups: true }, { keep_last: 1 }, { keep_last: 2 }),
      (images, times, group_by, policy) => {
        // Several times the same project makes plans of more than 40 rows.
        const all = Array.from({ length: times }, (_, k) =>
          images.map((image) => ({ ...image, id: image.id + k * 200_000, protection: { delete: false } })),
        ).flat();
        const plan = view(all, { ...policy, group_by });
        const { considered, to_delete, kept, groups } = summaryOf(plan);
        const ids = plan.selected.map(({ id }) => id);
        expect(idsOf(plan).sort(byNumber)).toEqual(ids.toSorted(byNumber));
        expect(considered).toBe(all.length);
        expect(to_delete.images).toBe(ids.length);
        expect(Object.values(kept).reduce((a, b) => a + b, ids.length)).toBe(all.length);
        expect(groups !== undefined).toBe(ids.length > 0);
        if (!groups) return;
        expect(sumOf(groups, "to_delete")).toBe(ids.length);
        expect(sumOf(groups, "gb")).toBeCloseTo(to_delete.gb, 1);
        for (const count of column(groups, "kept"))
          expect(count).toBeGreaterThanOrEqual(policy.keep_last ?? 0);
      },
    ),
  );
});

describe("summary of the groups", () => {
  const web = { created_from: { id: 1, name: "web" } };
  const db = { created_from: { id: 2, name: "db" } };

  test("the summary has a row for each group that loses images, the most GB first", () => {
    const images = [
      ...[aged(1, 1, web), aged(2, 2.4, web), aged(3, 3, { ...web, image_size: null })],
      ...[aged(4, 1, db), aged(5, 10, { ...db, image_size: 7.25 })],
      aged(6, 1, { created_from: { id: 3, name: "alone" } }),
    ];
    for (const inAnyOrder of [images, images.toReversed()]) {
      expect(summaryOf(view(inAnyOrder, { keep_last: 1 })).groups).toEqual({
        columns: ["group", "to_delete", "kept", "gb", "oldest", "newest"],
        rows: [
          ["db (2)", 1, 1, 7.25, "2026-11-13", "2026-11-13"],
          ["web (1)", 2, 1, 1.5, "2026-11-20", "2026-11-21"],
        ],
      });
    }
  });

  test("the summary states days in UTC", () => {
    const images = [aged(1, 1), aged(2, 2, { created: "2026-03-01T00:30:00+01:00" })];
    const { groups } = summaryOf(view(images, { keep_last: 1 }));
    expect(groups?.rows[0]?.slice(-2)).toEqual(["2026-02-28", "2026-02-28"]);
  });

  test("the summary counts only available images as kept", () => {
    const images = [
      ...[aged(1, 1), aged(2, 2, { protection: { delete: true } }), aged(3, 3), aged(4, 4)],
      ...[aged(5, 5, { status: "creating" }), aged(6, 6, { deleted: "2026-11-22T00:00:00Z" })],
      ...[aged(7, 7, { created: "soon" }), aged(8, 8, { labels: { keep: "" } })],
    ];
    const { groups, kept } = summaryOf(view(images, { keep_last: 1 }));
    expect(groups?.rows).toEqual([["web-1 (42)", 2, 4, 3, "2026-11-19", "2026-11-20"]]);
    expect(kept).toMatchObject({ "not available": 2, protected: 1, "age unknown": 1, "kept by label": 1 });
  });

  test.each<[GroupBy, string]>([
    ["none", "all"],
    ["description", `${"x".repeat(60)}... (+40 characters)`],
    ["label:env", "prod"],
    ["label:empty", ""],
    ["server", `${"y".repeat(60)}... (+40 characters) (7)`],
  ])("the summary names a group by %s %j", (group_by, name) => {
    const rest = {
      description: "x".repeat(100),
      labels: { env: "prod", empty: "" },
      created_from: { id: 7, name: "y".repeat(100) },
    };
    const { groups } = summaryOf(view([aged(1, 1, rest), aged(2, 2, rest)], { keep_last: 1, group_by }));
    expect(column(groups ?? { columns: [], rows: [] }, "group")).toEqual([name]);
  });

  test("the summary has a column architecture when the considered images have both", () => {
    const arm = { architecture: "arm" };
    const images = [aged(1, 1), aged(2, 2), aged(3, 3, arm), aged(4, 4, arm), aged(5, 5, arm)];
    const plan = view(images, { keep_last: 1, group_by: "none" });
    expect(summaryOf(plan).groups).toEqual({
      columns: ["group", "architecture", "to_delete", "kept", "gb", "oldest", "newest"],
      rows: [
        ["all", "arm", 2, 1, 3, "2026-11-18", "2026-11-19"],
        ["all", "x86", 1, 1, 1.5, "2026-11-21", "2026-11-21"],
      ],
    });
    const [page = { columns: [], rows: [] }] = plan.pages;
    expect(column(page, "architecture")).toEqual(["arm", "arm", "x86"]);
    expect(column(page, "rank")).toEqual(["3 of 3", "2 of 3", "2 of 2"]);
  });

  test("the summary has a column architecture also when the selected images have only one", () => {
    const plan = view([aged(1, 1), aged(2, 2), aged(3, 3, { architecture: "arm" })], { keep_last: 1 });
    expect(column(summaryOf(plan).groups ?? { columns: [], rows: [] }, "architecture")).toEqual(["x86"]);
    expect(plan.pages[0].all).toMatchObject({ architecture: "x86" });
    const one = view([aged(1, 1), aged(2, 2)], { keep_last: 1 });
    expect(JSON.stringify(one.summary)).not.toContain("architecture");
  });

  test("the summary of hundreds of groups with long names is complete", () => {
    const images = many(900, (i) => ({
      created_from: { id: 1 + (i % 300), name: `${"nightly of the web shop ".repeat(9)}${i}` },
    }));
    const { summary, pages } = view(images, { keep_last: 1 });
    const { groups, to_delete } = summary as unknown as Summary;
    expect(groups?.rows).toHaveLength(300);
    expect(to_delete.images).toBe(600);
    expect(sumOf(groups, "to_delete")).toBe(600);
    expect(sumOf(groups, "kept")).toBe(300);
    expect(pages[0]).toMatchObject({ shown: "10 of 600 rows", next_page: 2 });
  });
});

describe("groups left empty", () => {
  const servers = (count: number) => many(count, (i) => ({ created_from: { id: 1 + i, name: "s" } }));
  const emptied = (images: readonly Image[]) =>
    summaryOf(view(images, { allow_empty_groups: true })).groups_left_empty;

  test("ten groups left empty are named, and the others counted", () => {
    expect(emptied(servers(2))).toEqual(["s (1)", "s (2)"]);
    expect(emptied(servers(10))).toHaveLength(10);
    const names = emptied(servers(12));
    expect(names).toHaveLength(11);
    expect(names?.at(-1)).toBe("2 more");
  });

  test("groups left empty have their architecture in their name when both occur", () => {
    const images = [aged(1, 1), aged(2, 2, { architecture: "arm" })];
    expect(emptied(images)).toEqual(["web-1 (42), x86", "web-1 (42), arm"]);
  });

  test("groups left empty are those without a kept, available image", () => {
    const unusable = aged(2, 2, { status: "unavailable" });
    expect(emptied([aged(1, 1), unusable])).toEqual(["web-1 (42)"]);
    expect(emptied([aged(1, 1), aged(2, 2, { protection: { delete: true } })])).toBeUndefined();
    expect(emptied([unusable])).toBeUndefined();
  });
});
