import { describe, expect, test } from "vitest";
import {
  alter,
  BACKUP,
  changes,
  expectUntouched,
  HOSTILE,
  lines,
  PROTECTED,
  question,
  SNAPSHOT,
  start,
  stored,
  UNLABELLED,
} from "../support/answers.ts";

const UPDATE = "hcloud_update_image";
/** Of SNAPSHOT, in the seed. */
const LABELS = { env: "staging", app: "shop" };

describe("updates without a loss", () => {
  test.each<[what: string, id: number, update: object]>([
    ["a new description", SNAPSHOT, { description: "before the rewrite" }],
    ["a new description of a protected snapshot", PROTECTED, { description: "golden" }],
    ["labels added while all old ones are kept", SNAPSHOT, { labels: { ...LABELS, keep: "" } }],
    ["labels added to a protected snapshot", PROTECTED, { labels: { role: "golden", keep: "", a: "b" } }],
    ["the same labels in another order", SNAPSHOT, { labels: { app: "shop", env: "staging" } }],
    ["first labels", UNLABELLED, { labels: { env: "prod", "example.com/owner": "me" } }],
    ["first labels of a backup", BACKUP, { labels: { env: "prod" } }],
    ["no labels where there are none", UNLABELLED, { labels: {} }],
    ["type snapshot on what is one already", SNAPSHOT, { type: "snapshot" }],
    ["all of them", SNAPSHOT, { description: "x", type: "snapshot", labels: { ...LABELS, a: "b" } }],
  ])(
    "an update without a loss needs no confirmation, and sends exactly the arguments: %s",
    async (_, id, update) => {
      const harness = await start();
      const before = stored(harness, id);
      const { data } = await harness.call(UPDATE, { id, ...update });
      expect(data["status"]).toBe("done");
      expect(changes(harness)).toEqual([[`PUT /images/${id}`, update]]);
      expect(stored(harness, id)).toEqual({ ...before, ...update });
    },
  );

  test("the result has the image after the update, and the replaced values", async () => {
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
    expect(data["previous"]).toEqual({ description: "before checkout rewrite", labels: LABELS });
  });

  test("a description is sent as written, and shown inert", async () => {
    const description = 'a "quoted" line\nand a second — ü 🙂\u202e';
    const harness = await start();
    const { data } = await harness.call(UPDATE, { id: SNAPSHOT, description });
    expect(stored(harness, SNAPSHOT).description).toBe(description);
    expect(data["image"]).toMatchObject({ description: 'a "quoted" line and a second — ü 🙂' });
  });

  test.each([
    { description: "x" },
    { labels: { ...LABELS, a: "b" } },
    { type: "snapshot" },
    { description: "x", labels: LABELS },
  ])("the image is read once, and then %j is sent", async (update) => {
    const { call, simulator } = await start();
    await call(UPDATE, { id: SNAPSHOT, ...update });
    expect(lines(simulator.requests)).toEqual([`GET /images/${SNAPSHOT}`, `PUT /images/${SNAPSHOT}`]);
  });
});

