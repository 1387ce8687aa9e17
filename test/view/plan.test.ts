import fc from "fast-check";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import type { GroupBy } from "../../src/housekeeping/groups.ts";
import { decide, type Policy } from "../../src/housekeeping/policy.ts";
import { type PlanView, viewPlan } from "../../src/view/plan.ts";
import { aged, byNumber, many } from "../support/cleanup.ts";
import { NOON } from "../support/harness.ts";
import { project } from "../support/random-images.ts";

const PRICE = { currency: "EUR", net: "0.01", gross: "0.0119" };

function view(
  images: readonly Image[],
  policy: Partial<Policy>,
  price: typeof PRICE | null = PRICE,
  said = "",
): PlanView {
  const rules: Policy = { group_by: "server", keep_labels: ["keep"], bound: false, ...policy };
  return viewPlan(decide(images, rules, NOON), rules.group_by, price, NOON, said);
}

interface Summary {
  considered: number;
  to_delete: { images: number; gb: number; saves_per_month?: object };
  kept: Record<string, number>;
  groups?: { columns: string[]; rows: [name: string, to_delete: number, kept: number, gb: number][] };
}

const summaryOf = ({ summary }: PlanView) => summary as Summary;
const idsOf = ({ pages }: PlanView) => pages.flatMap(({ rows }) => rows.map(([id]) => Number(id)));
const lastColumn = ({ pages }: PlanView) => pages.flatMap(({ rows }) => rows.map((row) => row.at(-1)));

test("nothing to go is one empty page", () => {
  const { selected, pages, summary } = view([], { keep_last: 1 });
  expect(selected).toEqual([]);
  expect(pages).toMatchObject([{ rows: [], total: 0, page: 1 }]);
  expect(summary).toMatchObject({ considered: 0, to_delete: { images: 0, gb: 0 }, kept: {} });
});

test("without a price there is no money, and with one it is of what goes only", () => {
  expect(summaryOf(view(many(3), { keep_last: 1 }, null)).to_delete).toEqual({ images: 2, gb: 3 });
  expect(summaryOf(view(many(3), { keep_last: 1 })).to_delete).toEqual({
    images: 2,
    gb: 3,
    saves_per_month: { currency: "EUR", net: "0.03", gross: "0.04" },
  });
});

test("each row says the place of the image in its group, the newest being no. 1", () => {
  const other = { created_from: { id: 43, name: "web-2" } };
  const images = [aged(1, 1), aged(2, 2), aged(3, 3), aged(4, 4, other), aged(5, 5, other)];
  const plan = view(images, { keep_last: 1 });
  expect(idsOf(plan)).toEqual([5, 3, 2]);
  expect(lastColumn(plan)).toEqual(["2 of 2", "3 of 3", "2 of 3"]);
});

test("an image whose age cannot be read does not change the places of the others", () => {
  const images = [aged(1, 1), aged(2, 2), aged(9, 0, { created: "soon" }), aged(3, 3), aged(4, 4)];
  expect(lastColumn(view(images, { keep_last: 1 }))).toEqual(["4 of 5", "3 of 5", "2 of 5"]);
});

test("only available images have a place, and count as those among which it is", () => {
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
  expect(lastColumn(plan)).toEqual(["4 of 4", "2 of 4"]);
});

