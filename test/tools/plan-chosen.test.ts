import { describe, expect, test } from "vitest";
import { alter, expectFailure, rows, start } from "../support/answers.ts";
import { byNumber, codeOf, DELETE, deletedIds, deletionsOf, many, PLAN } from "../support/cleanup.ts";

const IMAGES = many(6, (i) => (i === 0 ? { protection: { delete: true } } : {}));

describe("hcloud_plan_image_cleanup with ids", () => {
  test("a plan of ids selects exactly these, and its code deletes them, even the newest of a server", async () => {
    const harness = await start({ images: IMAGES });
    const answer = await harness.call(PLAN, { ids: [1002, 1005] });
    expect(rows(answer).map(({ id }) => id)).toEqual([1002, 1005]);
    expect(answer.data["summary"]).toMatch(/^Would delete 2 snapshots: 3\.00 GB, saves 0\.04 EUR a month\./);
    expect(harness.simulator.writes()).toEqual([]);
    const result = deletionsOf(await harness.call(DELETE, { confirm: codeOf(answer), count: 2 }));
    expect(result.deleted.toSorted(byNumber)).toEqual([1002, 1005]);
    expect(deletedIds(harness, IMAGES)).toEqual([1002, 1005]);
  });

  test("a plan of ids lists those that cannot be deleted with the reason, and its code excludes them", async () => {
    const harness = await start({ images: IMAGES });
    const answer = await harness.call(PLAN, { ids: [1001, 1002, 99] });
    expect(answer.data["not_deletable"]).toEqual([
      { id: 1001, why: "protected" },
      { id: 99, why: "not found" },
    ]);
    alter(harness, 1001, { protection: { delete: false } });
    await harness.call(DELETE, { confirm: codeOf(answer), count: 1 });
    expect(deletedIds(harness, IMAGES)).toEqual([1002]);
  });

  test("a plan of ids is refused when none of them can be deleted", async () => {
    const { call } = await start({ images: IMAGES });
    expectFailure(await call(PLAN, { ids: [1001] }), "invalid_input", "1001 (protected)");
  });

  test("a plan of ids deletes nothing that has changed since", async () => {
    const harness = await start({ images: IMAGES });
    const confirm = codeOf(await harness.call(PLAN, { ids: [1002, 1003] }));
    alter(harness, 1003, { description: "another" });
    const result = deletionsOf(await harness.call(DELETE, { confirm, count: 2 }));
    expect(result).toMatchObject({ deleted: [1002], skipped: [{ id: 1003 }] });
    expect(deletedIds(harness, IMAGES)).toEqual([1002]);
  });

  test.each([{ keep_last: 1 }, { type: "snapshot" }, { explain: true }, { page: 1 }, { plan: "x" }])(
    "a plan of ids refuses the argument %j",
    async (more) => {
      const { call, simulator } = await start({ images: IMAGES });
      expectFailure(await call(PLAN, { ids: [1002], ...more }), "invalid_input");
      expect(simulator.requests).toEqual([]);
    },
  );

  test("a plan of ids in read-only mode says that nothing can be deleted", async () => {
    const { call } = await start({ images: IMAGES, readOnly: true });
    expect((await call(PLAN, { ids: [1002] })).data["next"]).toMatch(/read-only/);
  });
});
