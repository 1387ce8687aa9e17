/** Plans and the recycle bin: only a plan of the bin selects what is in it, and only what is due. */

import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { alter, expectMistake, start } from "../support/answers.ts";
import { BIN, binned, IN_A_WEEK, RESTORE, TODAY, YESTERDAY } from "../support/bin.ts";
import { aged, column, DELETE, deletionsOf, many, PLAN, planOf, selectedIds } from "../support/cleanup.ts";
import { startPlanned } from "../support/deletion.ts";

/** Six snapshots: 1001 and 1002 as they are, 1003 and 1004 due, 1005 and 1006 not. */
const PROJECT = many(6, (i) => ({
  labels: i < 2 ? { role: "web" } : binned([YESTERDAY, YESTERDAY, TODAY, IN_A_WEEK][i - 2] ?? ""),
}));

describe("hcloud_plan_image_cleanup with bin due", () => {
  test("a plan with bin due selects exactly the images whose last day has passed", async () => {
    const { call } = await start({ images: PROJECT });
    const answer = await call(PLAN, { bin: "due" });
    expect(selectedIds(answer).toSorted()).toEqual([1003, 1004]);
    expect(planOf(answer)).toMatchObject({
      policy:
        'Deletes snapshots in the bin whose last day has passed. Keeps images labelled "keep", protected images, and images that are not available.',
      kept: { "not in the bin": 2, "in the bin until 2026-11-23 or later": 2 },
      kept_ids: { "in the bin until 2026-11-23 or later": [1005, 1006] },
    });
    expect(planOf(answer)).not.toHaveProperty("groups_left_empty");
  });

  test("a plan with bin due deletes its images with its code and count", async () => {
    const { carryOut, simulator } = await startPlanned(PROJECT, { bin: "due" });
    expect((await carryOut()).deleted.toSorted()).toEqual([1003, 1004]);
    expect([...simulator.state.images.keys()]).toEqual([1001, 1002, 1005, 1006]);
  });

  test("a plan with bin due can be filtered by server, description, label and age", async () => {
    const labels = (more = {}) => ({ labels: binned(YESTERDAY, more) });
    const { call } = await start({
      images: [
        aged(1, 2, labels()),
        aged(2, 3, { ...labels(), description: "by hand" }),
        aged(3, 4, { ...labels(), created_from: { id: 7, name: "db-1" } }),
        aged(4, 50, labels({ env: "prod" })),
        aged(5, 60, labels({ stay: "" })),
      ],
    });
    const ids = async (more: object) => selectedIds(await call(PLAN, { bin: "due", ...more })).toSorted();
    expect(await ids({ keep_label: "stay" })).toEqual([1, 2, 3, 4]);
    expect(await ids({ server: "db-1" })).toEqual([3]);
    expect(await ids({ exclude_servers: "db-1", older_than_days: 3 })).toEqual([4, 5]);
    expect(await ids({ description_contains: "hand" })).toEqual([2]);
    expect(await ids({ label_selector: "env=prod" })).toEqual([4]);
  });

  test.each<[string, unknown]>([
    ["keep_last", 1],
    ["keep_daily", 1],
    ["keep_weekly", 1],
    ["keep_monthly", 1],
    ["keep_within_days", 1],
    ["allow_empty_groups", true],
  ])(
    "a plan with bin due is refused together with %s, which keeps nothing in the bin",
    async (name, value) => {
      const { call, simulator } = await start();
      expectMistake(await call(PLAN, { bin: "due", [name]: value }), name, "bin");
      expect(simulator.requests).toEqual([]);
    },
  );

  test("a plan with bin due names a group that has no image outside the bin", async () => {
    const images = [aged(1, 1, { labels: binned(YESTERDAY) }), aged(2, 2, { labels: binned(IN_A_WEEK) })];
    const { call } = await start({ images });
    const plan = await call(PLAN, { bin: "due" });
    expect(planOf(plan).groups_left_empty).toEqual(["web-1 (42)"]);
    expect(plan.data["unusual"]).toMatchObject({ last_of_its_server: [1] });
  });

  test("a plan with bin due explains the decision on each image", async () => {
    const { call } = await start({ images: PROJECT });
    const plan = planOf(await call(PLAN, { bin: "due", explain: true }));
    expect(column(plan, "delete_because")).toEqual(["", "", "bin", "bin", "", ""]);
    expect(column(plan, "keep_because")).toEqual([
      "not in the bin",
      "not in the bin",
      "",
      "",
      "in the bin until 2026-11-23",
      "in the bin until 2026-11-30",
    ]);
  });
});

