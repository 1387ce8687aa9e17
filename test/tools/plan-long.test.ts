import { describe, expect, test } from "vitest";
import { start } from "../support/answers.ts";
import { aged, codeOf, column, many, PLAN, planOf } from "../support/cleanup.ts";
import { idsOnPages, readAllPages } from "../support/plan-pages.ts";

const LONG = "nightly before the deployment of the web shop, release candidate number ".repeat(3);

test("a plan of 40 rows has one page, however long they are", async () => {
  const images = many(41, () => ({ description: LONG, created_from: { id: 42, name: LONG } }));
  const { call } = await start({ images });
  const plan = planOf(await call(PLAN, { keep_last: 1 }));
  expect(plan.rows).toHaveLength(40);
  expect(plan).toMatchObject({ total: 40, page: 1 });
  for (const key of ["next_page", "shown"]) expect(plan).not.toHaveProperty(key);
});

describe("summary of the groups", () => {
  test("the summary of the groups precedes the rows, also of a short plan, the most GB first", async () => {
    const images = [
      ...[aged(1, 1), aged(2, 20), aged(3, 30)],
      ...[4, 5].map((id) => aged(id, id * 10, { created_from: { id: 7, name: "db" }, image_size: 9 })),
      aged(6, 5, { created_from: { id: 4, name: "alone" } }),
    ];
    const { call } = await start({ images });
    const answer = await call(PLAN, { keep_last: 1 });
    expect(planOf(answer).groups).toEqual({
      columns: ["group", "to_delete", "kept", "gb", "oldest", "newest"],
      rows: [
        ["db (7)", 1, 1, 9, "2026-10-04", "2026-10-04"],
        ["web-1 (42)", 2, 1, 3, "2026-10-24", "2026-11-03"],
      ],
    });
    const keys = Object.keys(answer.data);
    expect(keys.indexOf("groups")).toBeLessThan(keys.indexOf("columns"));
  });

  test.each([
    ["description", "nightly"],
    ["label:env", "prod"],
    ["none", "all"],
  ])("the summary of the groups has groups by %s", async (group_by, name) => {
    const images = many(50, () => ({ description: "nightly", labels: { env: "prod" } }));
    const { call } = await start({ images });
    expect(planOf(await call(PLAN, { keep_last: 1, group_by })).groups?.rows).toEqual([
      [name, 49, 1, 73.5, "2026-10-04", "2026-11-21"],
    ]);
  });

  test.each(["server", "label:env"])(
    "the summary of the groups omits images without a group by %s",
    async (group_by) => {
      const labelled = aged(5000, 1, { labels: { env: "prod" } });
      const { call } = await start({ images: [...many(50, () => ({ created_from: null })), labelled] });
      const plan = planOf(await call(PLAN, { keep_last: 1, group_by }));
      expect(plan.to_delete.images).toBe(0);
      expect(plan.kept).toEqual({ "in no group": 50, keep_last: 1 });
      expect(plan).not.toHaveProperty("groups");
    },
  );

  test("the summary of very many groups is complete, and the first page has ten rows", async () => {
    const images = many(900, (i) => ({ created_from: { id: 1 + (i % 300), name: "s" } }));
    const { call } = await start({ images });
    const plan = planOf(await call(PLAN, { keep_last: 1 }));
    expect(plan.groups?.rows).toHaveLength(300);
    const sum = (name: string) =>
      column(plan.groups ?? plan, name).reduce((total: number, value) => total + Number(value), 0);
    expect([sum("to_delete"), sum("kept"), sum("gb")]).toEqual([600, 300, 900]);
    expect(plan.rows).toHaveLength(10);
    expect(plan.shown).toBe("10 of 600 rows");
  });
});

describe("a plan of more than 40 rows", () => {
  test("each page of a plan states its rows and the total, and that the code covers all pages", async () => {
    const harness = await start({ images: many(400) });
    const first = await harness.call(PLAN, { keep_last: 1 });
    const pages = (await readAllPages(harness, first)).map(planOf);
    let before = 0;
    for (const [i, { shown, rows }] of pages.entries()) {
      const last = before + rows.length;
      expect(shown).toBe(i === 0 ? `${last} of 399 rows` : `rows ${before + 1} to ${last} of 399`);
      before = last;
    }
    expect(before).toBe(399);
    expect(planOf(first).next).toBe(
      `Nothing was deleted. The code covers all ${pages.length} pages: read the others with plan and page. Show the plan to the user; only after they agree, call hcloud_delete_images with confirm and count 399.`,
    );
  });

  test("the pages of a plan contain every row exactly once, and further pages send no request", async () => {
    const harness = await start({ images: many(400) });
    const first = await harness.call(PLAN, { keep_last: 30 });
    const asked = harness.simulator.requests.length;
    harness.simulator.state.images.clear();
    const pages = await readAllPages(harness, first);
    expect(pages.length).toBeGreaterThan(3);
    expect(idsOnPages(pages)).toEqual(
      many(400)
        .slice(30)
        .map(({ id }) => id),
    );
    expect(harness.simulator.requests).toHaveLength(asked);
    for (const page of pages) expect(planOf(page)).toMatchObject({ total: 370, columns: expect.any(Array) });
  });

  test("the pages of a plan can be read repeatedly in any order, also the first", async () => {
    const { call } = await start({ images: many(100) });
    const first = await call(PLAN, { keep_last: 1 });
    const plan = codeOf(first);
    const [two, one] = [await call(PLAN, { plan, page: 2 }), await call(PLAN, { plan })];
    expect(planOf(one).rows).toEqual(planOf(first).rows);
    expect((await call(PLAN, { plan, page: 2 })).text).toBe(two.text);
  });
});