describe("updates with a loss", () => {
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
  ])("an update with a loss needs a confirmation: %s", async (_, labels, expected, absent) => {
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
    expect(preview["will"]).toBe(`replace the labels of image ${SNAPSHOT}`);
    expectUntouched(harness, before);

    const { data } = await harness.call(UPDATE, { ...args, confirm });
    expect(data).toMatchObject({ status: "done", image: { id: SNAPSHOT } });
    expect(data["previous"]).toEqual({ labels: LABELS });
    expect(changes(harness)).toEqual([[`PUT /images/${SNAPSHOT}`, { labels }]]);
    expect(stored(harness, SNAPSHOT).labels).toEqual(labels);
  });

  test("the conversion of a backup needs a confirmation, because it costs and cannot be undone", async () => {
    const harness = await start();
    const before = stored(harness, BACKUP);
    const args = { id: BACKUP, type: "snapshot" };
    const { preview, confirm } = question(await harness.call(UPDATE, args));
    expect(preview["will"]).toMatch(
      /^turn backup 399011806 into a snapshot, which costs 0\.12 EUR a month until it is deleted$/,
    );
    expect(preview["cannot_be_undone"]).toBe("a snapshot never becomes a backup again");
    expect(preview["image"]).toMatchObject({ type: "backup", bound_to: 77, image_size: 8.61 });
    expectUntouched(harness, before);

    expect(preview).not.toHaveProperty("new_labels");
    expect(preview).not.toHaveProperty("new_description");
    expect(confirm).toMatch(/^turn backup 399011806 into a snapshot #[2-9a-z]{12}$/);

    const { data } = await harness.call(UPDATE, { ...args, confirm });
    expect(data).toMatchObject({ status: "done", image: { type: "snapshot" }, previous: { type: "backup" } });
    expect(changes(harness)).toEqual([[`PUT /images/${BACKUP}`, { type: "snapshot" }]]);
  });

  test("several losses need one confirmation with one code", async () => {
    const harness = await start();
    alter(harness, BACKUP, { labels: { keep: "" } });
    const args = { id: BACKUP, type: "snapshot", labels: {}, description: "kept" };
    const { preview, confirm } = question(await harness.call(UPDATE, args));
    expect(preview["will"]).toBe(
      `turn backup ${BACKUP} into a snapshot, which costs 0.12 EUR a month until it is deleted; replace the labels of image ${BACKUP}; replace the description of image ${BACKUP}`,
    );
    expect(preview["cannot_be_undone"]).toBe(
      "a snapshot never becomes a backup again; the old values are kept only in the result",
    );
    expect(preview["labels_lost"]).toEqual({ keep: "" });
    expect(preview["new_description"]).toBe("kept");
    expect(confirm).toContain(`turn backup ${BACKUP} into a snapshot, 1 label value lost, new description #`);
    const { data } = await harness.call(UPDATE, { ...args, confirm });
    expect(data["previous"]).toEqual({
      type: "backup",
      labels: { keep: "" },
      description: "build-arm backup",
    });
    expect(changes(harness)).toEqual([
      [`PUT /images/${BACKUP}`, { type: "snapshot", labels: {}, description: "kept" }],
    ]);
  });

  test("a preview of lost labels shows the beginning of the new description", async () => {
    const harness = await start();
    const args = { id: SNAPSHOT, labels: { env: "prod" }, description: "x".repeat(600) };
    const { preview, confirm } = question(await harness.call(UPDATE, args));
    expect(preview).toMatchObject({
      will: `replace the labels of image ${SNAPSHOT}; replace the description of image ${SNAPSHOT}`,
      cannot_be_undone: "the old values are kept only in the result",
      labels_lost: { app: "shop" },
      labels_overwritten: { env: "staging" },
      new_description: `${"x".repeat(500)}... (+100 characters)`,
    });
    expect(confirm.replace(/ #.*/, "")).toBe(
      `replace labels of snapshot ${SNAPSHOT}, 2 label values lost, new description`,
    );
  });

  test("lost labels of a protected snapshot need a confirmation", async () => {
    const harness = await start();
    const args = { id: PROTECTED, labels: { role: "old" } };
    const { preview, confirm } = question(await harness.call(UPDATE, args));
    expect(preview["image"]).toMatchObject({ protection: { delete: true } });
    expect((await harness.call(UPDATE, { ...args, confirm })).data["status"]).toBe("done");
    expect(changes(harness)).toEqual([[`PUT /images/${PROTECTED}`, { labels: { role: "old" } }]]);
  });

  test("a preview shows a hostile description only as a value", async () => {
    const { call } = await start();
    const { preview } = question(await call(UPDATE, { id: HOSTILE, labels: {} }));
    expect(`${preview["will"]} ${preview["cannot_be_undone"]}`).not.toMatch(/SYSTEM|nightly/);
  });
});
