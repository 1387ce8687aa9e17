import { describe, expect, test } from "vitest";
import {
  APP,
  alter,
  BACKUP,
  changes,
  expectUntouched,
  failure,
  HOSTILE,
  lines,
  MISSING,
  PROTECTED,
  question,
  SNAPSHOT,
  SYSTEM,
  start,
  stored,
  UNLABELLED,
} from "../support/answers.ts";

const UPDATE = "hcloud_update_image";
/** Of SNAPSHOT, in the seed. */
const LABELS = { env: "staging", app: "shop" };

describe("with nothing to lose there is no question, and exactly what was given is sent", () => {
  test.each<[what: string, id: number, update: object]>([
    ["a new description", SNAPSHOT, { description: "before the rewrite" }],
    ["a new description of a protected snapshot", PROTECTED, { description: "golden" }],
    ["an emptied description", SNAPSHOT, { description: "" }],
    ["labels added while all old ones are kept", SNAPSHOT, { labels: { ...LABELS, keep: "" } }],
    ["labels added to a protected snapshot", PROTECTED, { labels: { role: "golden", keep: "", a: "b" } }],
    ["the same labels in another order", SNAPSHOT, { labels: { app: "shop", env: "staging" } }],
    ["first labels", UNLABELLED, { labels: { env: "prod", "example.com/owner": "me" } }],
    ["first labels of a backup", BACKUP, { labels: { env: "prod" } }],
    ["no labels where there are none", UNLABELLED, { labels: {} }],
    ["type snapshot on what is one already", SNAPSHOT, { type: "snapshot" }],
    ["all at once", SNAPSHOT, { description: "x", type: "snapshot", labels: { ...LABELS, a: "b" } }],
  ])("%s", async (_, id, update) => {
    const harness = await start();
    const before = stored(harness, id);
    const { data } = await harness.call(UPDATE, { id, ...update });
    expect(data["status"]).toBe("done");
    expect(changes(harness)).toEqual([[`PUT /images/${id}`, update]]);
    expect(stored(harness, id)).toEqual({ ...before, ...update });
  });

  test("the answer shows the image as it is now", async () => {
    const { call } = await start();
    const { data } = await call(UPDATE, {
      id: SNAPSHOT,
      description: "new words",
      labels: { ...LABELS, a: "b" },
    });
    expect(data["image"]).toMatchObject({
      id: SNAPSHOT,
      description: "new words",
      labels: { ...LABELS, a: "b" },
    });
  });

  test("a description travels as it was written, and is shown inert", async () => {
    const description = 'a "quoted" line\nand a second — ü 🙂\u202e';
    const harness = await start();
    const { data } = await harness.call(UPDATE, { id: SNAPSHOT, description });
    expect(stored(harness, SNAPSHOT).description).toBe(description);
    expect(data["image"]).toMatchObject({ description: 'a "quoted" line and a second — ü 🙂' });
  });

  test("the target is read before labels or a type are sent", async () => {
    const { call, simulator } = await start();
    await call(UPDATE, { id: SNAPSHOT, labels: { ...LABELS, a: "b" } });
    expect(lines(simulator.requests)).toEqual([`GET /images/${SNAPSHOT}`, `PUT /images/${SNAPSHOT}`]);
  });
});

