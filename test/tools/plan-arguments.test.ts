import { describe, expect, test } from "vitest";
import { CODE_IN_TEXT, codeRefusal, expectMistake, failure, start } from "../support/answers.ts";
import { aged, codeOf, DELETE, EVERY_IMAGE, many, PLAN, planOf, selectedIds } from "../support/cleanup.ts";

/** Fails unless this argument is refused with these facts, and nothing is sent. */
async function expectRefused(
  args: Record<string, unknown>,
  argument: string,
  ...facts: string[]
): Promise<void> {
  const { call, simulator } = await start();
  expectMistake(await call(PLAN, args), argument, ...facts);
  expect(simulator.requests).toEqual([]);
}

describe("policies without a criterion", () => {
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
  ])("a policy without a criterion is refused, and nothing is sent: %j", async (args) => {
    await expectRefused(args, "at least one criterion is required", "label_selector, server", "keep_last");
  });
});

describe("invalid arguments of hcloud_plan_image_cleanup", () => {
  test.each<[args: Record<string, unknown>, argument: string, ...facts: string[]]>([
    [{ name: "nightly" }, "", "unknown", '"name"', '"description_contains"'],
    [{ older_than_days: 0 }, "older_than_days", "1 to 10000"],
    [{ older_than_days: 10_001 }, "older_than_days", "1 to 10000"],
    [{ older_than_days: -1 }, "older_than_days", "-1"],
    [{ older_than_days: 1.5 }, "older_than_days", "1.5"],
    [{ older_than_days: "30 days" }, "older_than_days", '"30 days"'],
    [{ keep_last: 0 }, "keep_last", "1 to 10000"],
    [{ keep_last: -1 }, "keep_last", "1 to 10000"],
    [{ keep_last: 0, older_than_days: 30 }, "keep_last", "1 to 10000"],
    [{ keep_last: 2, allow_empty_groups: true }, "allow_empty_groups", "keep_last"],
    [{ keep_last: 2, allow_empty_groups: "yes" }, "allow_empty_groups", "true or false"],
    [{ keep_last: 2, allow_empty_groups: "true" }, "allow_empty_groups", "true or false"],
    [{ keep_daily: 0 }, "keep_daily", "1 to 10000"],
    [{ keep_weekly: 0 }, "keep_weekly", "1 to 10000"],
    [{ keep_monthly: 0 }, "keep_monthly", "1 to 10000"],
    [{ keep_last: 1, type: "system" }, "type", "snapshot, backup"],
    [{ keep_last: 1, type: "app" }, "type", "snapshot, backup"],
    [{ keep_last: 1, group_by: "age" }, "group_by", "server, description, none", "label:<key>"],
    [{ keep_last: 1, group_by: "label:" }, "group_by", '""', "label key"],
    [{ keep_last: 1, group_by: "label:-a" }, "group_by", '"-a"', "label key"],
    [{ keep_last: 1, group_by: "Label:env" }, "group_by", "server, description, none"],
    [{ keep_last: 1, group_by: "SERVER" }, "group_by", "server, description, none"],
    [{ keep_last: 1, keep_label: " " }, "keep_label", '" "', "label key"],
    [{ keep_last: 1, keep_label: "a b" }, "keep_label", '"a b"', "label key"],
    [{ label_selector: "  " }, "label_selector", "label key"],
    [{ label_selector: "env=prod," }, "label_selector", "label key"],
    [{ keep_last: 1, older_then_days: 3 }, "", "unknown", '"older_then_days"', '"older_than_days"'],
    [{ keep_last: 1, confirm: "x" }, "", "unknown", '"confirm"'],
  ])(
    "contradictory or invalid arguments are refused, and nothing is sent: %j",
    async (args, argument, ...facts) => {
      await expectRefused(args, argument, ...facts);
    },
  );

  test("group_by with an invalid label key is refused", async () => {
    await expectRefused(
      { keep_last: 1, group_by: "label:no such key" },
      "group_by",
      '"no such key"',
      "label key",
    );
  });

  test("group_by with a label that no image has is refused after the images were read, without a code", async () => {
    const { call } = await start({ images: many(3, () => ({ labels: { environment: "prod" } })) });
    const answer = await call(PLAN, { keep_last: 1, group_by: "label:env" });
    expectMistake(answer, "group_by", "none", '"env"', "label_selector");
    expect(answer.text).not.toMatch(CODE_IN_TEXT);
  });

  test("group_by with a label is accepted when the project is empty or an image has the label", async () => {
    const empty = await start({ images: [] });
    expect(selectedIds(await empty.call(PLAN, { keep_last: 1, group_by: "label:env" }))).toEqual([]);
    const one = await start({ images: many(3, (i) => ({ labels: i === 0 ? {} : { env: "" } })) });
    expect(selectedIds(await one.call(PLAN, { keep_last: 1, group_by: "label:env" }))).toEqual([1003]);
  });
});

