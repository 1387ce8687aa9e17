/** Confirmed label edits of images that another client changes after the preview. */

import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { alter, lines, question, SNAPSHOT, start, stored, UNLABELLED } from "../support/answers.ts";
import { many, onRequest } from "../support/cleanup.ts";
import { startHarness } from "../support/harness.ts";

const EDIT = "hcloud_edit_image_labels";
const LABELS = { env: "staging", app: "shop" };
const PATH = `/images/${SNAPSHOT}`;

/** What another client writes, and how the reason names it. */
const CHANGES: [change: Partial<Image>, told: string][] = [
  [{ description: "theirs" }, 'description was "before checkout rewrite", is "theirs"'],
  [{ protection: { delete: true } }, 'protection was {"delete":false}, is {"delete":true}'],
  [{ labels: { ...LABELS, keep: "" } }, 'label "keep" was not set, is ""'],
];

describe.each([
  ["before the edit reads the image", 3],
  ["between the edit's read and its write", 4],
])("another client's change %s", (_, nth) => {
  test.each(CHANGES)(
    "leaves an image alone of which a confirmed edit would lose a label: %j",
    async (change, told) => {
      const harness = await start();
      const args = { ids: [SNAPSHOT, UNLABELLED], set: { env: "prod" } };
      const { confirm } = question(await harness.call(EDIT, args));
      let reads = 1;
      harness.simulator.intercept = ({ method, path }) => {
        if (method !== "GET" || path !== PATH) return;
        if (++reads === nth) alter(harness, SNAPSHOT, change);
        // Otherwise, one read would serve for both.
        if (reads === 3) harness.clock.pass(501);
      };
      const { data } = await harness.call(EDIT, { ...args, confirm });
      expect(reads).toBeGreaterThanOrEqual(nth);
      expect(data).toMatchObject({ status: "incomplete", rows: [[UNLABELLED, { env: "prod" }]] });
      const why = expect.stringContaining(`: ${told}.`);
      expect(data["failed"]).toEqual([{ id: SNAPSHOT, code: "conflict", why }]);
      expect(stored(harness, SNAPSHOT)).toMatchObject({ labels: LABELS, ...change });
      expect(lines(harness.simulator.writes())).toEqual([`PUT /images/${UNLABELLED}`]);
    },
  );
});

test("each of several images that changed since the preview has its own reason", async () => {
  const harness = await startHarness({ images: many(3, () => ({ labels: { env: "prod" } })) });
  const ids = [1001, 1002];
  const { confirm } = question(await harness.call(EDIT, { ids, remove: ["env"] }));
  let reads = 0;
  harness.simulator.intercept = ({ method }) => {
    if (method === "GET" && ++reads === 3)
      for (const id of ids) alter(harness, id, { description: `of ${id}` });
  };
  const { data } = await harness.call(EDIT, { ids, remove: ["env"], confirm });
  expect(data["failed"]).toMatchObject(
    ids.map((id) => ({ id, code: "conflict", why: expect.stringContaining(`is "of ${id}"`) })),
  );
  expect(harness.simulator.writes()).toEqual([]);
});

test("a confirmed edit of many images loses no label of one that changes during the call", async () => {
  const harness = await startHarness({ images: many(8, () => ({ labels: { env: "prod" } })) });
  const args = { ids: [1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008], remove: ["env"] };
  const { confirm } = question(await harness.call(EDIT, args));
  const theirs = {
    description: "needed again",
    protection: { delete: true },
    labels: { env: "prod", keep: "", role: "golden" },
  };
  harness.simulator.intercept = onRequest(
    1,
    ({ method }) => method === "PUT",
    () => {
      harness.clock.pass(25_000);
      alter(harness, 1008, theirs);
      return undefined;
    },
  );
  const { data } = await harness.call(EDIT, { ...args, confirm });
  expect(data).toMatchObject({ status: "incomplete", failed: [{ id: 1008, code: "conflict" }] });
  expect(stored(harness, 1008)).toMatchObject(theirs);
});
