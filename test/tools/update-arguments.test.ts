/** Updates that are refused: for their arguments, or for the image they are about. */

import { describe, expect, test } from "vitest";
import {
  APP,
  expectFailure,
  expectMistake,
  expectUntouched,
  MISSING,
  SNAPSHOT,
  SYSTEM,
  start,
  stored,
} from "../support/answers.ts";

const UPDATE = "hcloud_update_image";

describe("images that cannot be updated", () => {
  test.each([
    [SYSTEM, "system", { labels: { a: "b" } }],
    [SYSTEM, "system", { type: "snapshot" }],
    [APP, "app", { labels: {} }],
    [SYSTEM, "system", { description: "mine" }],
  ])("image %i, a %s image, cannot be updated: %j", async (id, type, update) => {
    const harness = await start();
    const answer = await harness.call(UPDATE, { id, ...update });
    expectFailure(answer, "invalid_input", id, type, "updated", "snapshots and backups");
    expectUntouched(harness, stored(harness, id));
  });

  test.each([{ description: "x" }, { labels: { a: "b" } }, { type: "snapshot" }])(
    "a missing image: %j",
    async (update) => {
      const { call } = await start();
      expectFailure(await call(UPDATE, { id: MISSING, ...update }), "not_found");
    },
  );
});

describe("arguments of hcloud_update_image", () => {
  test.each<[args: Record<string, unknown>, argument: string, ...facts: string[]]>([
    [{ id: 1 }, "description, type or labels", "required"],
    [{ id: 1, confirm: "x" }, "description, type or labels", "required"],
    [{ description: "x" }, "id", "required"],
    [{ id: 1, description: 3 }, "description", "a string", "3"],
    [{ id: 1, description: null }, "description, type or labels", "required"],
    [{ id: 1, type: "backup" }, "type", '"snapshot"', '"backup"'],
    [{ id: 1, labels: ["a"] }, "labels", "an object", '["a"]'],
    [{ id: 1, labels: null }, "description, type or labels", "required"],
    [{ id: null, labels: {} }, "id", "required"],
    [{ id: 1, labels: { a: 3 } }, "labels.a", "a string", "3"],
    [{ id: 1, labels: { a: null } }, "labels.a", "a string", "null"],
    [{ id: 1, labels: { "": "x" } }, "", "label key"],
    [{ id: 1, labels: { "-a": "x" } }, "labels.-a", "label key"],
    [{ id: 1, labels: { ["k".repeat(64)]: "x" } }, "", "label key"],
    [{ id: 1, labels: { "a/b/c": "x" } }, "", "label key"],
    [{ id: 1, labels: { a: "x y" } }, "labels.a", '"x y"', "label value"],
    [{ id: 1, labels: { a: "x".repeat(64) } }, "", "label value"],
    [{ id: 1, labels: { ok: "1", a: "b:c", d: "é" } }, "labels.a", "labels.d: "],
    [{ id: 1, lables: { a: "b" } }, "", "unknown", '"lables"', '"labels"'],
    [{ id: 1, name: "x", description: "x" }, "", "unknown", '"name"', '"description"'],
  ])("an invalid argument is reported before anything is sent: %j", async (args, argument, ...facts) => {
    const { call, simulator } = await start();
    expectMistake(await call(UPDATE, args), argument, ...facts, UPDATE);
    expect(simulator.requests).toEqual([]);
  });

  test("a label key that is a member of every object is refused", async () => {
    const { call, simulator } = await start();
    const labels = JSON.parse('{"env":"staging","app":"shop","__proto__":"x"}');
    expectMistake(await call(UPDATE, { id: SNAPSHOT, labels }), "labels", '"__proto__"', "label key");
    expect(simulator.requests).toEqual([]);
  });
});
