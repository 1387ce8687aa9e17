import { describe, expect, test } from "vitest";
import {
  APP,
  alter,
  expectFailure,
  expectMistake,
  expectUntouched,
  question,
  SNAPSHOT,
  SYSTEM,
  start,
  stored,
  UNLABELLED,
} from "../support/answers.ts";
import { NOTHING_CHANGED } from "../support/claims.ts";
import { snapshot } from "../support/random-images.ts";

const EDIT = "hcloud_edit_image_labels";

describe("arguments of hcloud_edit_image_labels", () => {
  const set = { a: "b" };
  test.each<[args: Record<string, unknown>, argument: string, ...facts: string[]]>([
    [{ ids: [1] }, "set or remove", "required"],
    [{ ids: [1], set: {}, remove: [] }, "set or remove", "required"],
    [{ ids: [1], set: null, remove: null }, "set or remove", "required"],
    [{ ids: [1], confirm: "x" }, "set or remove", "required"],
    [{ ids: [1], set, remove: ["a"] }, "remove", '"a"', "set"],
    [{ ids: [1], set: { a: "", c: "" }, remove: ["a", "b", "c"] }, "remove", '"a"', '"c"', "set"],
    [{ set }, "ids", "required"],
    [{ ids: [], set }, "ids", "1 to 50"],
    [{ ids: {}, set }, "ids[0]", "{}"],
    [{ ids: ["+1"], set }, "ids[0]", '"+1"'],
    [{ ids: [1, 0], set }, "ids[1]", "0"],
    [{ ids: [1.5], set }, "ids[0]", "1.5"],
    [{ ids: [5, 6, 5], set }, "ids", "5 twice"],
    [{ ids: Array.from({ length: 51 }, (_, i) => i + 1), set }, "ids", "1 to 50"],
    [{ ids: [1], set: ["a"] }, "set", "an object", '["a"]'],
    [{ ids: [1], set: { a: 3 } }, "set.a", "a string", "3"],
    [{ ids: [1], set: { a: null } }, "set.a", "a string", "null"],
    [{ ids: [1], set: { "": "x" } }, "", "label key"],
    [{ ids: [1], set: { "-a": "x" } }, "set.-a", "label key"],
    [{ ids: [1], set: { ["k".repeat(64)]: "x" } }, "", "label key"],
    [{ ids: [1], set: { "a/b/c": "x" } }, "", "label key"],
    [{ ids: [1], set: { a: "x y" } }, "set.a", '"x y"', "label value"],
    [{ ids: [1], set: { a: "x".repeat(64) } }, "", "label value"],
    [{ ids: [1], remove: "a b" }, "remove[0]", '"a b"', "label key"],
    [{ ids: [1], remove: [""] }, "remove[0]", '""', "label key"],
    [{ ids: [1], remove: ["a", "b=c"] }, "remove[1]", '"b=c"', "label key"],
    [{ ids: [1], remove: ["__proto__"] }, "", "label key"],
    [{ ids: [1], add: set }, "", "unknown", '"add"'],
    [{ id: 1, set }, "", "unknown", '"id"', '"ids"'],
  ])("an invalid argument is reported before anything is sent: %j", async (args, argument, ...facts) => {
    const { call, simulator } = await start();
    expectMistake(await call(EDIT, args), argument, ...facts, EDIT);
    expect(simulator.requests).toEqual([]);
  });

  test("a label key that is a member of every object is refused", async () => {
    const { call, simulator } = await start();
    const args = { ids: [SNAPSHOT], set: JSON.parse('{"env":"staging","__proto__":"x"}') };
    expectMistake(await call(EDIT, args), "set", '"__proto__"', "label key");
    expect(simulator.requests).toEqual([]);
  });

  test("a code that is no text is refused", async () => {
    const { call, simulator } = await start();
    expectMistake(await call(EDIT, { ids: [SNAPSHOT], set, confirm: 7 }), "confirm", "7");
    expect(simulator.requests).toEqual([]);
  });
});

