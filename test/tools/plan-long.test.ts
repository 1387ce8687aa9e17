import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { start } from "../support/answers.ts";
import { aged, byNumber, codeOf, column, many, PLAN, planOf, tokensOf } from "../support/cleanup.ts";
import type { Answer, Harness } from "../support/harness.ts";

/** All pages of a plan, the first being the answer that made it. */
async function allPages({ call }: Harness, first: Answer): Promise<Answer[]> {
  const plan = codeOf(first);
  const pages = [first];
  for (let next = planOf(first).next_page; next !== undefined; ) {
    const answer = await call(PLAN, { plan, page: next });
    expect(planOf(answer).page).toBe(next);
    pages.push(answer);
    next = planOf(answer).next_page;
  }
  return pages;
}

const idsOf = (pages: readonly Answer[]) =>
  pages.flatMap((page) => column(planOf(page), "id") as number[]).sort(byNumber);

const LONG = "nightly before the deployment of the web shop, release candidate number ".repeat(3);

test("a plan of 40 rows is never cut, however long they are", async () => {
  const images = many(41, () => ({ description: LONG, created_from: { id: 42, name: LONG } }));
  const { call } = await start({ images });
  const plan = planOf(await call(PLAN, { keep_last: 1 }));
  expect(plan.rows).toHaveLength(40);
  expect(plan).toMatchObject({ total: 40, page: 1 });
  expect(plan).not.toHaveProperty("next_page");
  expect(plan).not.toHaveProperty("groups");
});

describe("a plan of 41 rows and more", () => {
  test("gives the summary of every group that loses something first, the most GB first", async () => {
    const images = many(60, (i) => ({
      created_from:
        [
          { id: 1, name: "a" },
          { id: 2, name: "b" },
          { id: 3, name: "c" },
        ][i % 3] ?? null,
      image_size: [1, 3, 2][i % 3] ?? null,
    })).concat(aged(5000, 5, { created_from: { id: 4, name: "lonely" } }));
    const { call } = await start({ images });
    const answer = await call(PLAN, { keep_last: 2 });
    const { groups, to_delete } = planOf(answer);
    expect(groups).toEqual({
      columns: ["group", "to_delete", "kept", "gb"],
      rows: [
        ["b (2)", 18, 2, 54],
        ["c (3)", 18, 2, 36],
        ["a (1)", 18, 2, 18],
      ],
    });
    expect(to_delete).toMatchObject({ images: 54, gb: 108 });
    const keys = Object.keys(answer.data);
    expect(keys.indexOf("groups")).toBeLessThan(keys.indexOf("rows"));
  });

  test.each([
    ["description", "nightly"],
    ["label:env", "prod"],
    ["none", "all"],
  ])("names its groups by %s", async (group_by, name) => {
    const images = many(50, () => ({ description: "nightly", labels: { env: "prod" } }));
    const { call } = await start({ images });
    expect(planOf(await call(PLAN, { keep_last: 1, group_by })).groups?.rows).toEqual([[name, 49, 1, 73.5]]);
  });

  test.each(["server", "label:env"])("takes nothing that is in no group by %s", async (group_by) => {
    const labelled = aged(5000, 1, { labels: { env: "prod" } });
    const { call } = await start({ images: [...many(50, () => ({ created_from: null })), labelled] });
    const plan = planOf(await call(PLAN, { keep_last: 1, group_by }));
    expect(plan.to_delete.images).toBe(0);
    expect(plan.kept).toEqual({ "in no group": 50, keep_last: 1 });
  });

  test("adds up the smallest of very many groups in one row, so that nothing is missing", async () => {
    const images = many(600, (i) => ({
      created_from: { id: 1 + (i % 300), name: "s" },
      image_size: i / 100,
    }));
    const { call } = await start({ images });
    const { groups, to_delete } = planOf(await call(PLAN, { keep_last: 1 }));
    const [name, ...counts] = groups?.rows.at(-1) ?? [];
    expect(name).toMatch(/^\d+ smaller groups$/);
    expect(counts[1]).toBe(counts[0]);
    const sum = (at: number) => (groups?.rows ?? []).reduce((total, row) => total + Number(row[at]), 0);
    expect(sum(1)).toBe(to_delete.images);
    expect(sum(2)).toBe(300);
    expect(sum(3)).toBeCloseTo(to_delete.gb, 1);
  });

  test("holds every row exactly once on all its pages, and reading on asks nothing of the API", async () => {
    const harness = await start({ images: many(400) });
    const first = await harness.call(PLAN, { keep_last: 30 });
    const asked = harness.simulator.requests.length;
    harness.simulator.state.images.clear();
    const pages = await allPages(harness, first);
    expect(pages.length).toBeGreaterThan(3);
    expect(idsOf(pages)).toEqual(
      many(400)
        .slice(30)
        .map(({ id }) => id),
    );
    expect(harness.simulator.requests).toHaveLength(asked);
    for (const page of pages) expect(planOf(page)).toMatchObject({ total: 370, columns: expect.any(Array) });
  });

  test("can be read on as often as one likes, in any order, its first page too", async () => {
    const { call } = await start({ images: many(100) });
    const first = await call(PLAN, { keep_last: 1 });
    const plan = codeOf(first);
    const [two, one] = [await call(PLAN, { plan, page: 2 }), await call(PLAN, { plan })];
    expect(planOf(one).rows).toEqual(planOf(first).rows);
    expect((await call(PLAN, { plan, page: 2 })).text).toBe(two.text);
  });
});