describe("created_before", () => {
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
  ])("created_before accepts the day or time %s", async (created_before, selected) => {
    const { call } = await start({ images });
    expect(selectedIds(await call(PLAN, { created_before }))).toEqual(selected);
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
  ])("created_before refuses %j", async (created_before) => {
    await expectRefused({ created_before }, "created_before", "2026-01-31, ", "2026-01-31T12:00:00Z");
  });
});

describe("further pages of a plan", () => {
  test.each([
    { older_than_days: 3 },
    { keep_last: 1 },
    { allow_empty_groups: false },
    { type: "snapshot" },
    { group_by: "none" },
    { keep_label: "keep" },
    { label_selector: "a" },
  ])("a further page of a plan refuses the argument %j", async (policy) => {
    for (const page of [{}, { page: 2 }]) {
      await expectRefused({ plan: "x", ...page, ...policy }, "plan", "page");
    }
  });

  test("a page requires the plan, also beside a policy", async () => {
    await expectRefused({ page: 2 }, "page", "plan");
    await expectRefused({ page: 2, keep_last: 1 }, "page", "plan");
    await expectRefused({ plan: "x", page: 0 }, "page", "1 to 10000");
  });

  test.each([" ", "yes", "0-000000000000000", "x".repeat(10_000)])(
    "a further page is refused with an invalid code: %j",
    async (plan) => {
      const { call, simulator } = await start();
      await call(PLAN, { keep_last: 1 });
      const asked = simulator.requests.length;
      expect(codeRefusal(await call(PLAN, { plan }))).toBe("unknown");
      expect(simulator.requests).toHaveLength(asked);
    },
  );

  test("a page beyond the last is refused, with the number of pages", async () => {
    const { call } = await start({ images: many(100) });
    const plan = codeOf(await call(PLAN, { keep_last: 1 }));
    const beyond = await call(PLAN, { plan, page: 1_000 });
    expectMistake(beyond, "page", 1_000);
    const pages = Number(/ to (\d+)/.exec(failure(beyond))?.[1]);
    expect(planOf(await call(PLAN, { plan, page: pages }))).not.toHaveProperty("next_page");
    expectMistake(await call(PLAN, { plan, page: pages + 1 }), "page", pages);
  });

  test("a page of an expired or used plan is refused", async () => {
    const { call, clock } = await start({ images: many(50) });
    const used = codeOf(await call(PLAN, { keep_last: 1 }));
    await call(DELETE, { confirm: used, count: 49 });
    expect(codeRefusal(await call(PLAN, { plan: used }))).toBe("used");
    const fresh = await call(PLAN, EVERY_IMAGE);
    const late = codeOf(fresh);
    clock.pass(Date.parse(planOf(fresh).expires_at ?? "") - clock.time - 1);
    expect((await call(PLAN, { plan: late })).isError).toBe(false);
    clock.pass(1);
    expect(codeRefusal(await call(PLAN, { plan: late }))).toBe("expired");
  });
});
