import { describe, expect, test } from "vitest";
import { alter, codeRefusal, expectFailure, question, refusal, stored } from "../support/answers.ts";
import { aged, codeOf, DELETE, deletionsOf, PLAN } from "../support/cleanup.ts";
import { startWithRules } from "../support/rules.ts";

const DELETE_ONE = "hcloud_delete_image";
const PROTECTION = "hcloud_change_image_protection";
const UPDATE = "hcloud_update_image";
const EDIT = "hcloud_edit_image_labels";

const GOLDEN = { labels: { role: "golden", env: "prod" } };
const images = () => [
  aged(1, 30, GOLDEN),
  aged(2, 20),
  aged(3, 10, { labels: { app: "db", env: "prod" } }),
  aged(4, 1),
];
const NEVER = 'never = ["role=golden", "app=db,env=prod"]';

describe("rule never", () => {
  test("never refuses a deletion before any preview or form, and names the rule", async () => {
    const { call, simulator } = await startWithRules(NEVER, { images: images() });
    for (const [id, rule] of [
      [1, "rule never: role=golden"],
      [3, "rule never: app=db,env=prod"],
    ] as const) {
      expectFailure(await call(DELETE_ONE, { id }), "forbidden_by_rule", id, `(${rule})`);
    }
    expect(question(await call(DELETE_ONE, { id: 2 })).confirm).toMatch(/^delete snapshot 2/);
    expect(simulator.writes()).toEqual([]);
  });

  test("never excludes an image from a bulk preview, with the rule as the reason", async () => {
    const { call } = await startWithRules(NEVER, { images: images() });
    const { preview, confirm } = question(await call(DELETE, { ids: [1, 2, 3] }));
    expect(preview["not_deletable"]).toEqual([
      { id: 1, why: "rule never: role=golden" },
      { id: 3, why: "rule never: app=db,env=prod" },
    ]);
    expect(deletionsOf(await call(DELETE, { confirm, count: 1 })).deleted).toEqual([2]);
  });

  test("never keeps an image from a plan, with the rule as the reason", async () => {
    const { call } = await startWithRules(NEVER, { images: images() });
    const { data } = await call(PLAN, { older_than_days: 5, explain: true });
    expect(data["kept"]).toMatchObject({ "rule never: role=golden": 1, "rule never: app=db,env=prod": 1 });
    expect(data["to_delete"]).toMatchObject({ images: 1 });
    const chosen = await call(PLAN, { ids: [1, 2] });
    expect(chosen.data["not_deletable"]).toEqual([{ id: 1, why: "rule never: role=golden" }]);
  });

  test("never keeps an image that another client labels after the confirmed read", async () => {
    const harness = await startWithRules('never = ["hold"]', { images: images() });
    const { call, simulator } = harness;
    const { confirm } = question(await call(DELETE_ONE, { id: 2 }));
    alter(harness, 2, { labels: { hold: "" } });
    expectFailure(await call(DELETE_ONE, { id: 2, confirm }), "forbidden_by_rule", "(rule never: hold)");
    const plan = await call(PLAN, { older_than_days: 5 });
    alter(harness, 1, { labels: { hold: "" } });
    const answer = await call(DELETE, { confirm: codeOf(plan), count: 2, except: [] });
    expect(answer.isError).toBe(true);
    expect(simulator.writes()).toEqual([]);
  });

  test("never refuses to lift protection", async () => {
    const harness = await startWithRules(NEVER, { images: images() });
    alter(harness, 1, { protection: { delete: true } });
    const answer = await harness.call(PROTECTION, { id: 1, delete: false });
    expectFailure(answer, "forbidden_by_rule", "rule never: role=golden");
    expect((await harness.call(PROTECTION, { id: 1, delete: true })).data["status"]).toBe("unchanged");
  });

  test.each([
    ["an edit that removes the label", EDIT, { ids: [1], remove: ["role"] }],
    ["an edit that overwrites the label", EDIT, { ids: [1], set: { role: "old" } }],
    ["an edit of several images, one of which no longer matches", EDIT, { ids: [2, 3], set: { env: "dev" } }],
    ["an update without the label", UPDATE, { id: 1, labels: { env: "prod" } }],
    ["an update that clears all labels", UPDATE, { id: 1, labels: {} }],
  ])("never refuses %s", async (_, tool, args) => {
    const { call, simulator } = await startWithRules(NEVER, { images: images() });
    expectFailure(await call(tool, args), "forbidden_by_rule", "rule never: ");
    expect(simulator.writes()).toEqual([]);
  });

  test("never refuses an edit whose added label ends the match, though the edit loses nothing", async () => {
    const harness = await startWithRules('never = ["!temporary"]', { images: [aged(1, 30)] });
    const answer = await harness.call(EDIT, { ids: [1], set: { temporary: "yes" } });
    expectFailure(answer, "forbidden_by_rule", "rule never: !temporary");
    expect(harness.simulator.writes()).toEqual([]);
  });

  test("never allows changes of labels that its selector does not use", async () => {
    const harness = await startWithRules(NEVER, { images: images() });
    expect((await harness.call(EDIT, { ids: [1], set: { owner: "anna" } })).data["status"]).toBe("done");
    expect(stored(harness, 1).labels).toEqual({ ...GOLDEN.labels, owner: "anna" });
  });
});