describe("images that the deletion of a bin plan skips", () => {
  test.each<[what: string, change: Partial<Image>, why: string]>([
    ["restored", { labels: { role: "web" } }, "the policy now keeps it: not in the bin"],
    [
      "given more days",
      { labels: binned(IN_A_WEEK) },
      "the policy now keeps it: in the bin until 2026-11-30",
    ],
    ["given a day that is none", { labels: binned("never") }, "the policy now keeps it: in the bin"],
    ["labelled keep", { labels: binned(YESTERDAY, { keep: "" }) }, "the policy now keeps it: kept by label"],
    ["protected", { protection: { delete: true } }, "the policy now keeps it: protected"],
    [
      "given another day that has passed",
      { labels: binned("2026-11-21") },
      'changed since it was shown: label "bin/due" was "2026-11-22", is "2026-11-21"',
    ],
  ])("an image is skipped when it is %s between plan and deletion", async (_, change, why) => {
    const { harness, carryOut, simulator } = await startPlanned(PROJECT, { bin: "due" });
    alter(harness, 1003, change);
    const answer = await carryOut();
    expect(answer).toMatchObject({ deleted: [1004], skipped: [{ id: 1003, why }] });
    expect(simulator.writes().map(({ path }) => path)).toEqual(["/images/1004"]);
  });

  test("an image is skipped when the tool restored it", async () => {
    const { call, carryOut } = await startPlanned(PROJECT, { bin: "due" });
    await call(RESTORE, { ids: [1003] });
    expect(await carryOut()).toMatchObject({ deleted: [1004], skipped: [{ id: 1003 }] });
  });

  test("an image is skipped when it is restored after the list was read, before the deletion", async () => {
    const { harness, carryOut, simulator } = await startPlanned(PROJECT, { bin: "due" });
    simulator.intercept = ({ path }) => {
      if (path === "/images/1003") alter(harness, 1003, { labels: {} });
    };
    const { deleted, skipped } = await carryOut();
    expect(deleted).toEqual([1004]);
    expect(skipped).toEqual([
      { id: 1003, why: 'changed since it was shown: label "bin/due" was "2026-11-22", is not set' },
    ]);
  });
});

describe("plans without bin", () => {
  test("a plan without bin keeps the images in the bin, with the day until which they are kept", async () => {
    const { call } = await start({ images: PROJECT });
    const plan = await call(PLAN, { created_before: "2100-01-01", allow_empty_groups: true });
    expect(selectedIds(plan).toSorted()).toEqual([1001, 1002]);
    expect(planOf(plan).kept).toEqual({ "in the bin until 2026-11-22 or later": 4 });
  });

  test("an image that was binned after the plan is not deleted", async () => {
    const { call, carryOut } = await startPlanned(many(3), { keep_last: 1 });
    await call(BIN, { ids: [1003] });
    expect(await carryOut()).toMatchObject({
      deleted: [1002],
      skipped: [{ id: 1003, why: "the policy now keeps it: in the bin until 2026-11-30" }],
    });
  });

  test("nothing is deleted in favour of an image that was binned after the plan", async () => {
    const { call, carryOut, simulator } = await startPlanned(many(3), { keep_last: 1 });
    await call(BIN, { ids: [1001] });
    expect(await carryOut()).toMatchObject({
      deleted: [1003],
      skipped: [{ id: 1002, why: "the policy now keeps it: keep_last" }],
    });
    expect(simulator.state.images.has(1002)).toBe(true);
  });

  test("an image is ranked among those outside the bin", async () => {
    const images = many(4, (i) => (i === 0 ? { labels: binned(TODAY) } : {}));
    const { call } = await start({ images });
    expect(column(planOf(await call(PLAN, { keep_last: 1 })), "rank")).toEqual(["3 of 3", "2 of 3"]);
  });
});

test("a chosen image whose label keep is hidden is not deletable", async () => {
  const images = many(2, (i) => ({ labels: i === 0 ? binned(YESTERDAY, { "bin/keep": "" }) : {} }));
  const { call } = await start({ images });
  const plan = await call(PLAN, { ids: [1001, 1002] });
  expect(plan.data).toMatchObject({ total: 1, not_deletable: [{ id: 1001, why: "kept by label keep" }] });
});

test("chosen images in the bin are marked, and deleted after the user agreed", async () => {
  const { call } = await start({ images: PROJECT });
  const plan = await call(PLAN, { ids: [1001, 1005] });
  expect(plan.data).toMatchObject({ bin: "1 of 2 in the bin until 2026-11-23" });
  expect(column(planOf(plan), "flags")).toEqual(["", "binned"]);
  const { confirm } = planOf(plan);
  expect(deletionsOf(await call(DELETE, { confirm, count: 2 })).deleted).toEqual([1001, 1005]);
});
