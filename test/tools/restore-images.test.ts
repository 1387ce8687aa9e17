import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { alter, start } from "../support/answers.ts";
import { BIN, binned, binOf, expectUnchanged, labelsOf, RESTORE, TODAY, YESTERDAY } from "../support/bin.ts";
import { many } from "../support/cleanup.ts";

const LABELS = { role: "golden", "p/k": "v", "hetzner.cloud/a": "b" };

describe.each([false, true])("images that were moved with hide %j", (hide) => {
  test("restored images are as before", async () => {
    const images = many(3, (i) => ({ labels: i === 2 ? {} : LABELS }));
    const harness = await start({ images });
    const ids = [1001, 1002, 1003];
    expect(binOf(await harness.call(BIN, { ids, hide })).binned).toEqual(ids);
    expect(binOf(await harness.call(RESTORE, { ids }))).toEqual({
      summary: "Restored 3 snapshots.",
      status: "done",
      restored: ids,
    });
    expect([...harness.simulator.state.images.values()]).toEqual(images);
  });

  test("restored images keep labels that were added in the bin", async () => {
    const harness = await start({ images: many(1, () => ({ labels: LABELS })) });
    await harness.call(BIN, { ids: [1001], hide });
    alter(harness, 1001, { labels: { ...labelsOf(harness, 1001), added: "1" } });
    await harness.call(RESTORE, { ids: [1001] });
    expect(labelsOf(harness, 1001)).toEqual({ ...LABELS, added: "1" });
  });

  test("due images and images protected in the bin can be restored", async () => {
    const harness = await start({ images: many(1, () => ({ labels: LABELS })) });
    await harness.call(BIN, { ids: [1001], hide });
    harness.clock.pass(30 * 86_400_000);
    alter(harness, 1001, { protection: { delete: true } });
    await harness.call(RESTORE, { ids: [1001] });
    expect(labelsOf(harness, 1001)).toEqual(LABELS);
  });
});

describe("images that hcloud_restore_images skips", () => {
  test.each<[change: Partial<Image>, why: string]>([
    [{}, "not in the bin"],
    [{ labels: { due: TODAY } }, "not in the bin"],
    [
      { labels: { "bin/role": "golden" } },
      "not in the bin: another client removed its label bin/due; add that again, with any day as its value, then restore",
    ],
    [{ labels: binned(TODAY), deleted: "2026-11-20T00:00:00Z" }, "already deleted"],
    [
      { labels: binned(TODAY, { "bin/role": "golden", role: "web" }) },
      'the label "role" was added while another value of it was hidden; remove it with hcloud_edit_image_labels, then restore',
    ],
  ])("an image with %j is skipped: %s", async (change, why) => {
    const images = many(2, (i) => (i === 0 ? change : { labels: binned(YESTERDAY) }));
    const harness = await start({ images });
    expect(binOf(await harness.call(RESTORE, { ids: [1001, 1002, 5] }))).toMatchObject({
      status: "done",
      restored: [1002],
      skipped: [
        { id: 1001, why },
        { id: 5, why: "not found" },
      ],
    });
    expectUnchanged(harness, images.slice(0, 1));
    expect(harness.simulator.writes()).toHaveLength(1);
  });

  test("an image whose labels change after the read is skipped, and restored by the next call", async () => {
    const harness = await start({ images: many(1, () => ({ labels: binned(TODAY) })) });
    harness.simulator.intercept = ({ method }, response, apply) => {
      if (method !== "GET") return undefined;
      harness.simulator.intercept = undefined;
      const { status, headers, body } = apply();
      harness.clock.pass(600);
      alter(harness, 1001, { labels: binned(TODAY, { added: "1" }) });
      response.writeHead(status, headers).end(JSON.stringify(body));
      return "handled";
    };
    const answer = binOf(await harness.call(RESTORE, { ids: [1001] }));
    expect(answer).toMatchObject({ status: "unchanged", skipped: [{ id: 1001 }] });
    expect(harness.simulator.writes()).toEqual([]);
    await harness.call(RESTORE, { ids: [1001] });
    expect(labelsOf(harness, 1001)).toEqual({ added: "1" });
  });
});

test("the hidden label returns after the label that clashes is removed", async () => {
  const harness = await start({
    images: many(1, () => ({ labels: binned(TODAY, { "bin/role": "golden", role: "web" }) })),
  });
  const edit = { ids: [1001], remove: ["role"] };
  const { confirm } = (await harness.call("hcloud_edit_image_labels", edit)).data;
  await harness.call("hcloud_edit_image_labels", { ...edit, confirm });
  await harness.call(RESTORE, { ids: [1001] });
  expect(labelsOf(harness, 1001)).toEqual({ role: "golden" });
});

test("the audit line has the restored images, and their previous labels", async () => {
  const { call, events } = await start({ images: many(1, () => ({ labels: binned(TODAY) })) });
  await call(RESTORE, { ids: [1001] });
  expect(events.map(({ outcome }) => outcome)).toEqual(["started", "done"]);
  expect(events.at(-1)).toMatchObject({
    restored: [1001],
    previous: [{ id: 1001, labels: { "bin/due": TODAY } }],
  });
});