/** 10,000 snapshots of 300 servers, of which the 500 oldest go; `rest` says what is special about each. */
const tenThousand = (rest: (i: number) => Partial<Image>) =>
  many(10_000, (i) => ({
    created_from: { id: 40_000_000 + (i % 300), name: `server-${i % 300}` },
    ...rest(i),
  }));

const CHINESE = "网站服务器每日自动备份快照数据库迁移之前的状态";

/** Words of every length, different in each image. */
const hex = (i: number) =>
  Array.from({ length: 8 }, (_, k) => (((i + 1) * 2_654_435_761 * (k + 7)) >>> 0).toString(16)).join("");

const named = (i: number, name: string) => ({ created_from: { id: 40_000_000 + (i % 300), name } });

describe("a plan of 500 over 10,000 takes at most 2,500 tokens, and so does each of its pages", () => {
  const fits = async (rest: (i: number) => Partial<Image>, policy: Record<string, unknown> = {}) => {
    const harness = await start({ images: tenThousand(rest), rateLimit: 100_000 });
    const first = await harness.call(PLAN, { older_than_days: 9_500, ...policy });
    expect(planOf(first)).toMatchObject({ considered: 10_000, total: 500 });
    const pages = await allPages(harness, first);
    expect(idsOf(pages)).toHaveLength(500);
    expect(Math.max(...pages.map(tokensOf))).toBeLessThanOrEqual(2_500);
  };

  test.each<[string, (i: number) => Partial<Image>, Record<string, unknown>?]>([
    ["of one server", () => ({ created_from: { id: 42, name: "web-1" } })],
    ["of 300 servers", () => ({})],
    ["with long descriptions and names", (i) => ({ description: LONG, ...named(i, `${LONG}${i % 300}`) })],
    ["with Chinese descriptions", () => ({ description: CHINESE, created_from: { id: 42, name: "web-1" } })],
    [
      "with hexadecimal descriptions",
      (i) => ({ description: hex(i), created_from: { id: 42, name: "web-1" } }),
    ],
    ["by description", (i) => ({ description: `nightly of shop ${i % 300}` }), { group_by: "description" }],
    ["by label", (i) => ({ labels: { app: `shop-${i % 300}` } }), { group_by: "label:app" }],
  ])("%s", (_, rest, policy) => fits(rest, policy));

  test.each<[string, (i: number) => Partial<Image>, Record<string, unknown>?]>([
    ["with Chinese names of 300 servers", (i) => named(i, CHINESE.repeat(2) + (i % 300))],
    ["with emoji in 300 names", (i) => named(i, "🚀🔥🫠".repeat(10) + (i % 300))],
    [
      "with emoji in descriptions",
      () => ({ description: "🫠🧿🪬🦤🏴".repeat(12), created_from: { id: 42, name: "web-1" } }),
    ],
    [
      "with rare scripts",
      () => ({ description: "𓀀𒀱𐌰ꙮ".repeat(15), created_from: { id: 42, name: "web-1" } }),
    ],
    ["by hexadecimal description", (i) => ({ description: hex(i % 300) }), { group_by: "description" }],
  ])("%s", (_, rest, policy) => fits(rest, policy));
});
