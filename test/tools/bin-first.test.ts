import { describe, expect, test } from "vitest";
import { alter, expectFailure, question, stored } from "../support/answers.ts";
import { aged, codeOf, DELETE, deletionsOf, PLAN } from "../support/cleanup.ts";
import { startWithRules } from "../support/rules.ts";

const DELETE_ONE = "hcloud_delete_image";
const BIN = "hcloud_bin_images";
const RULE = "rule delete: bin first";
const DAY_MS = 86_400_000;

const start = (rules = 'delete = "bin first"') =>
  startWithRules(rules, {
    images: [aged(1, 40), aged(2, 30), aged(3, 20, { labels: { role: "golden" } }), aged(4, 1)],
  });

describe("rule delete = bin first", () => {
  test("each tool refuses direct deletion with the next step when the rules require the bin first", async () => {
    const { call, simulator } = await start();
    expectFailure(await call(DELETE_ONE, { id: 1 }), "forbidden_by_rule", RULE, BIN);
    expectFailure(await call(DELETE, { ids: [1, 2] }), "invalid_input", `1 (${RULE})`, `2 (${RULE})`);
    const confirm = codeOf(await call(PLAN, { older_than_days: 25 }));
    expectFailure(await call(DELETE, { confirm, count: 2 }), "forbidden_by_rule", RULE, BIN);
    expect(simulator.writes()).toEqual([]);
  });

  test("a plan names the bin as the next step, and its code works for the bin", async () => {
    const { call, clock } = await start();
    const plan = await call(PLAN, { older_than_days: 25 });
    expect(plan.data["next"]).toContain(`call ${BIN} with plan (this code) and count 2`);
    expect((await call(BIN, { plan: codeOf(plan), count: 2 })).data["binned"]).toEqual([1, 2]);

    clock.pass(7 * DAY_MS);
    expect((await call(PLAN, { bin: "due" })).data["total"]).toBe(0);
    expectFailure(await call(DELETE_ONE, { id: 1 }), "forbidden_by_rule", RULE);
    clock.pass(DAY_MS);
    expect(question(await call(DELETE_ONE, { id: 1 })).confirm).toContain("delete snapshot 1");
    const due = await call(PLAN, { bin: "due" });
    expect(due.data["next"]).toContain(`call ${DELETE} with confirm and count 2`);
    expect(deletionsOf(await call(DELETE, { confirm: codeOf(due), count: 2 })).deleted.toSorted()).toEqual([
      1, 2,
    ]);
  });

  test("a plan of images whose day in the bin has not passed has no code, and names the rule", async () => {
    const { call } = await start();
    await call(BIN, { ids: [1, 2] });
    const { data } = await call(PLAN, { ids: [1, 2] });
    expect(data).not.toHaveProperty("confirm");
    expect(data["next"]).toContain("only after its last day in the bin");
    expect((await call(PLAN, { ids: [1, 4] })).data["next"]).toContain(`call ${BIN}`);
  });

  test("the refusal of an image in the bin says until when, or that its day cannot be read", async () => {
    const harness = await start();
    const { call, simulator } = harness;
    await call(BIN, { ids: [1] });
    expectFailure(await call(DELETE_ONE, { id: 1 }), "forbidden_by_rule", "in the bin until 2026-11-30");
    expect((await call(DELETE_ONE, { id: 1 })).text).not.toContain(BIN);
    alter(harness, 1, { labels: { "bin/due": "soon" } });
    expectFailure(await call(DELETE_ONE, { id: 1 }), "forbidden_by_rule", "hcloud_restore_images", BIN);
    expect(simulator.writes()).toHaveLength(1);
  });

  test("the refusal of several images names the bin for those outside it, and the day of the others", async () => {
    const { call, simulator } = await start();
    await call(BIN, { ids: [1] });
    const reasons = [`1 (${RULE}, in the bin until 2026-11-30)`, `2 (${RULE})`];
    expectFailure(await call(DELETE, { ids: [1, 2] }), "invalid_input", ...reasons, BIN);
    const binned = await call(DELETE, { ids: [1] });
    expectFailure(binned, "invalid_input", "2026-11-30");
    expect(binned.text).not.toContain(BIN);
    expect(simulator.writes()).toHaveLength(1);
  });

  test("no label edit makes an image due", async () => {
    const { call, simulator } = await start();
    const past = { "bin/due": "2020-01-01" };
    expectFailure(await call("hcloud_edit_image_labels", { ids: [1], set: past }), "invalid_input", BIN);
    expectFailure(await call("hcloud_update_image", { id: 1, labels: past }), "invalid_input", BIN);
    expect(simulator.writes()).toEqual([]);
  });
});

describe("operator rules for the bin", () => {
  test("an image that matches never is not binned, hidden or not", async () => {
    const harness = await start('never = ["role=golden"]');
    for (const hide of [false, true]) {
      const { data } = await harness.call(BIN, { ids: [3, 4], hide });
      expect(data["skipped"]).toContainEqual({ id: 3, why: "rule never: role=golden" });
    }
    expect(stored(harness, 3).labels).toEqual({ role: "golden" });
  });

  test("an image in the bin that matches only by a hidden label is not deleted, and can be restored", async () => {
    const harness = await start("min_age_days = 1");
    const { call, clock, file } = harness;
    await call(BIN, { ids: [3], hide: true, days: 1 });
    file.replace('never = ["role=golden"]');
    clock.pass(3 * DAY_MS);
    const { data } = await call(PLAN, { bin: "due", explain: true });
    expect(data["kept"]).toMatchObject({ "rule never: role=golden": 1 });
    expect((await call("hcloud_restore_images", { ids: [3] })).data["restored"]).toEqual([3]);
    expect(stored(harness, 3).labels).toEqual({ role: "golden" });
  });

  test("min_age_days and keep_at_least keep no image out of the bin", async () => {
    const { call } = await start("min_age_days = 35\nkeep_at_least = 9");
    expect((await call(BIN, { ids: [1, 2, 3, 4], hide: true })).data["binned"]).toEqual([1, 2, 3, 4]);
  });

  test("limits of the rules count binned images", async () => {
    const { call, simulator } = await start("max_images_per_call = 2\nmax_images_per_day = 3");
    expectFailure(await call(BIN, { ids: [1, 2, 3] }), "forbidden_by_rule", "max_images_per_call");
    expect((await call(BIN, { ids: [1, 2] })).data["binned"]).toEqual([1, 2]);
    expectFailure(await call(BIN, { ids: [3, 4] }), "forbidden_by_rule", "max_images_per_day", 2);
    expect(simulator.writes()).toHaveLength(2);
    // What is in the bin already does not count once more.
    expect((await call(BIN, { ids: [1, 4] })).data["binned"]).toEqual([4]);
  });

  test("an unusable rules file refuses the bin and restoring", async () => {
    const { call, file } = await start();
    await call(BIN, { ids: [1] });
    file.replace("nonsense");
    expectFailure(await call(BIN, { ids: [2] }), "rules_unusable");
    expectFailure(await call("hcloud_restore_images", { ids: [1] }), "rules_unusable");
  });
});
