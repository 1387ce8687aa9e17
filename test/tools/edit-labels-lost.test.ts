/** What an edit reports as lost when it does not end well, and a defect in the middle of one. */

import { describe, expect, test } from "vitest";
import { answering, apiError, expectFailure, question, SNAPSHOT, start } from "../support/answers.ts";

const EDIT = "hcloud_edit_image_labels";
const PATH = `/images/${SNAPSHOT}`;

test.each([
  ["before the write", { method: "PUT", status: 409, code: "conflict", skip: 0 }],
  ["after the write", { method: "GET", status: 500, code: "server_error", skip: 2 }],
] as const)("a defect of this server %s is an internal error, also in the audit log", async (_, fault) => {
  const { call, clock, simulator, events } = await start();
  simulator.inject([{ fault: "status", ...fault }]);
  // A retry waits first.
  clock.sleep = () => Promise.reject(new TypeError("a defect"));
  expectFailure(await call(EDIT, { ids: [SNAPSHOT], set: { a: "b" } }), "internal_error");
  expect(events.at(-1)).toMatchObject({ outcome: "failed", code: "internal_error" });
});

describe("a write that may have removed a value", () => {
  const args = { ids: [SNAPSHOT], remove: ["app"] };

  test("an edit reports a value as lost when its outcome is unknown", async () => {
    const harness = await start();
    const { confirm } = question(await harness.call(EDIT, args));
    harness.simulator.inject([{ fault: "status", status: 504, body: "", method: "PUT" }]);
    const { data } = await harness.call(EDIT, { ...args, confirm });
    const previous = [{ id: SNAPSHOT, labels: { app: "shop" } }];
    expect(data).toMatchObject({ status: "incomplete", rows: [], previous });
    expect(data["failed"]).toMatchObject([{ id: SNAPSHOT, code: "outcome_unknown" }]);
    expect(harness.events.at(-1)).toMatchObject({ outcome: "incomplete", previous });
  });

  test("an edit reports no lost value when the API refuses the write", async () => {
    const harness = await start();
    const { confirm } = question(await harness.call(EDIT, args));
    harness.simulator.intercept = answering("PUT", PATH, apiError(423, "locked"));
    expectFailure(await harness.call(EDIT, { ...args, confirm }), "locked");
    expect(harness.events.at(-1)).not.toHaveProperty("previous");
  });

  test("an edit is done when the image shows the write although its response was lost", async () => {
    const harness = await start();
    const { confirm } = question(await harness.call(EDIT, args));
    harness.simulator.inject([{ fault: "reset", applied: true, method: "PUT", times: 1 }]);
    const { data } = await harness.call(EDIT, { ...args, confirm });
    expect(data).toMatchObject({ status: "done", previous: [{ id: SNAPSHOT, labels: { app: "shop" } }] });
    expect(harness.simulator.writes()).toHaveLength(1);
  });
});
