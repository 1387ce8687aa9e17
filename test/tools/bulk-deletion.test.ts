/** Bulk deletion below the tool: which images are deleted, skipped and reported as failed. */

import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import type { Intercept } from "../../src/simulator/http.ts";
import { RuleError } from "../../src/tool-error.ts";
import { answering, apiError, lines } from "../support/answers.ts";
import { onDelete, startBulkDeletion, TEN } from "../support/bulk.ts";
import { holdInFours, idIn, isDelete, isRead, many } from "../support/cleanup.ts";
import { answerAsGateway, lost, refuseWith } from "../support/cloud.ts";

test("a bulk deletion deletes every image in the order given, and reports each", async () => {
  const { simulator, run, progress, present } = await startBulkDeletion(TEN, { limits: { connections: 1 } });
  const outcome = await run();
  expect(outcome).toEqual({
    deleted: TEN,
    skipped: [],
    failed: [],
    remaining: [],
    stopped: null,
  });
  expect(simulator.requests.filter(isRead).map(idIn)).toEqual(TEN.map(({ id }) => id));
  expect(progress).toEqual(TEN.map((_, i) => [i + 1, 10]));
  expect(present()).toEqual([]);
});

test("a bulk deletion skips an image that a rule forbids at the last read, with the rule", async () => {
  const { run, alter, present } = await startBulkDeletion(TEN, {
    forbid: (change, { labels }) =>
      change.kind === "delete" && labels["role"] === "golden"
        ? new RuleError("kept by the rule never", "The rule never forbids it.")
        : null,
  });
  alter(1004, { labels: { role: "golden" } });
  const images = many(10, (i) => (i === 3 ? { labels: { role: "golden" } } : {}));
  const { deleted, skipped, failed } = await run({ images });
  expect([deleted.length, skipped, failed]).toEqual([9, [{ id: 1004, why: "kept by the rule never" }], []]);
  expect(present()).toEqual([1004]);
});

test("a bulk deletion of no images sends nothing", async () => {
  const { simulator, run, progress } = await startBulkDeletion([]);
  expect(await run()).toEqual({ deleted: [], skipped: [], failed: [], remaining: [], stopped: null });
  expect(simulator.requests).toEqual([]);
  expect(progress).toEqual([]);
});

test("a bulk deletion processes four images at a time", async () => {
  const { simulator, run } = await startBulkDeletion(many(20));
  const fours = holdInFours((request) => isRead(request) || isDelete(request));
  simulator.intercept = fours.intercept;
  expect((await run()).deleted).toHaveLength(20);
  expect(fours.most()).toBe(4);
});

describe("an image that is not as shown", () => {
  test.each<[change: Partial<Image>, why: string]>([
    [{ protection: { delete: true } }, "protected"],
    [{ protection: { delete: true }, description: "new" }, "protected"],
    [{ description: "new" }, 'changed since it was shown: description was "snapshot 1004", is "new"'],
    [{ labels: { keep: "" } }, 'changed since it was shown: label "keep" was not set, is ""'],
    [
      { labels: { a: "1", b: "" }, status: "unavailable" },
      'changed since it was shown: status was "available", is "unavailable"; label "a" was not set, is "1"; label "b" was not set, is ""',
    ],
    [{ deleted: "2026-11-23T11:00:00Z" }, "already gone"],
  ])("an image that is not as shown is skipped with the difference: %j", async (change, why) => {
    const { simulator, run, alter, present } = await startBulkDeletion();
    alter(1004, change);
    const outcome = await run();
    expect(outcome).toMatchObject({ skipped: [{ id: 1004, why }], failed: [], remaining: [], stopped: null });
    expect(outcome.deleted).toHaveLength(9);
    expect(present()).toEqual([1004]);
    expect(lines(simulator.writes())).not.toContain("DELETE /images/1004");
  });
});

describe("an image that the API refuses to delete", () => {
  test.each<[what: string, intercept: Intercept, why: string]>([
    ["protected", refuseWith(423, "protected"), "protected"],
    ["gone", refuseWith(404, "not_found"), "already gone"],
  ])("an image is skipped when it becomes %s after the last read", async (_, refuse, why) => {
    const { simulator, run } = await startBulkDeletion();
    simulator.intercept = onDelete(1004, refuse);
    const outcome = await run();
    expect(outcome).toMatchObject({ skipped: [{ id: 1004, why }], failed: [], remaining: [], stopped: null });
    expect(outcome.deleted).toHaveLength(9);
  });
});

describe("an image that fails", () => {
  test.each<[code: string, intercept: Intercept]>([
    ["locked", refuseWith(423, "locked")],
    ["forbidden", refuseWith(403, "forbidden")],
    ["conflict", refuseWith(409, "conflict")],
    ["service_error", refuseWith(422, "service_error")],
    ["outcome_unknown", refuseWith(500, "server_error")],
    ["outcome_unknown", refuseWith(503, "unavailable")],
    ["outcome_unknown", answerAsGateway(502)],
    ["outcome_unknown", answerAsGateway(401)],
    ["outcome_unknown", answerAsGateway(429)],
    ["outcome_unknown", answerAsGateway(200, "<p>")],
    ["outcome_unknown", lost],
  ])("a failed image is reported with its code %s, and the others are deleted (%#)", async (code, fault) => {
    const { simulator, run, progress, present } = await startBulkDeletion();
    simulator.intercept = onDelete(1004, fault);
    const outcome = await run();
    expect(outcome).toMatchObject({ skipped: [], failed: [{ id: 1004, error: { code } }], remaining: [] });
    expect(outcome.stopped).toBeNull();
    expect(outcome.deleted).toHaveLength(9);
    expect(progress).toHaveLength(10);
    expect(present()).toEqual([1004]);
  });

  test.each<[code: string, intercept: Intercept]>([
    ["forbidden", answering("GET", "/images/1004", apiError(403, "forbidden"))],
    ["server_error", answering("GET", "/images/1004", apiError(500, "server_error"))],
    ["http_404", answering("GET", "/images/1004", { status: 404, body: "no" })],
    ["malformed_reply", answering("GET", "/images/1004", { status: 200, body: "{}" })],
  ])("an image whose read fails with %s is not deleted", async (code, intercept) => {
    const { simulator, run } = await startBulkDeletion();
    simulator.intercept = intercept;
    const outcome = await run();
    expect(outcome).toMatchObject({ skipped: [], failed: [{ id: 1004, error: { code } }], remaining: [] });
    expect(lines(simulator.writes())).not.toContain("DELETE /images/1004");
  });

  test("a lost deletion is not sent again to an image that has been protected since", async () => {
    const { simulator, run, alter } = await startBulkDeletion();
    simulator.intercept = onDelete(1004, (...request) => {
      alter(1004, { protection: { delete: true } });
      return lost(...request);
    });
    const outcome = await run();
    expect(outcome.failed).toMatchObject([{ id: 1004, error: { code: "outcome_unknown" } }]);
    expect(lines(simulator.writes()).filter((line) => line.endsWith("/1004"))).toHaveLength(1);
  });
});
