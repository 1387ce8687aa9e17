import { describe, expect, test } from "vitest";
import { failure, start } from "../support/answers.ts";
import { aged, codeOf, DELETE, EVERY_IMAGE, going, many, PLAN, planOf } from "../support/cleanup.ts";

/** The sentence of a refusal; nothing may have been sent for it. */
async function refused(args: Record<string, unknown>): Promise<string> {
  const { call, simulator } = await start();
  const told = failure(await call(PLAN, args));
  expect(simulator.requests).toEqual([]);
  expect(told).toMatch(/\(invalid_input\)$/);
  return told;
}

describe("a policy without a criterion is refused, and nothing is sent", () => {
  test.each([
    {},
    { type: "snapshot" },
    { type: "backup" },
    { group_by: "none" },
    { group_by: "label:env" },
    { keep_label: "golden" },
    { allow_empty_groups: true },
    { allow_empty_groups: false },
    { type: "backup", group_by: "description", keep_label: "golden" },
    { older_than_days: null },
    { label_selector: "", created_before: "", keep_last: "" },
    { plan: "" },
  ])("%j", async (args) => {
    expect(await refused(args)).toMatch(
      /at least one criterion is required: label_selector, server, .*keep_last/,
    );
  });
});

describe("arguments that make no sense are refused, and nothing is sent", () => {
  test.each<[args: Record<string, unknown>, told: RegExp]>([
    [{ name: "nightly" }, /^unknown argument "name"\. Did you mean "description_contains"\?/],
    [{ older_than_days: 0 }, /^older_than_days: must be a whole number from 1 to 10000, not 0\n/],
    [{ older_than_days: 10_001 }, /^older_than_days: must be a whole number from 1 to 10000, not 10001\n/],
    [{ older_than_days: -1 }, /^older_than_days: must be a whole number .*, not -1\n/],
    [{ older_than_days: 1.5 }, /^older_than_days: must be a whole number .*, not 1\.5\n/],
    [{ older_than_days: "30 days" }, /^older_than_days: must be a whole number .*, not "30 days"\n/],
    [{ keep_last: 0 }, /^keep_last: must be a whole number from 1 to 10000, not /],
    [{ keep_last: -1 }, /^keep_last: must be a whole number from 1 to 10000, not /],
    [{ keep_last: 0, older_than_days: 30 }, /^keep_last: must be a whole number from 1 to 10000, not /],
    [
      { keep_last: 2, allow_empty_groups: true },
      /^allow_empty_groups: must not be true when keep_last is given/,
    ],
    [{ keep_last: 2, allow_empty_groups: "yes" }, /^allow_empty_groups: must be true or false, not "yes"\n/],
    [
      { keep_last: 2, allow_empty_groups: "true" },
      /^allow_empty_groups: must be true or false, not "true"\n/,
    ],
    [{ keep_daily: 0 }, /^keep_daily: must be a whole number from 1 to 10000, not /],
    [{ keep_weekly: 0 }, /^keep_weekly: must be a whole number from 1 to 10000, not /],
    [{ keep_monthly: 0 }, /^keep_monthly: must be a whole number from 1 to 10000, not /],
    [{ keep_last: 1, type: "system" }, /^type: must be one of snapshot, backup, not "system"\n/],
    [{ keep_last: 1, type: "app" }, /^type: must be one of snapshot, backup, not "app"\n/],
    [{ keep_last: 1, group_by: "age" }, /^group_by: must be server, description, none or label:<key>/],
    [
      { keep_last: 1, group_by: "label:" },
      /^group_by: must be a label key, not "": a key is 1 to 63 letters/,
    ],
    [{ keep_last: 1, group_by: "label:-a" }, /^group_by: must be a label key, not "-a"/],
    [{ keep_last: 1, group_by: "Label:env" }, /^group_by: must be server/],
    [{ keep_last: 1, group_by: "SERVER" }, /^group_by: must be server/],
    [{ keep_last: 1, keep_label: " " }, /^keep_label: must be a label key, not " "/],
    [{ keep_last: 1, keep_label: "a b" }, /^keep_label: must be a label key, not "a b"/],
    [{ label_selector: "  " }, /^label_selector: expected a label key/],
    [{ label_selector: "env=prod," }, /^label_selector: expected a label key/],
    [{ keep_last: 1, older_then_days: 3 }, /^unknown argument "older_then_days".*older_than_days/],
    [{ keep_last: 1, confirm: "x" }, /^unknown argument "confirm"/],
  ])("%j", async (args, told) => {
    expect(await refused(args)).toMatch(told);
  });

  test("group_by with what cannot be a label key", async () => {
    expect(await refused({ keep_last: 1, group_by: "label:no such key" })).toMatch(
      /^group_by: must be a label key, not "no such key": /,
    );
  });

  test("group_by with a label that no image has is refused after the images were read, without a code", async () => {
    const { call } = await start({ images: many(3, () => ({ labels: { environment: "prod" } })) });
    const told = failure(await call(PLAN, { keep_last: 1, group_by: "label:env" }));
    expect(told).toBe(
      'group_by: none of the images has the label "env". Nothing was planned. Group by something else, or select images by label_selector. (invalid_input)',
    );
  });

  test("but not when there is no image, or one has it", async () => {
    const empty = await start({ images: [] });
    expect(going(await empty.call(PLAN, { keep_last: 1, group_by: "label:env" }))).toEqual([]);
    const one = await start({ images: many(3, (i) => ({ labels: i === 0 ? {} : { env: "" } })) });
    expect(going(await one.call(PLAN, { keep_last: 1, group_by: "label:env" }))).toEqual([1003]);
  });
});

