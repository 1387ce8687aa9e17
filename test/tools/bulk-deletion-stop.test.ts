/** Bulk deletion below the tool: which images are left when it stops, and what a retention guard hears and decides. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HcloudError } from "../../src/hcloud/errors.ts";
import type { Intercept } from "../../src/simulator/http.ts";
import type { GroupGuard } from "../../src/tools/group-guard.ts";
import { answering, apiError } from "../support/answers.ts";
import { expectComplete, startBulkDeletion, TEN } from "../support/bulk.ts";
import { byNumber, idIn, idsOf, isDelete, isRead, many } from "../support/cleanup.ts";
import { answerAsGateway, lost, refuseWith } from "../support/cloud.ts";
import { NOON } from "../support/harness.ts";

describe("errors that stop a bulk deletion", () => {
  const STOPPING: [status: number, code: string][] = [
    [401, "unauthorized"],
    [401, "token_readonly"],
    [429, "rate_limit_exceeded"],
  ];

  test.each(["GET", "DELETE"])("a bulk deletion stops when it gets %s", async (method) => {
    for (const [status, code] of STOPPING) {
      const { simulator, run, progress, present } = await startBulkDeletion();
      simulator.intercept = answering(method, "/images/", apiError(status, code));
      const outcome = await run();
      expect(outcome).toMatchObject({ deleted: [], skipped: [], failed: [], stopped: { code } });
      expect(idsOf(outcome.remaining).sort(byNumber)).toEqual(idsOf(TEN));
      expect(new Set(simulator.requests.map(idIn))).toEqual(new Set([1001, 1002, 1003, 1004]));
      expect(progress).toEqual([]);
      expect(present()).toHaveLength(10);
    }
  });

  test("a bulk deletion stops when no token is set", async () => {
    const { simulator, run } = await startBulkDeletion(TEN, { token: null });
    const outcome = await run();
    expect(outcome).toMatchObject({ deleted: [], stopped: { code: "token_missing" } });
    expect(outcome.remaining).toEqual(expect.arrayContaining(TEN));
    expect(simulator.requests).toEqual([]);
  });

  test("a bulk deletion that stops keeps what was deleted before", async () => {
    const { simulator, run, present } = await startBulkDeletion();
    let deletions = 0;
    const refuse = refuseWith(401, "token_readonly");
    simulator.intercept = (request, ...rest) =>
      isDelete(request) && ++deletions > 5 ? refuse(request, ...rest) : undefined;
    const outcome = await run();
    expect(outcome.deleted).toHaveLength(5);
    expect(outcome).toMatchObject({ skipped: [], failed: [], stopped: { code: "token_readonly" } });
    expect(idsOf(outcome.remaining).sort(byNumber)).toEqual(present());
    expectComplete(outcome, TEN);
  });
});

describe("images that remain", () => {
  test("an image remains when the call has no time left, and no other reason is reported", async () => {
    const { simulator, clock, run, progress } = await startBulkDeletion(TEN, { callMs: 45_000 });
    simulator.intercept = (request) => (isDelete(request) ? clock.pass(10_000) : undefined);
    const outcome = await run({ mayStart: () => clock.time < NOON + 30_000 });
    expect(outcome).toMatchObject({ skipped: [], failed: [], stopped: null });
    expect(outcome.deleted.length).toBeGreaterThan(0);
    expect(outcome.remaining.length).toBeGreaterThan(0);
    expect(progress).toHaveLength(outcome.deleted.length);
    expectComplete(outcome, TEN);
  });

  test("an image remains when its reads are too slow, with the reason", async () => {
    const { simulator, clock, run } = await startBulkDeletion(many(1));
    simulator.intercept = (request) => (isRead(request) ? clock.pass(1_001) : undefined);
    expect(await run()).toMatchObject({
      deleted: [],
      failed: [],
      remaining: [{ id: 1001 }],
      stopped: { code: "too_slow" },
    });
    expect(simulator.writes()).toEqual([]);
  });

  test("an image remains when it may no longer start, and does not count as done", async () => {
    const { run, progress, present } = await startBulkDeletion();
    let starts = 0;
    const outcome = await run({ mayStart: () => ++starts <= 6 });
    expect(outcome.deleted).toHaveLength(6);
    expect(idsOf(outcome.remaining)).toEqual([1007, 1008, 1009, 1010]);
    expect(outcome.stopped).toBeNull();
    expect(progress).toHaveLength(6);
    expect(present()).toEqual([1007, 1008, 1009, 1010]);
  });
});

describe("retention guard", () => {
  /** Keeps what `kept` names, at the first question or at the second, and records what it hears. */
  function guard(kept: Record<number, string> = {}, late: Record<number, string> = {}) {
    const heard: string[] = [];
    const made: GroupGuard = {
      reasonToKeep: (id) => kept[id] ?? null,
      requests: () => 3,
      async check(id) {
        heard.push(`check ${id}`);
        return late[id] ?? null;
      },
      checkedAt: () => undefined,
      end: (id, outcome) => void heard.push(`${outcome} ${id}`),
    };
    return { heard, createGuard: async () => made };
  }

  test("the retention guard keeps an image without a request, or after its group was read", async () => {
    const { simulator, run, progress, present } = await startBulkDeletion(many(4));
    const { heard, createGuard } = guard({ 1001: "first" }, { 1003: "second" });
    const outcome = await run({ createGuard });
    expect(outcome.skipped.toSorted((a, b) => a.id - b.id)).toEqual([
      { id: 1001, why: "first" },
      { id: 1003, why: "second" },
    ]);
    expect(idsOf(outcome.deleted)).toEqual([1002, 1004]);
    expect(progress).toHaveLength(4);
    expect(present()).toEqual([1001, 1003]);
    expect(simulator.requests.filter((request) => idIn(request) === 1001)).toEqual([]);
    expect(heard.toSorted()).toEqual(
      ["check 1002", "check 1003", "check 1004", "done 1002", "refused 1003", "done 1004"].toSorted(),
    );
  });

  test("the retention guard hears the outcome of each deletion", async () => {
    const images = many(7);
    const { simulator, run, alter } = await startBulkDeletion(images);
    alter(1002, { description: "changed" });
    simulator.state.images.delete(1003);
    const answers: Record<number, Intercept> = {
      1004: refuseWith(423, "locked"),
      1005: refuseWith(423, "protected"),
      1006: lost,
    };
    simulator.intercept = (request, ...rest) =>
      isDelete(request) ? answers[idIn(request)]?.(request, ...rest) : undefined;
    const { heard, createGuard } = guard();
    const outcome = await run({ createGuard });
    expectComplete(outcome, images);
    expect(idsOf(outcome.deleted).sort(byNumber)).toEqual([1001, 1007]);
    expect(outcome.failed).toMatchObject([
      { id: 1004, error: { code: "locked" } },
      { id: 1006, error: { code: "outcome_unknown" } },
    ]);
    expect(heard.filter((one) => !one.startsWith("check")).toSorted()).toEqual([
      "done 1001",
      "done 1007",
      ...[1002, 1003, 1004, 1005].map((id) => `refused ${id}`),
      "unknown 1006",
    ]);
  });

  test("all images remain when the retention guard cannot be created", async () => {
    const { simulator, run, progress } = await startBulkDeletion();
    const error = new HcloudError("server_error", "no list");
    const outcome = await run({ createGuard: () => Promise.reject(error) });
    expect(outcome).toEqual({ deleted: [], skipped: [], failed: [], remaining: TEN, stopped: error });
    expect(simulator.requests).toEqual([]);
    expect(progress).toEqual([]);
  });

  test("a deletion fails when the retention guard fails for an internal reason", async () => {
    const { simulator, run } = await startBulkDeletion();
    const error = new TypeError("a defect");
    await expect(run({ createGuard: () => Promise.reject(error) })).rejects.toBe(error);
    const { createGuard } = guard();
    const broken = async () => ({ ...(await createGuard()), check: () => Promise.reject(error) });
    await expect(run({ createGuard: broken })).rejects.toBe(error);
    expect(simulator.writes()).toEqual([]);
  });
});

