import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Action, Image, Pagination } from "../../src/hcloud/types.ts";
import { tableOfActions, tableOfImages, viewAction } from "../../src/view/images.ts";
import { image } from "../support/simulated.ts";

const HOSTILE = "a\u001b[2K\u202e\n\u200bb";

const PAGE: Pagination = {
  page: 1,
  per_page: 25,
  previous_page: null,
  next_page: null,
  last_page: 1,
  total_entries: 2,
};

const ACTION: Action = {
  id: 13,
  command: "change_protection",
  status: "success",
  progress: 100,
  started: "2026-11-23T11:00:00Z",
  finished: "2026-11-23T11:00:01Z",
  resources: [{ id: 1, type: "image" }],
  error: null,
};
const ERROR = { code: "action_failed", message: "Action failed" };

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

describe("a table of images", () => {
  test("says each key once, and leaves out columns that nobody uses", () => {
    expect(tableOfImages([image(1), image(2, { labels: { env: "prod" }, image_size: null })], PAGE)).toEqual({
      columns: [
        "id",
        "type",
        "status",
        "description",
        "created",
        "image_size",
        "disk_size",
        "architecture",
        "created_from.id",
        "created_from.name",
        "labels",
      ],
      rows: [
        [1, "snapshot", "available", "image 1", "2026-11-01T10:00:00Z", 2.5, 40, "x86", 42, "web-1", null],
        [
          2,
          "snapshot",
          "available",
          "image 2",
          "2026-11-01T10:00:00Z",
          null,
          40,
          "x86",
          42,
          "web-1",
          { env: "prod" },
        ],
      ],
      total: 2,
      page: 1,
    });
  });

  test("has all that a decision to delete needs", () => {
    const { columns, rows } = tableOfImages([FULL], PAGE);
    const row = Object.fromEntries(columns.map((column, i) => [column, rows[0]?.[i]]));
    expect(row).toEqual({
      id: 1,
      type: "backup",
      status: "available",
      name: "ubuntu-24.04",
      description: "image 1",
      created: "2026-11-01T10:00:00Z",
      image_size: 2.5,
      disk_size: 40,
      architecture: "x86",
      "created_from.id": 42,
      "created_from.name": "web-1",
      bound_to: 42,
      "protection.delete": true,
      "deprecation.unavailable_after": "2026-04-01T00:00:00Z",
      labels: { env: "prod", keep: "" },
    });
  });

  test("does not say the same as name and as description", () => {
    const app = image(1, { name: "docker-ce", description: "docker-ce" });
    expect(tableOfImages([app], PAGE).columns).not.toContain("description");
    expect(tableOfImages([image(1, { name: "docker-ce" })], PAGE).columns).toContain("description");
  });

  test("of nothing has no columns and no rows, and still its page", () => {
    expect(tableOfImages([], { ...PAGE, total_entries: 0 })).toEqual({
      columns: [],
      rows: [],
      total: 0,
      page: 1,
    });
  });

  test("says which page comes next while there is one, and the total where it is known", () => {
    const more = tableOfImages([image(1)], { ...PAGE, page: 2, next_page: 3, total_entries: null });
    expect(more).toMatchObject({ page: 2, next_page: 3 });
    expect(more).not.toHaveProperty("total");
    expect(tableOfImages([image(1)], PAGE)).not.toHaveProperty("next_page");
  });

  test("loses no value of any image", () => {
    const some = fc.record({
      id: fc.integer({ min: 1 }),
      description: fc.constantFrom("", "nightly", "test"),
      image_size: fc.constantFrom(null, 0, 2.5),
      bound_to: fc.constantFrom(null, 42),
      protection: fc.record({ delete: fc.boolean() }),
      labels: fc.constantFrom({}, { env: "prod" }, { keep: "" }),
    });
    fc.assert(
      fc.property(fc.array(some), (members) => {
        const { columns, rows } = tableOfImages(
          members.map((each) => image(each.id, each)),
          PAGE,
        );
        expect(rows).toHaveLength(members.length);
        for (const [index, each] of members.entries()) {
          const cell = (name: string) => rows[index]?.[columns.indexOf(name)] ?? null;
          expect(rows[index]).toHaveLength(columns.length);
          expect(cell("id")).toBe(each.id);
          expect(cell("description") ?? "").toBe(each.description);
          expect(cell("image_size")).toBe(each.image_size);
          expect(cell("bound_to")).toBe(each.bound_to);
          expect(cell("protection.delete") ?? false).toBe(each.protection.delete);
          expect(cell("labels") ?? {}).toEqual(each.labels);
        }
      }),
    );
  });
});

describe("an action", () => {
  test("as an object has everything that is there", () => {
    expect(viewAction({ ...ACTION, status: "error", error: ERROR })).toEqual({
      ...ACTION,
      status: "error",
      resources: ["image 1"],
      error: "action_failed: Action failed",
    });
  });

  test("that has just begun has a progress of 0 and no end", () => {
    const view = viewAction({ ...ACTION, status: "running", progress: 0, finished: null, resources: [] });
    expect(view).toEqual({
      id: 13,
      command: "change_protection",
      status: "running",
      progress: 0,
      started: "2026-11-23T11:00:00Z",
    });
  });

  test.each(["success", "running", "paused"])(
    "is judged by its status: with %s its error means nothing",
    (status) => {
      const action = { ...ACTION, status, error: ERROR };
      expect(viewAction(action)).not.toHaveProperty("error");
      expect(tableOfActions([action], PAGE).columns).not.toContain("error");
    },
  );

  test("in a table is a row", () => {
    const failed: Action = { ...ACTION, id: 14, status: "error", finished: null, error: ERROR };
    const both = [
      { id: 1, type: "image" },
      { id: 42, type: "server" },
    ];
    expect(tableOfActions([{ ...ACTION, resources: both }, failed], PAGE)).toEqual({
      columns: ["id", "command", "status", "progress", "started", "finished", "resources", "error"],
      rows: [
        [13, "change_protection", "success", 100, ACTION.started, ACTION.finished, "image 1 server 42", null],
        [
          14,
          "change_protection",
          "error",
          100,
          ACTION.started,
          null,
          "image 1",
          "action_failed: Action failed",
        ],
      ],
      total: 2,
      page: 1,
    });
  });

  test("has no text that is not inert", () => {
    const hostile: Action = {
      ...ACTION,
      command: HOSTILE,
      status: "error",
      started: HOSTILE,
      finished: HOSTILE,
      resources: [{ id: 1, type: HOSTILE }],
      error: { code: HOSTILE, message: HOSTILE },
    };
    expect(JSON.stringify([viewAction(hostile), tableOfActions([hostile], PAGE)])).not.toMatch(
      /\\u|\\n|\p{C}/u,
    );
  });
});
