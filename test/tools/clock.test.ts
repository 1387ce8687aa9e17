/** The clock by which the age of images is decided: the API's, as long as this machine's is about right. */

import { describe, expect, test } from "vitest";
import { expectFailure, start } from "../support/answers.ts";
import { codeOf, column, DELETE, deletionsOf, many, PLAN, planOf, reply } from "../support/cleanup.ts";
import { NOON } from "../support/harness.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const WEEK = { older_than_days: 5 };

/** A project of ten snapshots, a day apart, whose API is ahead of this machine by so much. */
const startAhead = (ms: number) => start({ images: many(10), now: () => NOON + ms });

test("a clock that is set by more than an hour after the plan deletes nothing", async () => {
  const { call, simulator, clock, events } = await start({ images: many(10), now: () => NOON });
  const confirm = codeOf(await call(PLAN, WEEK));
  clock.pass(59 * MINUTE_MS);
  simulator.state.now = () => NOON - 10 * MINUTE_MS;
  expectFailure(await call(DELETE, { confirm, count: 5 }), "clock_differs");
  expect(simulator.writes()).toEqual([]);
  expect(events.at(-1)).toMatchObject({ outcome: "failed", code: "clock_differs" });
});

describe("a clock that differs by an hour or less", () => {
  test.each([HOUR_MS, -HOUR_MS, MINUTE_MS, 0])(
    "a clock is accepted when the API is %i ms ahead",
    async (ms) => {
      const { call } = await startAhead(ms);
      expect((await call(PLAN, WEEK)).isError).toBe(false);
    },
  );

  test.each<[ahead: number, old: number]>([
    [0, 1006],
    [MINUTE_MS, 1005],
    [-MINUTE_MS, 1006],
  ])("an image is as old as the API's clock says, when that is %i ms ahead", async (ahead, first) => {
    // Image 1005 is exactly five days old at noon.
    const { call } = await startAhead(ahead);
    const ids = column(planOf(await call(PLAN, WEEK)), "id") as number[];
    expect(Math.min(...ids)).toBe(first);
  });
});

test("an image that is too young by the API's clock at the confirmed call is kept", async () => {
  const { call, simulator } = await startAhead(MINUTE_MS);
  const confirm = codeOf(await call(PLAN, WEEK));
  simulator.state.now = () => NOON - MINUTE_MS;
  const answer = deletionsOf(await call(DELETE, { confirm, count: 6 }));
  expect(answer.skipped).toEqual([{ id: 1005, why: "the policy now keeps it: not old enough" }]);
  expect(answer.deleted).toHaveLength(5);
});

test("this machine's clock decides when the API states no time", async () => {
  const { call, simulator } = await startAhead(26 * HOUR_MS);
  simulator.intercept = (request, response, apply) =>
    reply(request, response, () => {
      const { headers, ...rest } = apply();
      return { ...rest, headers: { ...headers, Date: "soon" } };
    });
  const ids = column(planOf(await call(PLAN, WEEK)), "id") as number[];
  expect(Math.min(...ids)).toBe(1006);
});
