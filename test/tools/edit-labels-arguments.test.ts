import { describe, expect, test } from "vitest";
import {
  APP,
  alter,
  expectUntouched,
  failure,
  MISSING,
  question,
  SNAPSHOT,
  SYSTEM,
  start,
  stored,
  UNLABELLED,
} from "../support/answers.ts";

const EDIT = "hcloud_edit_image_labels";

describe("a mistake is told before anything is sent", () => {
  const set = { a: "b" };
  test.each<[args: Record<string, unknown>, sentence: RegExp]>([
    [{ ids: [1] }, /^nothing to change: give set or remove/],
    [{ ids: [1], set: {}, remove: [] }, /^nothing to change/],
    [{ ids: [1], set: null, remove: null }, /^nothing to change/],
    [{ ids: [1], confirm: "x" }, /^nothing to change/],
    [{ ids: [1], set, remove: ["a"] }, /^"a" is both set and removed/],
    [{ ids: [1], set: { a: "", c: "" }, remove: ["a", "b", "c"] }, /^"a" is both .*\n"c" is both/],
    [{ set }, /^ids: is required/],
    [{ ids: [], set }, /^ids: must not be empty/],
    [{ ids: 1, set }, /^ids: must be an array, not number/],
    [{ ids: ["1"], set }, /^ids\[0\]: must be an integer, not string/],
    [{ ids: [1, 0], set }, /^ids\[1\]: must be at least 1/],
    [{ ids: [1.5], set }, /^ids\[0\]: must be an integer/],
    [{ ids: [5, 6, 5], set }, /^ids: the same id is there twice/],
    [{ ids: Array.from({ length: 51 }, (_, i) => i + 1), set }, /^ids: .*at most 50/],
    [{ ids: [1], set: ["a"] }, /^set\b/],
    [{ ids: [1], set: { a: 3 } }, /^set\.a: must be a string, not number/],
    [{ ids: [1], set: { a: null } }, /^set\.a: must be a string, not null/],
    [{ ids: [1], set: { "": "x" } }, /^set\b.*not a label key/],
    [{ ids: [1], set: { "-a": "x" } }, /^set\.-a: not a label key/],
    [{ ids: [1], set: { ["k".repeat(64)]: "x" } }, /not a label key/],
    [{ ids: [1], set: { "a/b/c": "x" } }, /not a label key/],
    [{ ids: [1], set: { a: "x y" } }, /^set\.a: "x y" is not a label value/],
    [{ ids: [1], set: { a: "x".repeat(64) } }, /is not a label value/],
    [{ ids: [1], remove: "a" }, /^remove: must be an array, not string/],
    [{ ids: [1], remove: [""] }, /^remove\[0\]: "" is not a label key/],
    [{ ids: [1], remove: ["a", "b=c"] }, /^remove\[1\]: "b=c" is not a label key/],
    [{ ids: [1], remove: ["__proto__"] }, /is not a label key/],
    [{ ids: [1], add: set }, /unknown argument "add"/],
    [{ id: 1, set }, /unknown argument "id"\. Did you mean "ids"\?/],
  ])("%j", async (args, sentence) => {
    const { call, simulator } = await start();
    const told = failure(await call(EDIT, args));
    expect(told).toMatch(sentence);
    expect(told).toMatch(/Nothing was sent\. .*call hcloud_edit_image_labels again\. \(invalid_input\)$/);
    expect(simulator.requests).toEqual([]);
  });

  test("a label key that is the name of a member of every object", async () => {
    const { call, simulator } = await start();
    const args = { ids: [SNAPSHOT], set: JSON.parse('{"env":"staging","__proto__":"x"}') };
    expect(failure(await call(EDIT, args))).toContain("not a label key");
    expect(simulator.requests).toEqual([]);
  });

  test("a code that is no text", async () => {
    const { call, simulator } = await start();
    expect(failure(await call(EDIT, { ids: [SNAPSHOT], set, confirm: 7 }))).toMatch(/^confirm: must be/);
    expect(simulator.requests).toEqual([]);
  });
});

