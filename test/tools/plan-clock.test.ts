import { describe, expect, test } from "vitest";
import type { Intercept } from "../../src/simulator/http.ts";
import { CODE_IN_TEXT, expectFailure, rows, start } from "../support/answers.ts";
import { aged, PLAN, selectedIds } from "../support/cleanup.ts";
import { NOON } from "../support/harness.ts";

const MINUTE_MS = 60_000;

/** By this machine's clock the second is a little younger than a day, and the third a little older. */
const images = [aged(1, 0.1), aged(2, 0.99), aged(3, 1.01)];
const POLICY = { older_than_days: 1 };

/** A plan of a cloud whose clock is so many minutes ahead of this machine's. */
async function planWhenAhead(minutes: number, intercept?: Intercept) {
  const now = () => NOON + minutes * MINUTE_MS;
  const harness = await start({ images, now, ...(intercept && { intercept }) });
  return { harness, answer: await harness.call(PLAN, POLICY) };
}

describe("clock of hcloud_plan_image_cleanup", () => {
  test.each([
    [0, [3]],
    [59, [3, 2]],
    [60, [3, 2]],
    [-59, []],
    [-60, []],
  ])("the API's clock decides the age of an image when it is %i minutes ahead", async (minutes, selected) => {
    const { answer } = await planWhenAhead(minutes);
    expect(selectedIds(answer)).toEqual(selected);
    expect(rows(answer).map(({ age_days }) => age_days)).toEqual(selected.map(() => 1));
  });

  test("this machine's clock decides the age of an image when the API states no time", async () => {
    const { answer } = await planWhenAhead(120, (_, response, apply) => {
      const { status, headers, body } = apply();
      response.sendDate = false;
      const { Date: _date, ...rest } = headers as Record<string, string>;
      response.writeHead(status, rest).end(JSON.stringify(body));
      return "handled";
    });
    expect(selectedIds(answer)).toEqual([3]);
  });
});

describe("clocks that differ by more than an hour", () => {
  test.each([
    [61, "1 h 1 min ahead"],
    [-61, "1 h 1 min behind"],
    [120, "2 h 0 min ahead"],
    [-3 * 24 * 60 - 30, "72 h 30 min behind"],
  ])("a plan is refused when the API's clock differs by %i minutes", async (minutes, difference) => {
    const { harness, answer } = await planWhenAhead(minutes);
    expectFailure(answer, "clock_differs", difference);
    expect(answer.text).not.toMatch(CODE_IN_TEXT);
    expect(harness.simulator.writes()).toEqual([]);
  });

  test("a plan is accepted after the clock is corrected", async () => {
    const harness = await start({ images, now: () => NOON + 120 * MINUTE_MS });
    expectFailure(await harness.call(PLAN, POLICY), "clock_differs");
    harness.clock.pass(120 * MINUTE_MS);
    expect(selectedIds(await harness.call(PLAN, POLICY))).toEqual([3, 2]);
  });
});
