import { describe, expect, test } from "vitest";
import { expectFailure, rows, start } from "../support/answers.ts";
import { aged, codeOf, column, DELETE, deletionsOf, many, PLAN, planOf } from "../support/cleanup.ts";
import type { Answer } from "../support/harness.ts";

const IMAGES = [
  aged(1, 1),
  aged(2, 20),
  aged(3, 40, { protection: { delete: true }, labels: { keep: "" } }),
  aged(4, 50),
  aged(5, 60, { status: "creating", image_size: null }),
];

const reasons = (answer: Answer) => Object.fromEntries(rows(answer).map((row) => [String(row["id"]), row]));

describe("hcloud_plan_image_cleanup with explain", () => {
  test("explain lists all images, each with every reason to delete and to keep", async () => {
    const { call } = await start({ images: IMAGES });
    const answer = await call(PLAN, { older_than_days: 30, keep_last: 2, explain: true });
    expect(planOf(answer).total).toBe(IMAGES.length);
    expect(reasons(answer)).toMatchObject({
      "1": { decision: "keep", delete_because: "", rank: "1 of 4" },
      "3": { decision: "keep", delete_because: "older_than_days, beyond keep_last" },
      "4": { decision: "delete", delete_because: "older_than_days, beyond keep_last", keep_because: "" },
      "5": { decision: "keep", delete_because: "older_than_days", keep_because: "not available", rank: null },
    });
    expect(reasons(answer)["1"]?.["keep_because"]).toMatch(/keep_last.*not old enough/);
    expect(reasons(answer)["3"]?.["keep_because"]).toBe("protected, kept by label");
  });

  test("explain selects exactly the images of the plan without it, and its code deletes them", async () => {
    const { call, simulator } = await start({ images: IMAGES });
    const policy = { older_than_days: 30 };
    const plain = planOf(await call(PLAN, policy));
    const explained = await call(PLAN, { ...policy, explain: true });
    const selected = rows(explained).flatMap(({ id, decision }) => (decision === "delete" ? [id] : []));
    expect(selected).toEqual(column(plain, "id"));
    expect(planOf(explained).to_delete).toEqual(plain.to_delete);
    await call(DELETE, { confirm: codeOf(explained), count: 1 });
    expect(simulator.state.images.has(4)).toBe(false);
    expect(simulator.state.images.size).toBe(IMAGES.length - 1);
  });

  test("the pages of explain contain each image once", async () => {
    const { call } = await start({ images: many(200) });
    const first = await call(PLAN, { keep_last: 100, explain: true });
    const ids: unknown[] = rows(first).map(({ id }) => id);
    for (let page = planOf(first).next_page; page; ) {
      const next = await call(PLAN, { plan: codeOf(first), page });
      ids.push(...rows(next).map(({ id }) => id));
      page = planOf(next).next_page;
    }
    expect(ids).toHaveLength(200);
    expect(new Set(ids).size).toBe(200);
  });

  test("explain returns a code for its pages when nothing is selected, which deletes nothing", async () => {
    const images = many(200);
    const { call, simulator } = await start({ images });
    const first = await call(PLAN, { keep_last: 200, explain: true });
    expect(first.data).not.toHaveProperty("confirm");
    const plan = first.data["plan"];
    const second = await call(PLAN, { plan, page: 2 });
    expect(rows(second).length).toBeGreaterThan(0);
    expectFailure(await call(DELETE, { confirm: plan, count: 200 }), "code_refused");
    expect(simulator.writes()).toEqual([]);
  });
});

test("a plan lists the ids of kept images, except the newest of a group", async () => {
  const { call } = await start({ images: IMAGES });
  const { kept_ids } = (await call(PLAN, { older_than_days: 30, keep_last: 1 })).data;
  expect(kept_ids).toEqual({ protected: [3], "not old enough": [2], "not available": [5] });
});

test("a plan lists ten ids for one reason, and counts the others", async () => {
  const { call } = await start({ images: many(30, () => ({ labels: { keep: "" } })) });
  const { kept_ids } = (await call(PLAN, { keep_last: 1 })).data as { kept_ids: Record<string, unknown[]> };
  expect(kept_ids["kept by label"]).toHaveLength(11);
  expect(kept_ids["kept by label"]?.at(-1)).toBe("19 more");
});

test("a plan lists manual images among nightly ones on its first page", async () => {
  const images = many(300, (i) => ({ description: i % 50 === 7 ? "before upgrade" : `nightly ${i}` }));
  const { call } = await start({ images });
  const answer = await call(PLAN, { keep_last: 30 });
  expect(planOf(answer).next_page).toBe(2);
  const { unusual } = answer.data as { unusual: Record<string, unknown[]> };
  expect(unusual["unlike_its_group"]).toEqual([1058, 1108, 1158, 1208, 1258]);
  const except = unusual["unlike_its_group"];
  const result = deletionsOf(await call(DELETE, { confirm: codeOf(answer), except, count: 265 }));
  expect(result.deleted).not.toEqual(expect.arrayContaining([1058]));
});

test("keep_within_days counts from the newest of the group, so that a stopped job loses nothing", async () => {
  const stopped = many(5, (i) => ({ created: new Date(Date.UTC(2020, 0, 10 - i)).toISOString() }));
  const { call } = await start({ images: stopped });
  expect(planOf(await call(PLAN, { keep_within_days: 5, older_than_days: 1 })).to_delete.images).toBe(0);
  expect(column(planOf(await call(PLAN, { keep_within_days: 3 })), "id")).toEqual([1005, 1004]);
});
