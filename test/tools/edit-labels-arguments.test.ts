import { describe, expect, test } from "vitest";
import {
  APP,
  alter,
  expectUntouched,
  failure,
  question,
  SNAPSHOT,
  SYSTEM,
  start,
  stored,
  UNLABELLED,
} from "../support/answers.ts";
import { snapshot } from "../support/random-images.ts";

const EDIT = "hcloud_edit_image_labels";

describe("a mistake is reported before anything is sent:", () => {
  const set = { a: "b" };
  test.each<[args: Record<string, unknown>, sentence: RegExp]>([
    [{ ids: [1] }, /^set or remove: is required/],
    [{ ids: [1], set: {}, remove: [] }, /^set or remove: is required/],
    [{ ids: [1], set: null, remove: null }, /^set or remove: is required/],
    [{ ids: [1], confirm: "x" }, /^set or remove: is required/],
    [{ ids: [1], set, remove: ["a"] }, /^remove: must not contain "a", which set contains/],
    [
      { ids: [1], set: { a: "", c: "" }, remove: ["a", "b", "c"] },
      /^remove: must not contain "a".*\nremove: must not contain "c"/,
    ],
    [{ set }, /^ids: is required/],
    [{ ids: [], set }, /^ids: must be a list of 1 to 50 ids, not \[\]\n/],
    [{ ids: {}, set }, /^ids\[0\]: must be a whole number .*, not {}\n/],
    [{ ids: ["+1"], set }, /^ids\[0\]: must be a whole number .*, not "\+1"\n/],
    [{ ids: [1, 0], set }, /^ids\[1\]: must be a whole number .*, not 0\n/],
    [{ ids: [1.5], set }, /^ids\[0\]: must be a whole number .*, not 1\.5\n/],
    [{ ids: [5, 6, 5], set }, /^ids: must not contain 5 twice/],
    [
      { ids: Array.from({ length: 51 }, (_, i) => i + 1), set },
      /^ids: must be a list of 1 to 50 ids, not \[1,2,/,
    ],
    [{ ids: [1], set: ["a"] }, /^set: must be an object .*, not \["a"\]\n/],
    [{ ids: [1], set: { a: 3 } }, /^set\.a: must be a string, not 3\n/],
    [{ ids: [1], set: { a: null } }, /^set\.a: must be a string, not null/],
    [{ ids: [1], set: { "": "x" } }, /^set\b.*must be a label key/],
    [{ ids: [1], set: { "-a": "x" } }, /^set\.-a: must be a label key/],
    [{ ids: [1], set: { ["k".repeat(64)]: "x" } }, /must be a label key/],
    [{ ids: [1], set: { "a/b/c": "x" } }, /must be a label key/],
    [{ ids: [1], set: { a: "x y" } }, /^set\.a: must be a label value, not "x y"/],
    [{ ids: [1], set: { a: "x".repeat(64) } }, /must be a label value/],
    [{ ids: [1], remove: "a b" }, /^remove\[0\]: must be a label key, not "a b"/],
    [{ ids: [1], remove: [""] }, /^remove\[0\]: must be a label key, not ""/],
    [{ ids: [1], remove: ["a", "b=c"] }, /^remove\[1\]: must be a label key, not "b=c"/],
    [{ ids: [1], remove: ["__proto__"] }, /must be a label key/],
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

describe("one image that cannot be labelled refuses them all, and nothing is changed:", () => {
  test.each([
    ["a system image", SYSTEM, /^Image 67794396 is a system image of Hetzner and cannot be labelled/],
    ["an app image", APP, /is a app image of Hetzner and cannot be labelled/],
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

  test("a reserved label that is there already does not: it is sent back as it is", async () => {
    const harness = await start();
    const labels = { "hetzner.cloud/owner": "hetzner" };
    alter(harness, SNAPSHOT, { labels });
    const args = { ids: [SNAPSHOT], set: { ...labels, a: "b" }, remove: ["hetzner.cloud/absent"] };
    expect((await harness.call(EDIT, args)).data["status"]).toBe("done");
    expect(stored(harness, SNAPSHOT).labels).toEqual({ ...labels, a: "b" });
  });
});

describe("an unknown id among fifty", () => {
  const ids = Array.from({ length: 50 }, (_, i) => i + 1);
  const others = ids.filter((id) => id !== 17);
  const withLabels = (labels: Record<string, string>) => ids.map((id) => snapshot(id, { labels }));

  async function startWithout17(labels: Record<string, string>) {
    const harness = await start({ images: withLabels(labels) });
    harness.simulator.state.images.delete(17);
    return harness;
  }

  test("is reported when nothing is lost, and the others are edited", async () => {
    const harness = await startWithout17({});
    const { data } = await harness.call(EDIT, { ids, set: { a: "b" } });
    expect(data).toMatchObject({ status: "incomplete", failed: [{ id: 17, code: "not_found" }] });
    expect(data["rows"]).toEqual(others.map((id) => [id, { a: "b" }]));
    for (const id of others) expect(stored(harness, id).labels).toEqual({ a: "b" });
    expect(harness.events.at(-1)).toMatchObject({
      outcome: "incomplete",
      edited: others,
      failed: [{ id: 17, code: "not_found" }],
    });
  });

  test("is shown in the preview and reported in the result, and the others are edited", async () => {
    const harness = await startWithout17({ env: "test" });
    const args = { ids, set: { env: "prod" } };
    const { preview, confirm } = question(await harness.call(EDIT, args));
    expect(preview).toMatchObject({
      will: "edit the labels of 49 snapshots; values are lost on 49",
      not_found: [17],
    });
    expect((preview["rows"] as unknown[][]).map(([id]) => id)).toEqual(others);
    const { data } = await harness.call(EDIT, { ...args, confirm });
    expect(data).toMatchObject({ status: "incomplete", failed: [{ id: 17, code: "not_found" }] });
    expect(data["previous"]).toEqual(others.map((id) => ({ id, labels: { env: "test" } })));
    for (const id of others) expect(stored(harness, id).labels).toEqual({ env: "prod" });
  });

  test("that vanished since the preview refuses its code, with a fresh preview without it", async () => {
    const harness = await start({ images: withLabels({ env: "test" }) });
    const args = { ids, set: { env: "prod" } };
    const { confirm } = question(await harness.call(EDIT, args));
    harness.simulator.state.images.delete(17);
    const fresh = question(await harness.call(EDIT, { ...args, confirm }));
    expect(fresh.refused).toContain("image 17 is gone");
    expect(fresh.preview["not_found"]).toEqual([17]);
    expect(harness.simulator.writes()).toEqual([]);
    expect((await harness.call(EDIT, { ...args, confirm: fresh.confirm })).data["failed"]).toHaveLength(1);
    expect(stored(harness, 50).labels).toEqual({ env: "prod" });
  });
});

test("fails as a whole when all ids are unknown", async () => {
  const { call, simulator, events } = await start({ images: [] });
  expect(failure(await call(EDIT, { ids: [1, 2], remove: ["a"] }))).toContain("(not_found");
  expect(simulator.writes()).toEqual([]);
  expect(events.at(-1)).toMatchObject({ outcome: "failed", code: "not_found" });
});

test("is not offered by a server that runs read-only", async () => {
  const { call, mcp, simulator } = await start({ readOnly: true });
  expect((await mcp.listTools()).tools.map(({ name }) => name)).not.toContain(EDIT);
  expect(failure(await call(EDIT, { ids: [SNAPSHOT], set: { a: "b" } }))).toContain("read_only");
  expect(simulator.requests).toEqual([]);
});

test("a read-only token changes nothing, which the error says", async () => {
  const readOnlyToken = "zY8xW6vU4tS2rQ0pO9nM7lK5jI3hG1fEdCbAzYxWvUtSrQpOnMlKjIhGfE91827364";
  const harness = await start({ readOnlyToken, clientToken: readOnlyToken });
  const before = stored(harness, SNAPSHOT);
  const told = failure(await harness.call(EDIT, { ids: [SNAPSHOT, UNLABELLED], set: { ours: "2" } }));
  expect(told).toMatch(/^The API token may only read \(token_readonly.*Nothing was changed/);
  expect(stored(harness, SNAPSHOT)).toEqual(before);
  expect(failure(await harness.call(EDIT, { ids: [1], set: { ours: "2" } }))).toContain("not_found");
});