describe("one image that cannot be labelled refuses them all, and nothing is changed", () => {
  test.each([
    ["a system image", SYSTEM, /^Image 67794396 is a system image of Hetzner and cannot be labelled/],
    ["an app image", APP, /is a app image of Hetzner and cannot be labelled/],
    ["a missing image", MISSING, /^There is no such image .*\(not_found, /],
  ])("%s among others", async (_, id, sentence) => {
    const harness = await start();
    const before = stored(harness, SNAPSHOT);
    const args = { ids: [SNAPSHOT, id, UNLABELLED], set: { a: "b" } };
    expect(failure(await harness.call(EDIT, args))).toMatch(sentence);
    expectUntouched(harness, before);
    expect(harness.events).toMatchObject([{ tool: EDIT, ids: args.ids, outcome: "failed" }]);
  });

  test("a reserved key that would be set", async () => {
    const harness = await start();
    const before = stored(harness, SNAPSHOT);
    const args = { ids: [SNAPSHOT], set: { "hetzner.cloud/owner": "me", a: "b" } };
    const told = failure(await harness.call(EDIT, args));
    expect(told).toContain(
      `reserved for Hetzner, and "hetzner.cloud/owner" of image ${SNAPSHOT} would be changed.`,
    );
    expect(told).toMatch(/Nothing was changed\..*\(invalid_input\)$/);
    expectUntouched(harness, before);
  });

  test("a reserved key that would get another value", async () => {
    const harness = await start();
    alter(harness, SNAPSHOT, { labels: { "hetzner.cloud/owner": "hetzner" } });
    const before = stored(harness, SNAPSHOT);
    const args = { ids: [SNAPSHOT], set: { "hetzner.cloud/owner": "me" } };
    expect(failure(await harness.call(EDIT, args))).toContain("reserved for Hetzner");
    expectUntouched(harness, before);
  });

  test("a reserved key that would be removed", async () => {
    const harness = await start();
    alter(harness, SNAPSHOT, { labels: { "hetzner.cloud/owner": "hetzner" } });
    const before = stored(harness, SNAPSHOT);
    const args = { ids: [UNLABELLED, SNAPSHOT], remove: ["hetzner.cloud/owner"] };
    expect(failure(await harness.call(EDIT, args))).toContain(
      `reserved for Hetzner, and "hetzner.cloud/owner" of image ${SNAPSHOT} would be changed.`,
    );
    expectUntouched(harness, before);
  });

  test("but a reserved label that is there is no hindrance: it is sent back as it is", async () => {
    const harness = await start();
    const labels = { "hetzner.cloud/owner": "hetzner" };
    alter(harness, SNAPSHOT, { labels });
    const args = { ids: [SNAPSHOT], set: { ...labels, a: "b" }, remove: ["hetzner.cloud/absent"] };
    expect((await harness.call(EDIT, args)).data["status"]).toBe("done");
    expect(stored(harness, SNAPSHOT).labels).toEqual({ ...labels, a: "b" });
  });
});

test("an image that is gone when its code comes back refuses the call, and nothing is changed", async () => {
  const harness = await start();
  const args = { ids: [SNAPSHOT, UNLABELLED], set: { env: "prod" } };
  const { confirm } = question(await harness.call(EDIT, args));
  harness.simulator.state.images.delete(UNLABELLED);
  expect(failure(await harness.call(EDIT, { ...args, confirm }))).toContain("not_found");
  expectUntouched(harness, stored(harness, SNAPSHOT));
});

test("a server that was started read-only does not offer it", async () => {
  const { call, mcp, simulator } = await start({ readOnly: true });
  expect((await mcp.listTools()).tools.map(({ name }) => name)).not.toContain(EDIT);
  expect(failure(await call(EDIT, { ids: [SNAPSHOT], set: { a: "b" } }))).toContain("read_only");
  expect(simulator.requests).toEqual([]);
});
