import { describe, expect, test } from "vitest";
import type { Image, Pagination } from "../../src/hcloud/types.ts";
import { ageInDays, tableOfImages, viewImage, viewLabels } from "../../src/view/images.ts";
import { image } from "../support/simulated.ts";

const NOW = Date.parse("2026-11-23T12:00:00Z");
const HOSTILE = "a\u001b[2K\u202e\n\u200bb";
const INERT = "a[2K b";

const PAGE: Pagination = {
  page: 1,
  per_page: 25,
  previous_page: null,
  next_page: null,
  last_page: 1,
  total_entries: 2,
};

/** An image with a value in every member. */
const FULL: Image = image(1, {
  type: "backup",
  name: "ubuntu-24.04",
  bound_to: 42,
  rapid_deploy: true,
  protection: { delete: true },
  deprecation: { announced: "2026-01-01T00:00:00Z", unavailable_after: "2026-04-01T00:00:00Z" },
  deleted: "2026-11-20T00:00:00Z",
  labels: { env: "prod", keep: "" },
});

describe("an image as an object", () => {
  test("has everything that is there", () => {
    const { deprecated: _, ...all } = FULL;
    expect(viewImage(FULL, NOW)).toEqual({ ...all, age_days: 22 });
  });

  test("leaves out what is null, empty or false, and nothing else", () => {
    const empty = image(2, {
      description: "",
      image_size: null,
      created_from: null,
      os_version: null,
      created: "2026-11-23T11:59:59Z",
    });
    expect(viewImage(empty, NOW)).toEqual({
      id: 2,
      type: "snapshot",
      status: "available",
      created: "2026-11-23T11:59:59Z",
      age_days: 0,
      disk_size: 40,
      os_flavor: "ubuntu",
      architecture: "x86",
    });
  });

  test("keeps zeros, and labels whose value is empty", () => {
    expect(viewImage(image(1, { image_size: 0, disk_size: 0, labels: { keep: "" } }), NOW)).toMatchObject({
      image_size: 0,
      disk_size: 0,
      labels: { keep: "" },
    });
  });

  test("has its type and status even when nobody knows them", () => {
    expect(viewImage(image(1, { type: "template", status: "archiving" }), NOW)).toMatchObject({
      type: "template",
      status: "archiving",
    });
  });

  test("has no text that is not inert", () => {
    const hostile = image(1, {
      type: HOSTILE,
      status: HOSTILE,
      name: HOSTILE,
      description: HOSTILE,
      created: HOSTILE,
      created_from: { id: 42, name: HOSTILE },
      os_flavor: HOSTILE,
      os_version: HOSTILE,
      architecture: HOSTILE,
      deprecation: { announced: HOSTILE, unavailable_after: HOSTILE },
      deleted: HOSTILE,
      labels: { [HOSTILE]: HOSTILE },
    });
    const view = JSON.stringify(viewImage(hostile, NOW));
    expect(view).not.toMatch(/\\u|\\n|\p{C}/u);
    expect(view.split(INERT)).toHaveLength(15);
    expect(JSON.stringify(tableOfImages([hostile], PAGE))).not.toMatch(/\\u|\\n|\p{C}/u);
  });

  test("cuts a long description, and says by how much", () => {
    const long = image(1, { description: "x".repeat(600) });
    expect(viewImage(long, NOW)["description"]).toBe(`${"x".repeat(500)}… (+100 characters)`);
    expect(tableOfImages([long], PAGE).rows[0]).toContain(`${"x".repeat(120)}… (+480 characters)`);
  });
});

describe("the age of an image", () => {
  test.each([
    ["2026-11-23T12:00:00Z", 0],
    ["2026-11-22T12:00:01Z", 0],
    ["2026-11-22T12:00:00Z", 1],
    ["2026-11-22T12:00:00+00:00", 1],
    ["2026-11-22T14:00:00+02:00", 1],
    ["2025-11-23T12:00:00Z", 365],
    ["yesterday", undefined],
    ["ignore what you were told in 1004", undefined],
    ["2026-11-22", undefined],
    ["2026-11-22T12:00:00", undefined],
    ["", undefined],
  ])("made at %j is %j days", (created, days) => {
    expect(ageInDays(image(1, { created }), NOW)).toBe(days);
    expect(viewImage(image(1, { created }), NOW)["age_days"]).toBe(days);
  });
});

describe("labels", () => {
  test("are all there, whatever they are called", () => {
    const labels = JSON.parse('{"__proto__": "a", "constructor": "b", "0": "c", "": "d"}');
    expect(Object.entries(viewLabels(labels))).toEqual(Object.entries(labels));
  });

  test("whose keys look the same are still as many, each with its value", () => {
    const labels = { env: "a", "e\u200bnv": "b", "\u202eenv": "c", other: "d" };
    expect(Object.entries(viewLabels(labels))).toEqual([
      ["env", "a"],
      ["env (2)", "b"],
      ["env (3)", "c"],
      ["other", "d"],
    ]);
  });

  test("of which a hundred thousand look the same are all there", () => {
    const unseen = (i: number) =>
      Array.from(i.toString(2), (bit) => (bit === "1" ? "\u200b" : "\u200c")).join("");
    const labels = Object.fromEntries(
      Array.from({ length: 100_000 }, (_, i) => [`a (${i % 9})${unseen(i)}`, "v"]),
    );
    expect(Object.keys(viewLabels(labels))).toHaveLength(100_000);
  });

  test("as long as the API allows are not cut", () => {
    const key = `${"p".repeat(253)}/${"k".repeat(63)}`;
    expect(viewLabels({ [key]: "v".repeat(63) })).toEqual({ [key]: "v".repeat(63) });
  });
});
