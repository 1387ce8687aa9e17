import { appendFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { RecordedRequest } from "../../src/simulator/http.ts";
import { alter, expectFailure, question } from "../support/answers.ts";
import { readLines } from "../support/audit.ts";
import {
  aged,
  codeOf,
  DELETE,
  deletionsOf,
  isDelete,
  isRead,
  many,
  onRequest,
  PLAN,
} from "../support/cleanup.ts";
import { NOON, startHarness } from "../support/harness.ts";
import { startWithRules, writeRulesFile } from "../support/rules.ts";

const DELETE_ONE = "hcloud_delete_image";
const PROTECTION = "hcloud_change_image_protection";
const EDIT = "hcloud_edit_image_labels";

const isPost = ({ method }: RecordedRequest) => method === "POST";

describe("rules that are replaced during a call", () => {
  const images = () => [aged(1, 30, { labels: { role: "base" } }), aged(2, 30, { labels: { role: "base" } })];
  const STRICTER = 'never = ["role=base"]';

  test("replaced rules stop the rest of a bulk deletion", async () => {
    const { call, file, simulator } = await startWithRules("min_age_days = 1", {
      images: many(10, () => ({ labels: { role: "base" } })),
    });
    const confirm = codeOf(await call(PLAN, { older_than_days: 2 }));
    simulator.intercept = onRequest(1, isDelete, () => void file.replace(STRICTER) as undefined);
    const { deleted, skipped = [] } = deletionsOf(await call(DELETE, { confirm, count: 8 }));
    // Requests that are in flight when the file is replaced arrive.
    expect(deleted.length).toBeLessThan(8);
    expect(simulator.requests.filter(isDelete).length).toBe(deleted.length);
    expect(skipped.length).toBe(8 - deleted.length);
    expect(new Set(skipped.map(({ why }) => why))).toEqual(new Set(["the operator's rules have changed"]));
  });

  test.each([
    ["by the deletion of one image", DELETE_ONE, { id: 1 }],
    ["by lifting protection", PROTECTION, { ids: [1, 2], delete: false }],
    ["by an edit of labels", EDIT, { ids: [1, 2], set: { role: "old" } }],
  ] as [string, string, Record<string, unknown>][])(
    "replaced rules stop a call %s",
    async (_, tool, args) => {
      const file = writeRulesFile("min_age_days = 1");
      let isConfirmed = false;
      const harness = await startHarness({
        ...file,
        images: images(),
        // The first audit line of a confirmed call says that it was confirmed.
        auditFailure() {
          if (isConfirmed) file.replace(STRICTER);
          return null;
        },
      });
      const { call, simulator } = harness;
      if (tool === PROTECTION) for (const id of [1, 2]) alter(harness, id, { protection: { delete: true } });
      const { confirm } = question(await call(tool, args));
      isConfirmed = true;
      expect((await call(tool, { ...args, confirm })).text).toContain("(forbidden_by_rule)");
      expect(simulator.writes()).toEqual([]);
    },
  );
});

describe("rules that are replaced or broken during a call that protects", () => {
  test.each([
    ["replaced", "min_age_days = 2"],
    ["broken", "nonsense = ["],
  ])("%s rules stop the call, which otherwise no rule forbids", async (_, rules) => {
    const images = many(20, () => ({ labels: { role: "golden" } }));
    const ids = images.map(({ id }) => id);
    const { call, file, simulator } = await startWithRules('never = ["role=golden"]', {
      images,
      actionMs: 0,
    });
    simulator.intercept = onRequest(1, isPost, () => void file.replace(rules) as undefined);
    const { rows = [], failed } = (await call(PROTECTION, { ids, delete: true })).data as {
      rows: unknown[];
      failed: { code: string }[];
    };
    // Requests that are in flight when the file is replaced arrive.
    expect(rows.length).toBeLessThan(20);
    expect(simulator.requests.filter(isPost).length).toBe(rows.length);
    expect(new Set(failed.map(({ code }) => code))).toEqual(new Set(["forbidden_by_rule"]));
  });
});

describe("labels that the bin hides", () => {
  const hidden = { "bin/due": "2026-11-01", "bin/role": "golden" };

  test("never counts the labels that the bin hides", async () => {
    const { call } = await startWithRules('never = ["role=golden"]', {
      images: [aged(1, 30, { labels: hidden })],
    });
    expectFailure(await call(DELETE_ONE, { id: 1 }), "forbidden_by_rule", "rule never: role=golden");
  });
});

describe("rule max_images_per_day", () => {
  test("max_images_per_day counts 0 for a call that a rule refuses at the last moment", async () => {
    const of = { created_from: { id: 7, name: "web" } };
    const harness = await startWithRules("keep_at_least = 1\nmax_images_per_day = 9", {
      images: [aged(1, 30, of), aged(2, 20, of)],
    });
    const { call, simulator, clock, file } = harness;
    const { confirm } = question(await call(DELETE_ONE, { id: 1 }));
    simulator.intercept = (request) => {
      if (request.path === "/images") clock.pass(1_500);
      if (isRead(request) && request.path === "/images/2") simulator.state.images.delete(2);
      return undefined;
    };
    const answer = await call(DELETE_ONE, { id: 1, confirm });
    expectFailure(answer, "forbidden_by_rule", "rule keep_at_least: 1");
    expect(readLines(file.auditFile).map((line) => JSON.parse(line).counted)).toEqual([
      undefined,
      1,
      undefined,
      0,
    ]);
  });

  test("max_images_per_day refuses a call when another process has counted at the same time", async () => {
    const file = writeRulesFile("max_images_per_day = 2");
    const other = { time: new Date(NOON).toISOString(), call: "other", outcome: "counted", counted: 1 };
    let isRacing = false;
    const { call, simulator } = await startHarness({
      ...file,
      images: many(5),
      auditFailure() {
        if (isRacing) appendFileSync(file.auditFile, `${JSON.stringify(other)}\n`);
        return null;
      },
    });
    const { confirm } = question(await call(DELETE, { ids: [1001, 1002] }));
    isRacing = true;
    expectFailure(await call(DELETE, { confirm, count: 2 }), "forbidden_by_rule", "max_images_per_day", 1, 2);
    expect(simulator.writes()).toEqual([]);
  });
});
