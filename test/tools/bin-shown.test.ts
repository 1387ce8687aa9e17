/** Where a person sees what is in the bin: lists, one image, the report, previews and forms. */

import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { describeImages } from "../../src/view/form-lines.ts";
import { question, rows, start } from "../support/answers.ts";
import { BIN, binned, binOf, IN_A_WEEK, TODAY, YESTERDAY } from "../support/bin.ts";
import { aged, DELETE, many, PLAN, selectedIds } from "../support/cleanup.ts";

const REPORT = "hcloud_report_images";

/** 1001 as it is, 1002 due, 1003 protected and not due, 1004 with a day that is none. */
const IMAGES = [
  aged(1001, 1),
  aged(1002, 2, { labels: binned(YESTERDAY) }),
  aged(1003, 3, { labels: binned(IN_A_WEEK), protection: { delete: true } }),
  aged(1004, 4, { labels: binned("never") }),
];

test("a list has one flag for images in the bin, and another for due images", async () => {
  const { call } = await start({ images: IMAGES });
  const list = rows(await call("hcloud_list_images", { type: "snapshot" }));
  expect(list.map(({ flags }) => flags)).toEqual(["", "due", "binned protected", "binned"]);
  expect(list.map(({ labels }) => labels)).toEqual([
    "",
    "bin/due=2026-11-22",
    "bin/due=2026-11-30",
    "bin/due=never",
  ]);
});

test("an image shows until when it is in the bin, and whether that day has passed", async () => {
  const { call } = await start({ images: IMAGES });
  const bin = async (id: number) => (await call("hcloud_get_image", { id })).data["bin"];
  expect([await bin(1001), await bin(1002), await bin(1003), await bin(1004)]).toEqual([
    undefined,
    "in the bin until 2026-11-22, due",
    "in the bin until 2026-11-30",
    "in the bin",
  ]);
});

describe("hcloud_report_images", () => {
  test("a report shows the number and costs of images in the bin, the due ones, and the next day", async () => {
    const { call } = await start({ images: [...IMAGES, aged(1005, 5, { labels: binned(TODAY) })] });
    const { data } = await call(REPORT);
    expect(data["bin"]).toEqual({
      images: 4,
      gb: 6,
      cost_per_month: { currency: "EUR", net: "0.09", gross: "0.10" },
      due: 1,
      next_kept_until: TODAY,
      note: "snapshots are billed and count towards the limit until they are deleted",
    });
    expect(data["summary"]).toMatch(/^5 snapshots, .* net\. 1 image in the bin is due\.$/);
    // What is in the bin is billed like anything else.
    expect(data["total"]).toMatchObject({ snapshots: 5, snapshot_gb: 7.5 });
    expect(data["limit"]).toMatchObject({ snapshots: 5 });
  });

  test("a report omits an empty bin, and its summary omits a bin without due images", async () => {
    const { call, simulator } = await start({ images: many(2) });
    const { data } = await call(REPORT);
    expect(data).not.toHaveProperty("bin");
    simulator.state.images.set(3, aged(3, 3, { labels: binned(TODAY) }));
    const later = (await call(REPORT)).data;
    expect(later["bin"]).toMatchObject({ images: 1 });
    expect(later["bin"]).not.toHaveProperty("due");
    expect(later["summary"]).not.toContain("bin");
  });
});

describe("backups in the bin", () => {
  const BACKUP: Partial<Image> = { type: "backup", bound_to: 42 };
  const ROTATED = "Hetzner rotates backups and deletes them with their server";
  const BILLED = "snapshots are billed and count towards the limit until they are deleted";

  test.each<[what: string, ids: number[], fates: string, types: string]>([
    ["snapshots", [1001], BILLED, 'type "snapshot"'],
    ["backups", [1002], ROTATED, 'type "backup"'],
    ["both", [1001, 1002], `${BILLED}; ${ROTATED}`, 'type "snapshot" or type "backup"'],
  ])("the result of hcloud_bin_images says what is true of %s", async (_, ids, fates, types) => {
    const { call } = await start({ images: many(2, (i) => (i === 1 ? BACKUP : {})) });
    expect(binOf(await call(BIN, { ids })).next).toBe(
      `In the bin, ${fates}. hcloud_restore_images takes them out again. After 2026-11-30, hcloud_plan_image_cleanup with bin "due" and ${types} plans their deletion; this server deletes nothing by itself.`,
    );
  });

  test("the plan that the result names selects a due backup", async () => {
    const { call, clock } = await start({ images: many(1, () => BACKUP) });
    await call(BIN, { ids: [1001], days: 1 });
    clock.pass(3 * 86_400_000);
    expect(selectedIds(await call(PLAN, { bin: "due", type: "backup" }))).toEqual([1001]);
  });

  test("a report states no price of backups, and the fate of each type", async () => {
    const images = many(2, (i) => ({ labels: binned(TODAY), ...(i === 1 && BACKUP) }));
    const { call, simulator } = await start({ images });
    const bin = async () => (await call(REPORT)).data["bin"];
    expect(await bin()).toMatchObject({
      cost_per_month: { net: "0.02" },
      note: `${BILLED}; ${ROTATED}`,
    });
    simulator.state.images.delete(1001);
    expect(await bin()).toEqual({ images: 1, gb: 1.5, next_kept_until: TODAY, note: ROTATED });
  });
});

describe("hcloud_delete_image and hcloud_delete_images", () => {
  test("the preview of a single deletion states that the image is in the bin, and until when", async () => {
    const { call, simulator } = await start({ images: IMAGES });
    const { preview, confirm } = question(await call("hcloud_delete_image", { id: 1002 }));
    expect(preview["image"]).toMatchObject({ bin: "in the bin until 2026-11-22, due" });
    await call("hcloud_delete_image", { id: 1002, confirm });
    expect(simulator.state.images.has(1002)).toBe(false);
  });

  test("the form of a deletion states that the image is in the bin, and until when", () => {
    const [one, two, three] = IMAGES as [Image, Image, Image];
    expect(describeImages([two]).about).toMatch(/^"snapshot 1002", .*, in the bin until 2026-11-22$/);
    expect(describeImages([one]).about).not.toContain("in the bin");
    expect(describeImages([one, two, three]).lines).toEqual([
      "2 of 3 in the bin until 2026-11-22 or later",
      expect.stringMatching(/^1001 /),
      expect.stringMatching(/^1002 /),
      expect.stringMatching(/^1003 /),
    ]);
    expect(describeImages([one, one]).lines).toHaveLength(2);
  });

  test("the preview of a bulk deletion counts the images in the bin, with their first day", async () => {
    const { call } = await start({
      images: [...IMAGES, aged(1005, 5, { labels: binned(TODAY) })],
    });
    const bin = async (ids: number[]) => question(await call(DELETE, { ids })).preview["bin"];
    expect(await bin([1001, 1002, 1005])).toBe("2 of 3 in the bin until 2026-11-22 or later");
    expect(await bin([1002, 1005])).toBe("all in the bin until 2026-11-22 or later");
    expect(await bin([1002, 1004])).toBe("all in the bin");
    expect(await bin([1001])).toBeUndefined();
  });
});
