/** Updates that are refused: for their arguments, or for the image they are about. */

import { describe, expect, test } from "vitest";
import {
  APP,
  expectUntouched,
  failure,
  MISSING,
  SNAPSHOT,
  SYSTEM,
  start,
  stored,
} from "../support/answers.ts";

const UPDATE = "hcloud_update_image";

describe("an image that cannot be updated is refused with the reason:", () => {
  test.each([
    [SYSTEM, "system", { labels: { a: "b" } }],
    [SYSTEM, "system", { type: "snapshot" }],
    [APP, "app", { labels: {} }],
    [SYSTEM, "system", { description: "mine" }],
  ])("image %i, a %s image: %j", async (id, type, update) => {
    const harness = await start();
    const told = failure(await harness.call(UPDATE, { id, ...update }));
    expect(told).toContain(`Image ${id} is a ${type} image of Hetzner and cannot be updated`);
    expect(told).toMatch(/\(invalid_input\)$/);
    expectUntouched(harness, stored(harness, id));
  });

  test.each([{ description: "x" }, { labels: { a: "b" } }, { type: "snapshot" }])(
    "a missing image: %j",
    async (update) => {
      const { call } = await start();
      expect(failure(await call(UPDATE, { id: MISSING, ...update }))).toContain("not_found");
    },
  );
});

describe("a mistake is reported before anything is sent:", () => {
  test.each<[args: Record<string, unknown>, sentence: RegExp]>([
    [{ id: 1 }, /^description, type or labels: is required/],
    [{ id: 1, confirm: "x" }, /^description, type or labels: is required/],
    [{ description: "x" }, /^id: is required/],
    [{ id: 1, description: 3 }, /^description: must be a string, not 3\n/],
    [{ id: 1, description: null }, /^description, type or labels: is required/],
    [{ id: 1, type: "backup" }, /^type: must be "snapshot", not "backup"\n/],
    [{ id: 1, labels: ["a"] }, /^labels: must be an object .*, not \["a"\]\n/],
    [{ id: 1, labels: null }, /^description, type or labels: is required/],
    [{ id: null, labels: {} }, /^id: is required\n/],
    [{ id: 1, labels: { a: 3 } }, /^labels\.a: must be a string, not 3\n/],
    [{ id: 1, labels: { a: null } }, /^labels\.a: must be a string, not null\n/],
    [{ id: 1, labels: { "": "x" } }, /^labels\b.*must be a label key/],
    [{ id: 1, labels: { "-a": "x" } }, /^labels\.-a: must be a label key/],
    [{ id: 1, labels: { ["k".repeat(64)]: "x" } }, /must be a label key/],
    [{ id: 1, labels: { "a/b/c": "x" } }, /must be a label key/],
    [{ id: 1, labels: { a: "x y" } }, /^labels\.a: must be a label value, not "x y"/],
    [{ id: 1, labels: { a: "x".repeat(64) } }, /must be a label value/],
    [{ id: 1, labels: { ok: "1", a: "b:c", d: "é" } }, /^labels\.a: .*\nlabels\.d: /],
    [{ id: 1, lables: { a: "b" } }, /unknown argument "lables"\. Did you mean "labels"\?/],
    [{ id: 1, name: "x", description: "x" }, /^unknown argument "name"\. Did you mean "description"\?/],
  ])("%j", async (args, sentence) => {
    const { call, simulator } = await start();
    const told = failure(await call(UPDATE, args));
    expect(told).toMatch(sentence);
    expect(told).toMatch(/Nothing was sent\. .*call hcloud_update_image again\. \(invalid_input\)$/);
    expect(simulator.requests).toEqual([]);
  });

  test("a label key that is the name of a member of every object", async () => {
    const { call, simulator } = await start();
    const labels = JSON.parse('{"env":"staging","app":"shop","__proto__":"x"}');
    expect(failure(await call(UPDATE, { id: SNAPSHOT, labels }))).toContain("not a label key");
    expect(simulator.requests).toEqual([]);
  });
});