describe("rule min_age_days", () => {
  test("min_age_days keeps younger images from plans and refuses their deletion", async () => {
    const { call, simulator } = await startWithRules("min_age_days = 15", { images: images() });
    const { data } = await call(PLAN, { older_than_days: 5 });
    expect(data["kept"]).toMatchObject({ "rule min_age_days: 15": 1 });
    expectFailure(await call(DELETE_ONE, { id: 3 }), "forbidden_by_rule", "rule min_age_days: 15");
    expectFailure(await call(DELETE, { ids: [3, 4] }), "invalid_input", "3 (rule min_age_days: 15)");
    expect(simulator.writes()).toEqual([]);
  });

  test("min_age_days counts days of 24 hours, and an unreadable age as 0", async () => {
    const young = aged(5, 3, { created: "2026-11-20T12:00:01Z" });
    const { call } = await startWithRules("min_age_days = 3", { images: [young, aged(6, 3)] });
    expectFailure(await call(DELETE_ONE, { id: 5 }), "forbidden_by_rule", "rule min_age_days: 3");
    expect(question(await call(DELETE_ONE, { id: 6 })).confirm).toContain("delete snapshot 6");
  });
});

describe("rule unprotect", () => {
  test("unprotect refuses to lift any protection, and still allows protecting", async () => {
    const harness = await startWithRules('unprotect = "never"', { images: images() });
    alter(harness, 2, { protection: { delete: true } });
    const answer = await harness.call(PROTECTION, { ids: [2, 4], delete: false });
    expectFailure(answer, "forbidden_by_rule", "rule unprotect: never");
    expect((await harness.call(PROTECTION, { id: 4, delete: true })).data["status"]).toBe("done");
    expect(harness.simulator.writes()).toHaveLength(1);
  });
});

describe("digest of the rules", () => {
  test("the digest of the rules voids codes of other rules, with the reason", async () => {
    const { call, file, simulator } = await startWithRules("min_age_days = 3", { images: images() });
    const { confirm } = question(await call(DELETE_ONE, { id: 2 }));
    const plan = codeOf(await call(PLAN, { older_than_days: 15 }));
    file.replace("min_age_days = 4");
    expect(refusal(await call(DELETE_ONE, { id: 2, confirm }))).toBe("rules");
    expect(codeRefusal(await call(DELETE, { confirm: plan, count: 2 }))).toBe("rules");
    expect(codeRefusal(await call(PLAN, { plan, page: 1 }))).toBe("rules");
    expect(simulator.writes()).toEqual([]);
    file.replace("min_age_days = 3");
    expect((await call(DELETE_ONE, { id: 2, confirm })).data["status"]).toBe("done");
  });

  test("the digest of the rules is in the audit lines", async () => {
    const { call, events, told } = await startWithRules("min_age_days = 3", { images: images() });
    await call(DELETE_ONE, { id: 2 });
    expect(events.length).toBe(1);
    expect(JSON.parse(told[0] ?? "")).toMatchObject({
      outcome: "preview",
      rules: expect.stringMatching(/^[0-9a-f]{12}$/),
    });
  });
});
