import { describe, expect, test } from "vitest";
import type { Image, Pagination } from "../../src/hcloud/types.ts";
import { rowsOfImages, tableOfImages, viewImage } from "../../src/view/images.ts";
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

describe("viewImage", () => {
  test("an image has all its fields", () => {
    const { deprecated: _, ...all } = FULL;
    expect(viewImage(FULL, NOW)).toEqual({ ...all, age_days: 22 });
  });

  test("null, empty and false fields are omitted, and no others", () => {
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

  test("zeros and labels with an empty value are kept", () => {
    expect(viewImage(image(1, { image_size: 0, disk_size: 0, labels: { keep: "" } }), NOW)).toMatchObject({
      image_size: 0,
      disk_size: 0,
      labels: { keep: "" },
    });
  });

  test("an image has its type and status even when they are unknown", () => {
    expect(viewImage(image(1, { type: "template", status: "archiving" }), NOW)).toMatchObject({
      type: "template",
      status: "archiving",
    });
  });

  test("an image contains only inert text", () => {
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
    const tables = [[hostile], [hostile, FULL], [hostile, { ...hostile, id: 2 }]].map((images) =>
      tableOfImages(images, NOW, PAGE),
    );
    expect(JSON.stringify(tables)).not.toMatch(/\\u|\\n|\p{C}/u);
  });

  test("a long description is cut, and the cut characters are counted", () => {
    const long = image(1, { description: "x".repeat(600) });
    expect(viewImage(long, NOW)["description"]).toBe(`${"x".repeat(500)}... (+100 characters)`);
    expect(tableOfImages([long], NOW, PAGE).rows[0]).toContain(`${"x".repeat(120)}... (+480 characters)`);
  });
});

/** The columns with which every table of images begins. */
const FIRST = ["id", "description", "server", "created", "age_days", "image_size", "flags", "labels"];

describe("tableOfImages", () => {
  test("a table of images begins with the same columns, and states common values once", () => {
    const images = [image(1), image(2, { labels: { env: "prod" }, image_size: 2.3456 })];
    expect(tableOfImages(images, NOW, PAGE)).toEqual({
      all: { type: "snapshot", architecture: "x86", disk_size: 40 },
      columns: FIRST,
      rows: [
        [1, "image 1", "web-1", "2026-11-01T10:00Z", 22, 2.5, "", ""],
        [2, "image 2", "web-1", "2026-11-01T10:00Z", 22, 2.35, "", "env=prod"],
      ],
      total: 2,
      page: 1,
    });
  });

  test("an empty table of images has the same columns", () => {
    expect(tableOfImages([], NOW, { ...PAGE, total_entries: 0 })).toEqual({
      columns: FIRST,
      rows: [],
      total: 0,
      page: 1,
    });
  });

  test("a table of images has everything that a decision to delete needs", () => {
    const { all, columns, rows } = rowsOfImages([FULL], NOW);
    const row = Object.fromEntries(columns.map((column, i) => [column, rows[0]?.[i]]));
    expect({ ...all, ...row }).toEqual({
      id: 1,
      description: "image 1",
      server: "web-1",
      created: "2026-11-01T10:00Z",
      age_days: 22,
      image_size: 2.5,
      flags: "protected deleted",
      labels: "env=prod keep=",
      type: "backup",
      name: "ubuntu-24.04",
      architecture: "x86",
      disk_size: 40,
      unavailable_after: "2026-04-01T00:00Z",
    });
  });

  test.each<[rest: Partial<Image>, flags: string]>([
    [{}, ""],
    [{ protection: { delete: true } }, "protected"],
    [{ status: "creating" }, "creating"],
    [{ status: "archiving", protection: { delete: true } }, "protected archiving"],
    [{ deleted: "2026-11-20T00:00:00Z" }, "deleted"],
  ])("an image with %j has the flags %j", (rest, flags) => {
    const { columns, rows } = rowsOfImages([image(1, rest)], NOW);
    expect(rows[0]?.[columns.indexOf("flags")]).toBe(flags);
  });

  test("common labels are stated once, and the others with each image", () => {
    const labels = [{ app: "x", env: "prod" }, { env: "dev", app: "x" }, { app: "x" }];
    const table = rowsOfImages(
      labels.map((each, i) => image(i + 1, { labels: each })),
      NOW,
    );
    expect(table.all).toMatchObject({ labels: "app=x" });
    expect(table.rows.map((row) => row[7])).toEqual(["env=prod", "env=dev", ""]);
  });

  test("a backup shows the server that it is bound to, if it was created from another one", () => {
    const backup = { type: "backup", bound_to: 42 };
    const images = [image(1, backup), image(2, { ...backup, bound_to: 43 })];
    const { all, columns, rows } = rowsOfImages(images, NOW);
    expect(all).not.toHaveProperty("bound_to");
    expect(rows.map((row) => row[columns.indexOf("bound_to")])).toEqual([null, 43]);
  });

  test("an equal name and description is stated once", () => {
    const table = (rest: Partial<Image>) => rowsOfImages([image(1, rest)], NOW);
    const same = table({ name: "docker-ce", description: "docker-ce" });
    expect(same.all).not.toHaveProperty("name");
    const nameless = table({ name: "docker-ce", description: "" });
    expect(nameless.all).not.toHaveProperty("name");
    expect(nameless.rows[0]?.[1]).toBe("docker-ce");
    expect(table({ name: "docker-ce" }).all).toHaveProperty("name", "docker-ce");
  });

  test("a server whose name differs in the list is shown with its id", () => {
    const images = [image(1), image(2, { created_from: { id: 42, name: "renamed" } })];
    const table = tableOfImages(images.slice(0, 1), NOW, PAGE, images);
    expect(table.rows[0]?.[2]).toBe("web-1 (42)");
  });
});