describe("pages", () => {
  test.each([1, 39, 40])("of %i rows there is one, and no groups", (count) => {
    const plan = view(many(count), { keep_last: 0 });
    expect(plan.pages).toHaveLength(1);
    expect(plan.pages[0]?.rows).toHaveLength(count);
    expect(plan.pages[0]).not.toHaveProperty("next_page");
    expect(plan.summary).not.toHaveProperty("groups");
  });

  test("of more there are as many as it takes, numbered, each telling the next but the last", () => {
    const { pages } = view(many(41), { keep_last: 0 });
    expect(pages.flatMap(({ rows }) => rows)).toHaveLength(41);
    const long = view(many(500), { keep_last: 0 }).pages;
    expect(long.map(({ page }) => page)).toEqual(long.map((_, i) => i + 1));
    expect(long.map(({ next_page }) => next_page)).toEqual([
      ...long.slice(1).map((_, i) => i + 2),
      undefined,
    ]);
    for (const { total, columns } of long) expect([total, columns.length]).toEqual([500, 7]);
  });

  test("what is said before the summary leaves fewer rows to the first page, and all to the others", () => {
    const said = "nightly of the web shop ".repeat(40);
    const [short, long] = [view(many(500), { keep_last: 0 }), view(many(500), { keep_last: 0 }, PRICE, said)];
    const firstOf = ({ pages }: PlanView) => pages[0]?.rows.length ?? 0;
    expect(firstOf(long)).toBeLessThan(firstOf(short));
    expect(firstOf(long)).toBeGreaterThan(0);
    expect(idsOf(long)).toEqual(idsOf(short));
    const first = said + JSON.stringify([long.summary, long.pages[0]]);
    expect(countTokens(first)).toBeLessThanOrEqual(2_500);
  });

  test("what is said changes nothing of a plan that is never cut", () => {
    const [short, long] = ["", "x".repeat(50_000)].map((said) =>
      view(many(40), { keep_last: 0 }, PRICE, said),
    );
    expect(long?.pages).toEqual(short?.pages);
  });
});

const GROUPS: GroupBy[] = ["server", "description", "none", "label:env"];

test("of any project the pages hold what goes once, and the counts agree with each other", () => {
  fc.assert(
    fc.property(
      project,
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom(...GROUPS),
      fc.nat(2),
      (images, times, group_by, keep_last) => {
        // Several times the same project makes plans of more than 40 rows.
        const all = Array.from({ length: times }, (_, k) =>
          images.map((image) => ({ ...image, id: image.id + k * 200_000, protection: { delete: false } })),
        ).flat();
        const plan = view(all, { keep_last, group_by });
        const { considered, to_delete, kept, groups } = summaryOf(plan);
        const ids = plan.selected.map(({ id }) => id);
        expect(idsOf(plan).sort(byNumber)).toEqual(ids.toSorted(byNumber));
        expect(considered).toBe(all.length);
        expect(to_delete.images).toBe(ids.length);
        expect(Object.values(kept).reduce((a, b) => a + b, ids.length)).toBe(all.length);
        expect(groups !== undefined).toBe(ids.length > 40);
        if (!groups) return;
        expect(groups.rows.reduce((sum, [, count]) => sum + count, 0)).toBe(ids.length);
        expect(groups.rows.reduce((sum, [, , , gb]) => sum + gb, 0)).toBeCloseTo(to_delete.gb, 1);
      },
    ),
  );
});

test("made of thousands with 300 groups, the smallest are one row, and what loses nothing is not listed", () => {
  const images = many(3_000, (i) => ({ created_from: { id: 1 + (i % 300), name: "s" } })).concat(
    aged(1, 1, { created_from: { id: 999, name: "alone" } }),
  );
  const { groups, to_delete } = summaryOf(view(images, { keep_last: 1 }));
  const [name, count, kept] = groups?.rows.at(-1) ?? [];
  expect(name).toBe(`${300 - ((groups?.rows.length ?? 0) - 1)} smaller groups`);
  expect(kept).toBe(Number(count) / 9);
  expect(to_delete.images).toBe(2_700);
  expect(JSON.stringify(groups)).not.toContain("alone");
});

test.each([
  ["short names", (i: number) => `s${i}`],
  ["long names", (i: number) => `${"nightly of the web shop ".repeat(9)}${i}`],
  ["Chinese names", (i: number) => `${i}${"网站服务器每日自动备份".repeat(9)}`],
  ["emoji for names", (i: number) => `${i}${"🫠🧿🪬".repeat(30)}`],
])("groups with %s take no more tokens than they may, and lose nothing", (_, nameOf) => {
  const images = many(600, (i) => ({ created_from: { id: 1 + (i % 300), name: nameOf(i % 300) } }));
  const { groups, to_delete } = summaryOf(view(images, { keep_last: 1 }));
  expect(countTokens(JSON.stringify(groups))).toBeLessThanOrEqual(1_150);
  expect(groups?.rows.length).toBeGreaterThan(3);
  const sum = (at: 1 | 2 | 3) => (groups?.rows ?? []).reduce((total, row) => total + row[at], 0);
  expect([sum(1), sum(2)]).toEqual([to_delete.images, 300]);
  expect(sum(3)).toBeCloseTo(to_delete.gb, 1);
});