describe("created_before takes a day or an instant", () => {
  /** Made at noon of 2026-02-28, 2026-03-01 and 2026-03-02, UTC; the newest is kept anyway. */
  const images = ["2026-02-28", "2026-03-01", "2026-03-02", "2026-11-01"].map((day, i) =>
    aged(i + 1, 1, { created: `${day}T12:00:00+00:00` }),
  );

  test.each<[before: string, selected: number[]]>([
    ["2026-03-01", [1]],
    ["2026-03-01T12:00:00Z", [1]],
    ["2026-03-01T12:00:01Z", [1, 2]],
    ["2026-03-01T12:00:00.001Z", [1, 2]],
    ["2026-03-01T12:01Z", [1, 2]],
    ["2026-03-01T13:30:00+01:00", [1, 2]],
    ["2026-03-01T10:30:00-02:00", [1, 2]],
    ["2026-03-01T13:30:00+02:00", [1]],
    ["2027-01-01", [1, 2, 3]],
    ["1999-12-31", []],
    ["2024-02-29", []],
  ])("%s", async (created_before, selected) => {
    const { call } = await start({ images });
    expect(going(await call(PLAN, { created_before }))).toEqual(selected);
  });

  test.each([
    "2026-02-30",
    "2026-02-30T00:00:00Z",
    "2025-02-29",
    "2026-13-01",
    "2026-00-10",
    "2026-01-00",
    "2026-1-1",
    "01.02.2026",
    "2026",
    "2026-01-31T25:00:00Z",
    "2026-01-31T12:00:00",
    "2026-01-31 12:00:00",
    "2026-01-31  12:00:00Z",
    "2026-01-31T12:00:00+25:00",
    "yesterday",
    "1767225600",
    " ",
    "2026-01-31\n",
  ])("and refuses %j", async (created_before) => {
    expect(await refused({ created_before })).toMatch(
      /^created_before: must be a day such as 2026-01-31, or a time such as 2026-01-31T12:00:00Z/,
    );
  });
});

describe("reading on in a plan", () => {
  test.each([
    { older_than_days: 3 },
    { keep_last: 1 },
    { allow_empty_groups: false },
    { type: "snapshot" },
    { group_by: "none" },
    { keep_label: "keep" },
    { label_selector: "a" },
  ])("is given with page only, not with %j", async (policy) => {
    for (const page of [{}, { page: 2 }]) {
      const told = await refused({ plan: "x", ...page, ...policy });
      expect(told).toMatch(/^plan: must be given with page only/);
    }
  });

  test("wants the plan, also beside a policy", async () => {
    expect(await refused({ page: 2 })).toMatch(/^page: must be given with plan/);
    expect(await refused({ page: 2, keep_last: 1 })).toMatch(/^page: must be given with plan/);
    expect(await refused({ plan: "x", page: 0 })).toMatch(
      /^page: must be a whole number from 1 to 10000, not /,
    );
  });

  test.each([" ", "yes", "0-000000000000000", "x".repeat(10_000)])(
    "is refused with a code that is none: %j",
    async (plan) => {
      const { call, simulator } = await start();
      await call(PLAN, { keep_last: 1 });
      const asked = simulator.requests.length;
      const told = failure(await call(PLAN, { plan }));
      expect(told).toMatch(/^plan: This code was not issued .* Make a new plan\. \(code_refused\)$/);
      expect(simulator.requests).toHaveLength(asked);
    },
  );

  test("is refused beyond its last page, saying how many there are", async () => {
    const { call } = await start({ images: many(100) });
    const plan = codeOf(await call(PLAN, { keep_last: 1 }));
    const told = failure(await call(PLAN, { plan, page: 1_000 }));
    const pages = Number(/^page: must be at most (\d+) \(invalid_input\)$/.exec(told)?.[1]);
    expect(planOf(await call(PLAN, { plan, page: pages }))).not.toHaveProperty("next_page");
    expect(failure(await call(PLAN, { plan, page: pages + 1 }))).toBe(told);
  });

  test("is refused once the plan has expired, or was carried out", async () => {
    const { call, clock } = await start({ images: many(50) });
    const used = codeOf(await call(PLAN, { keep_last: 1 }));
    await call(DELETE, { confirm: used, count: 49 });
    expect(failure(await call(PLAN, { plan: used }))).toMatch(/^plan: This code has been used already\./);
    const fresh = await call(PLAN, EVERY_IMAGE);
    const late = codeOf(fresh);
    clock.pass(Date.parse(planOf(fresh).expires_at ?? "") - clock.time - 1);
    expect((await call(PLAN, { plan: late })).isError).toBe(false);
    clock.pass(1);
    expect(failure(await call(PLAN, { plan: late }))).toMatch(/^plan: This code has expired\. Make a new/);
  });
});
