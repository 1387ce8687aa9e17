import { describe, expect, test } from "vitest";
import type { Action, Pagination } from "../../src/hcloud/types.ts";
import { summarizeActions, tableOfActions, viewAction } from "../../src/view/actions.ts";

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

describe("view of an action", () => {
  test("an action has all its fields", () => {
    expect(viewAction({ ...ACTION, status: "error", error: ERROR })).toEqual({
      ...ACTION,
      status: "error",
      resources: ["image 1"],
      error: "action_failed: Action failed",
    });
  });

  test("an action that has just begun has a progress of 0 and no end", () => {
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
    "an action with status %s has no error, whatever its error member contains",
    (status) => {
      const action = { ...ACTION, status, error: ERROR };
      expect(viewAction(action)).not.toHaveProperty("error");
      const table = tableOfActions([action], PAGE);
      expect([...table.columns, ...Object.keys(table.all ?? {})]).not.toContain("error");
    },
  );

  test("a row of actions has times to the minute", () => {
    const failed: Action = { ...ACTION, id: 14, status: "error", finished: null, error: ERROR };
    const both = [
      { id: 1, type: "image" },
      { id: 42, type: "server" },
    ];
    expect(tableOfActions([{ ...ACTION, resources: both }, failed], PAGE)).toEqual({
      all: { progress: 100 },
      columns: ["id", "command", "status", "started", "finished", "resources", "error"],
      rows: [
        [
          13,
          "change_protection",
          "success",
          "2026-11-23T11:00Z",
          "2026-11-23T11:00Z",
          "image 1 server 42",
          "",
        ],
        [
          14,
          "change_protection",
          "error",
          "2026-11-23T11:00Z",
          "",
          "image 1",
          "action_failed: Action failed",
        ],
      ],
      total: 2,
      page: 1,
    });
  });

  test("an action contains only inert text", () => {
    const hostile: Action = {
      ...ACTION,
      command: HOSTILE,
      status: "error",
      started: HOSTILE,
      finished: HOSTILE,
      resources: [{ id: 1, type: HOSTILE }],
      error: { code: HOSTILE, message: HOSTILE },
    };
    const views = [
      viewAction(hostile),
      tableOfActions([hostile], PAGE),
      tableOfActions([hostile, ACTION], PAGE),
    ];
    expect(JSON.stringify(views)).not.toMatch(/\\u|\\n|\p{C}/u);
  });
});

describe("summary of actions", () => {
  const of = (statuses: string[], page: Partial<Pagination> = {}) =>
    summarizeActions(
      statuses.map((status) => ({ ...ACTION, status })),
      { ...PAGE, total_entries: statuses.length, ...page },
    );

  test.each<[statuses: string[], page: Partial<Pagination>, numbers: string[]]>([
    [["success"], {}, ["1"]],
    [["success", "running", "error", "running"], {}, ["4", "2", "1"]],
    [["error"], { page: 2, next_page: 3, total_entries: 30 }, ["30", "1"]],
    [["success"], { page: 3, total_entries: null }, ["3"]],
    [["success", "error"], { total_entries: null }, ["2", "1"]],
    [[], {}, []],
  ])("the summary of actions %j, %j counts %j", (statuses, page, numbers) => {
    const summary = of(statuses, page);
    expect(summary.match(/\d+/g) ?? []).toEqual(numbers);
    expect(summary.includes("this page")).toBe(numbers.length > 1 && page.page === 2);
  });
});
