/** Label edits leave the labels of the bin alone: by no edit an image is due, or loses what is hidden. */

import { describe, expect, test } from "vitest";
import { alter, expectFailure, failure, question, start } from "../support/answers.ts";
import { binned, binOf, labelsOf, RESTORE, TODAY, YESTERDAY } from "../support/bin.ts";
import { many } from "../support/cleanup.ts";

const EDIT = "hcloud_edit_image_labels";
const UPDATE = "hcloud_update_image";

const HIDDEN = binned(TODAY, { "bin/role": "golden", "bin.p/k": "v" });
const IMAGES = many(2, (i) => ({ labels: i === 0 ? HIDDEN : { role: "web" } }));

describe("refused edits of bin labels", () => {
  test.each<[tool: string, args: object]>([
    [EDIT, { ids: [1002], set: { "bin/due": YESTERDAY } }],
    [EDIT, { ids: [1001], set: { "bin/due": YESTERDAY } }],
    [EDIT, { ids: [1001, 1002], remove: ["bin/due"] }],
    [EDIT, { ids: [1001], set: { "bin/role": "web" } }],
    [EDIT, { ids: [1002], set: { "bin/new": "" } }],
    [EDIT, { ids: [1001], remove: ["bin.p/k"] }],
    [UPDATE, { id: 1002, labels: binned(YESTERDAY, { role: "web" }) }],
    [UPDATE, { id: 1001, labels: { ...HIDDEN, "bin/due": YESTERDAY } }],
    [UPDATE, { id: 1001, labels: {} }],
    [UPDATE, { id: 1001, labels: binned(TODAY) }],
  ])("an edit of bin labels is refused: %s %j", async (tool, args) => {
    const { call, simulator } = await start({ images: IMAGES });
    const answer = await call(tool, { ...args });
    expectFailure(answer, "invalid_input", '"bin', "hcloud_bin_images", "hcloud_restore_images");
    expect(failure(answer)).toMatch(/ 100[12] /);
    expect(simulator.writes()).toEqual([]);
  });
});

describe("accepted edits of images in the bin", () => {
  test("an edit of other labels of an image in the bin is accepted", async () => {
    const harness = await start({ images: IMAGES });
    await harness.call(EDIT, { ids: [1001], set: { note: "x" } });
    expect(labelsOf(harness, 1001)).toEqual({ ...HIDDEN, note: "x" });
    await harness.call(UPDATE, { id: 1001, description: "new" });
    expect(labelsOf(harness, 1001)).toEqual({ ...HIDDEN, note: "x" });
  });

  test("an edit that sets another value of a hidden label loses nothing, and restoring names the label", async () => {
    const harness = await start({ images: IMAGES });
    const edit = await harness.call(EDIT, { ids: [1001], set: { role: "web" } });
    expect(edit.data["status"]).toBe("done");
    const { skipped } = binOf(await harness.call(RESTORE, { ids: [1001] }));
    expect(skipped).toEqual([{ id: 1001, why: expect.stringContaining('"role"') }]);
    expect(labelsOf(harness, 1001)).toEqual({ ...HIDDEN, role: "web" });
  });

  test("an edit that repeats the bin labels unchanged is accepted", async () => {
    const harness = await start({ images: IMAGES });
    await harness.call(UPDATE, { id: 1001, labels: { ...HIDDEN, note: "x" } });
    await harness.call(EDIT, { ids: [1001], set: { "bin/due": TODAY, more: "" } });
    expect(labelsOf(harness, 1001)).toEqual({ ...HIDDEN, note: "x", more: "" });
  });

  test.each(["binary", "bins/x", "due", "a.bin/x", "bin"])(
    "an edit of the key %s, which is none of the bin, is accepted",
    async (key) => {
      const harness = await start({ images: IMAGES });
      await harness.call(EDIT, { ids: [1002], set: { [key]: "1" } });
      expect(labelsOf(harness, 1002)).toEqual({ role: "web", [key]: "1" });
    },
  );
});

test("an image that is restored during an edit of labels does not return to the bin", async () => {
  const harness = await start({ images: IMAGES });
  const args = { ids: [1001], set: { "bin/due": TODAY }, remove: ["old"] };
  alter(harness, 1001, { labels: { ...HIDDEN, old: "1" } });
  const { confirm } = question(await harness.call(EDIT, args));
  let reads = 0;
  harness.simulator.intercept = ({ method, path }) => {
    // The gate compares the first read with the preview.
    if (method === "GET" && path === "/images/1001" && ++reads === 2)
      alter(harness, 1001, { labels: { role: "golden", old: "1" } });
    return undefined;
  };
  const answer = await harness.call(EDIT, { ...args, confirm });
  expectFailure(answer, "invalid_input", '"bin/due"', 1001, "hcloud_restore_images");
  expect(labelsOf(harness, 1001)).toEqual({ role: "golden", old: "1" });
});