/** What may become of a request, by name. */
const FAULTS: Record<string, Intercept> = {
  lost,
  gateway: answerAsGateway(502),
  locked: refuseWith(423, "locked"),
  protected: refuseWith(423, "protected"),
  server_error: refuseWith(500, "server_error"),
  forbidden: refuseWith(403, "forbidden"),
  unauthorized: refuseWith(401, "unauthorized"),
  rate_limit_exceeded: refuseWith(429, "rate_limit_exceeded"),
};

test("every image is in exactly one list, whatever fails, and exactly the deleted ones are gone", async () => {
  const fault = fc.constantFrom("none", "none", "none", ...Object.keys(FAULTS));
  await fc.assert(
    fc.asyncProperty(fc.infiniteStream(fault), fc.nat(20), async (faults, starts) => {
      const images = many(20);
      const { simulator, run, present } = await startBulkDeletion(images);
      let left = starts;
      simulator.intercept = (...request) => FAULTS[faults.next().value ?? ""]?.(...request);
      const outcome = await run({ mayStart: () => left-- > 0 });
      expectComplete(outcome, images);
      const gone = idsOf(images).filter((id) => !present().includes(id));
      expect(gone).toEqual(idsOf(outcome.deleted).sort(byNumber));
      const codes = outcome.failed.map(({ error }) => error.code);
      for (const code of ["unauthorized", "rate_limit_exceeded", "protected"])
        expect(codes).not.toContain(code);
      if (outcome.stopped) expect(["unauthorized", "rate_limit_exceeded"]).toContain(outcome.stopped.code);
    }),
    { numRuns: 30 },
  );
});