describe("what would lose something is asked first", () => {
  test.each<[what: string, labels: Record<string, string>, preview: object, absent: string[]]>([
    ["a dropped label", { env: "staging" }, { labels_lost: { app: "shop" } }, ["labels_overwritten"]],
    [
      "an overwritten one",
      { ...LABELS, env: "prod" },
      { labels_overwritten: { env: "staging" } },
      ["labels_lost"],
    ],
    [
      "one of each",
      { env: "", b: "c" },
      { labels_lost: { app: "shop" }, labels_overwritten: { env: "staging" } },
      [],
    ],
    ["all of them", {}, { labels_lost: LABELS }, ["labels_overwritten"]],
    [
      "another case of the key",
      { ...LABELS, env: "Staging" },
      { labels_overwritten: { env: "staging" } },
      [],
    ],
  ])("%s", async (_, labels, expected, absent) => {
    const harness = await start();
    const before = stored(harness, SNAPSHOT);
    const args = { id: SNAPSHOT, labels };
    const { preview, confirm } = question(await harness.call(UPDATE, args));
    expect(preview).toMatchObject({
      ...expected,
      new_labels: labels,
      image: { id: SNAPSHOT, labels: LABELS },
    });
    for (const member of absent) expect(preview).not.toHaveProperty(member);
    expect(preview["will"]).toContain(`replace the labels of image ${SNAPSHOT}`);
    expectUntouched(harness, before);

    const { data } = await harness.call(UPDATE, { ...args, confirm });
    expect(data).toMatchObject({ status: "done", image: { id: SNAPSHOT } });
    expect(changes(harness)).toEqual([[`PUT /images/${SNAPSHOT}`, { labels }]]);
    expect(stored(harness, SNAPSHOT).labels).toEqual(labels);
  });

  test("a backup that becomes a snapshot, which costs and cannot be undone", async () => {
    const harness = await start();
    const before = stored(harness, BACKUP);
    const args = { id: BACKUP, type: "snapshot" };
    const { preview, confirm } = question(await harness.call(UPDATE, args));
    expect(preview["will"]).toMatch(/^turn backup 399011806 into a snapshot, which is billed per GB/);
    expect(preview["cannot_be_undone"]).toContain("a snapshot never becomes a backup again");
    expect(preview["image"]).toMatchObject({ type: "backup", bound_to: 77, image_size: 8.61 });
    expectUntouched(harness, before);

    const { data } = await harness.call(UPDATE, { ...args, confirm });
    expect(data).toMatchObject({ status: "done", image: { type: "snapshot" } });
    expect(changes(harness)).toEqual([[`PUT /images/${BACKUP}`, { type: "snapshot" }]]);
  });

  test("both together, in one question", async () => {
    const harness = await start();
    alter(harness, BACKUP, { labels: { keep: "" } });
    const args = { id: BACKUP, type: "snapshot", labels: {}, description: "kept" };
    const { preview, confirm } = question(await harness.call(UPDATE, args));
    expect(preview["will"]).toMatch(/turn backup \d+ into a snapshot.*; replace the labels of image \d+/);
    expect(preview["labels_lost"]).toEqual({ keep: "" });
    await harness.call(UPDATE, { ...args, confirm });
    expect(changes(harness)).toEqual([
      [`PUT /images/${BACKUP}`, { type: "snapshot", labels: {}, description: "kept" }],
    ]);
  });

  test("with the new description, where that is part of the call", async () => {
    const { call } = await start();
    const args = { id: SNAPSHOT, labels: {}, description: "entirely new words" };
    expect(JSON.stringify(question(await call(UPDATE, args)).preview)).toContain("entirely new words");
  });

  test("and all that cannot be undone, where that is two things", async () => {
    const harness = await start();
    alter(harness, BACKUP, { labels: { keep: "" } });
    const { preview } = question(await harness.call(UPDATE, { id: BACKUP, type: "snapshot", labels: {} }));
    expect(preview["cannot_be_undone"]).toMatch(/never becomes a backup again/);
    expect(preview["cannot_be_undone"]).toMatch(/labels?/);
  });

  test("labels of a protected snapshot, which can then be replaced all the same", async () => {
    const harness = await start();
    const args = { id: PROTECTED, labels: { role: "old" } };
    const { preview, confirm } = question(await harness.call(UPDATE, args));
    expect(preview["image"]).toMatchObject({ protection: { delete: true } });
    expect((await harness.call(UPDATE, { ...args, confirm })).data["status"]).toBe("done");
    expect(changes(harness)).toEqual([[`PUT /images/${PROTECTED}`, { labels: { role: "old" } }]]);
  });

  test("and a hostile description of the target stays a value", async () => {
    const { call } = await start();
    const { preview } = question(await call(UPDATE, { id: HOSTILE, labels: {} }));
    expect(`${preview["will"]} ${preview["cannot_be_undone"]}`).not.toMatch(/SYSTEM|nightly/);
  });
});

describe("what cannot be updated is refused with the reason", () => {
  test.each([
    [SYSTEM, "system", { labels: { a: "b" } }],
    [SYSTEM, "system", { type: "snapshot" }],
    [APP, "app", { labels: {} }],
  ])("image %i, a %s image: %j", async (id, type, update) => {
    const harness = await start();
    const told = failure(await harness.call(UPDATE, { id, ...update }));
    expect(told).toContain(`Image ${id} is a ${type} image of Hetzner and cannot be updated`);
    expectUntouched(harness, stored(harness, id));
  });

  test("a system image that is to be renamed only", async () => {
    const harness = await start();
    const before = stored(harness, SYSTEM);
    const told = failure(await harness.call(UPDATE, { id: SYSTEM, description: "mine" }));
    expect(told).toContain("only images of type snapshot and backup can be updated");
    expect(stored(harness, SYSTEM)).toEqual(before);
  });

  test.each([{ description: "x" }, { labels: { a: "b" } }, { type: "snapshot" }])(
    "a missing one: %j",
    async (update) => {
      const { call } = await start();
      expect(failure(await call(UPDATE, { id: MISSING, ...update }))).toContain("not_found");
    },
  );
});

describe("a mistake is told before anything is sent", () => {
  test.each<[args: Record<string, unknown>, sentence: RegExp]>([
    [{ id: 1 }, /^nothing to change: give description, type or labels/],
    [{ id: 1, confirm: "x" }, /^nothing to change/],
    [{ description: "x" }, /^id: is required/],
    [{ id: 1, description: 3 }, /^description: must be a string, not number\n/],
    [{ id: 1, description: null }, /^nothing to change/],
    [{ id: 1, type: "backup" }, /^type: must be "snapshot"\n/],
    [{ id: 1, labels: ["a"] }, /^labels: must be an object, not array\n/],
    [{ id: 1, labels: null }, /^nothing to change/],
    [{ id: null, labels: {} }, /^id: is required\n/],
    [{ id: 1, labels: { a: 3 } }, /^labels\.a: must be a string, not number\n/],
    [{ id: 1, labels: { a: null } }, /^labels\.a: must be a string, not null\n/],
    [{ id: 1, labels: { "": "x" } }, /^labels\b.*not a label key/],
    [{ id: 1, labels: { "-a": "x" } }, /^labels\.-a: not a label key/],
    [{ id: 1, labels: { ["k".repeat(64)]: "x" } }, /not a label key/],
    [{ id: 1, labels: { "a/b/c": "x" } }, /not a label key/],
    [{ id: 1, labels: { a: "x y" } }, /^labels\.a: "x y" is not a label value/],
    [{ id: 1, labels: { a: "x".repeat(64) } }, /is not a label value/],
    [{ id: 1, labels: { ok: "1", a: "b:c", d: "é" } }, /^labels\.a: .*\nlabels\.d: /],
    [{ id: 1, lables: { a: "b" } }, /unknown argument "lables"\. Did you mean "labels"\?/],
    [{ id: 1, name: "x", description: "x" }, /unknown argument "name"/],
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