describe("images and keys that refuse an edit of labels", () => {
  test.each([
    ["system", SYSTEM],
    ["app", APP],
  ])("an image of type %s among others refuses the whole edit", async (type, id) => {
    const harness = await start();
    const before = stored(harness, SNAPSHOT);
    const args = { ids: [SNAPSHOT, id, UNLABELLED], set: { a: "b" } };
    expectFailure(
      await harness.call(EDIT, args),
      "invalid_input",
      id,
      type,
      "labelled",
      "snapshots and backups",
    );
    expectUntouched(harness, before);
    expect(harness.events).toMatchObject([{ tool: EDIT, ids: args.ids, outcome: "failed" }]);
  });

  test("a reserved key that would be set refuses the whole edit", async () => {
    const harness = await start();
    const before = stored(harness, SNAPSHOT);
    const args = { ids: [SNAPSHOT], set: { "hetzner.cloud/owner": "me", a: "b" } };
    expectFailure(await harness.call(EDIT, args), "invalid_input", '"hetzner.cloud/owner"', SNAPSHOT);
    expectUntouched(harness, before);
  });

  test("a reserved key that would get another value refuses the whole edit", async () => {
    const harness = await start();
    alter(harness, SNAPSHOT, { labels: { "hetzner.cloud/owner": "hetzner" } });
    const before = stored(harness, SNAPSHOT);
    const args = { ids: [SNAPSHOT], set: { "hetzner.cloud/owner": "me" } };
    expectFailure(await harness.call(EDIT, args), "invalid_input", '"hetzner.cloud/owner"', SNAPSHOT);
    expectUntouched(harness, before);
  });

  test("a reserved key that would be removed refuses the whole edit", async () => {
    const harness = await start();
    alter(harness, SNAPSHOT, { labels: { "hetzner.cloud/owner": "hetzner" } });
    const before = stored(harness, SNAPSHOT);
    const args = { ids: [UNLABELLED, SNAPSHOT], remove: ["hetzner.cloud/owner"] };
    expectFailure(await harness.call(EDIT, args), "invalid_input", '"hetzner.cloud/owner"', SNAPSHOT);
    expectUntouched(harness, before);
  });

  test("a reserved label that exists is sent back unchanged", async () => {
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

  test("an unknown id is reported when nothing is lost, and the others are edited", async () => {
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

  test("an unknown id is in the preview and the result, and the others are edited", async () => {
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

  test("an image that is deleted after the preview refuses the code, with a fresh preview without it", async () => {
    const harness = await start({ images: withLabels({ env: "test" }) });
    const args = { ids, set: { env: "prod" } };
    const { confirm } = question(await harness.call(EDIT, args));
    harness.simulator.state.images.delete(17);
    const fresh = question(await harness.call(EDIT, { ...args, confirm }));
    expect(fresh.refused).toContain("image 17 ");
    expect(fresh.preview["not_found"]).toEqual([17]);
    expect(harness.simulator.writes()).toEqual([]);
    expect((await harness.call(EDIT, { ...args, confirm: fresh.confirm })).data["failed"]).toHaveLength(1);
    expect(stored(harness, 50).labels).toEqual({ env: "prod" });
  });
});

test("an edit fails completely when all ids are unknown", async () => {
  const { call, simulator, events } = await start({ images: [] });
  expectFailure(await call(EDIT, { ids: [1, 2], remove: ["a"] }), "not_found");
  expect(simulator.writes()).toEqual([]);
  expect(events.at(-1)).toMatchObject({ outcome: "failed", code: "not_found" });
});

test("a read-only server does not offer hcloud_edit_image_labels", async () => {
  const { call, mcp, simulator } = await start({ readOnly: true });
  expect((await mcp.listTools()).tools.map(({ name }) => name)).not.toContain(EDIT);
  expectFailure(await call(EDIT, { ids: [SNAPSHOT], set: { a: "b" } }), "read_only");
  expect(simulator.requests).toEqual([]);
});

test("a read-only token changes no label, and the error says so", async () => {
  const readOnlyToken = "zY8xW6vU4tS2rQ0pO9nM7lK5jI3hG1fEdCbAzYxWvUtSrQpOnMlKjIhGfE91827364";
  const harness = await start({ readOnlyToken, clientToken: readOnlyToken });
  const before = stored(harness, SNAPSHOT);
  const answer = await harness.call(EDIT, { ids: [SNAPSHOT, UNLABELLED], set: { ours: "2" } });
  expectFailure(answer, "token_readonly", NOTHING_CHANGED);
  expect(stored(harness, SNAPSHOT)).toEqual(before);
  expectFailure(await harness.call(EDIT, { ids: [1], set: { ours: "2" } }), "not_found");
});
