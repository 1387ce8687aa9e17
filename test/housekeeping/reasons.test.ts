/** Why an image is kept: the reason that is reported, and whether it is kept for the sake of its group. */

import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { isNeededByGroup } from "../../src/housekeeping/group-rules.ts";
import { decide, type Policy } from "../../src/housekeeping/policy.ts";
import { aged } from "../support/cleanup.ts";
import { NOON } from "../support/harness.ts";
import { snapshot } from "../support/random-images.ts";

/** Why each image is kept; null when it is selected. */
const reasons = (images: readonly Image[], policy: Partial<Policy> = {}) =>
  decide(images, { group_by: "server", keep_labels: ["keep"], bound: false, ...policy }, NOON).map(
    ({ kept }) => kept,
  );

const newest = aged(1, 1);

/** Snapshots of one server, made at these times; ids ascend, so that the newest has not the lowest. */
const madeAt = (...times: string[]) => times.map((created, i) => snapshot(i + 1, { created }));

describe("reasons beside a newer image", () => {
  test.each<[reason: string | null, rest: Partial<Image>, policy?: Partial<Policy>]>([
    [null, {}],
    ["protected", { protection: { delete: true } }],
    ["not available", { status: "creating" }],
    ["not available", { status: "unavailable" }],
    ["not available", { status: "a status of tomorrow" }],
    ["not available", { deleted: "2026-11-22T00:00:00Z" }],
    [null, { deleted: null }],
    ["bound to a server", { bound_to: 42 }],
    [null, { bound_to: 42 }, { bound: true }],
    ["kept by label", { labels: { keep: "" } }],
    ["kept by label", { labels: { keep: "false" } }],
    [null, { labels: { keeper: "", env: "keep" } }],
    ["kept by label", { labels: { golden: "" } }, { keep_labels: ["keep", "golden"] }],
    ["kept by label", { labels: { keep: "" } }, { keep_labels: ["keep", "golden"] }],
    [null, {}, { keep_labels: ["toString"] }],
    ["age unknown", { created: "soon" }],
    ["in no group", { created_from: null }],
    ["protected", { created_from: null, protection: { delete: true } }],
    ["kept by label", { created_from: null, labels: { keep: "" } }],
    ["not available", { status: "creating", protection: { delete: true }, created_from: null }],
    ["not old enough", {}, { older_than_days: 2 }],
    [null, {}, { older_than_days: 1 }],
    ["protected", { protection: { delete: true } }, { older_than_days: 2 }],
  ])("an image beside a newer one has the reason %j for %j by %j", (reason, rest, policy) => {
    expect(reasons([newest, aged(2, 2, rest)], policy)).toEqual(["newest of its group", reason]);
  });
});

describe("the newest available image of a group", () => {
  test.each<Partial<Image>>([
    {},
    { protection: { delete: true } },
    { labels: { keep: "" } },
    { bound_to: 42 },
    { created: "2026-11-23T11:59:59+00:00" },
  ])("the newest available image is kept for its group, also when it has %j", (rest) => {
    const images = [aged(3, 3), aged(2, 2), aged(9, 1, rest)];
    expect(reasons(images)).toEqual([null, null, "newest of its group"]);
    expect(reasons(images, { keep_last: 2 })).toEqual([null, "keep_last", "keep_last"]);
    expect(reasons(images, { older_than_days: 30 })).toEqual([
      "not old enough",
      "not old enough",
      "newest of its group",
    ]);
  });

  test.each<Partial<Image>>([
    { status: "creating" },
    { status: "unavailable" },
    { deleted: "2026-11-22T00:00:00Z" },
  ])("an image with %j is not the newest available image", (rest) => {
    expect(reasons([aged(3, 3), aged(2, 2), aged(9, 1, rest)], { keep_last: 1 })).toEqual([
      null,
      "keep_last",
      "not available",
    ]);
  });
});

describe("allow_empty_groups", () => {
  test("allow_empty_groups keeps the newest of a group by other rules only", () => {
    const images = [aged(1, 1), aged(2, 2, { protection: { delete: true } }), aged(3, 3)];
    expect(reasons(images, { allow_empty_groups: true })).toEqual([null, "protected", null]);
    expect(reasons(images, { allow_empty_groups: true, older_than_days: 2 })).toEqual([
      "not old enough",
      "protected",
      null,
    ]);
    expect(reasons(images, { allow_empty_groups: true, keep_weekly: 1 })).toEqual([
      "keep_weekly",
      "protected",
      null,
    ]);
  });

  test("allow_empty_groups false keeps the newest of a group", () => {
    expect(reasons([aged(1, 1), aged(2, 2)], { allow_empty_groups: false })).toEqual([
      "newest of its group",
      null,
    ]);
  });
});

describe("tiers as reasons", () => {
  // Sunday, the Monday after, Tuesday; then the same days a week later.
  const days = madeAt(
    ...["2026-11-08T23:59:59Z", "2026-11-09T00:00:00Z", "2026-11-10T00:00:00Z"],
    ...["2026-11-15T23:59:59Z", "2026-11-16T00:00:00Z", "2026-11-17T00:00:00Z"],
  );

  test.each<[policy: Partial<Policy>, expected: (string | null)[]]>([
    [{ keep_daily: 2 }, [null, null, null, null, "keep_daily", "newest of its group"]],
    [{ keep_daily: 4 }, [null, null, ...Array(3).fill("keep_daily"), "newest of its group"]],
    [{ keep_weekly: 1 }, [null, null, null, null, null, "newest of its group"]],
    [{ keep_weekly: 2 }, [null, null, null, "keep_weekly", null, "newest of its group"]],
    [{ keep_weekly: 3 }, ["keep_weekly", null, null, "keep_weekly", null, "newest of its group"]],
    [{ keep_monthly: 9 }, [null, null, null, null, null, "newest of its group"]],
    [{ keep_last: 2, keep_daily: 3 }, [null, null, null, "keep_daily", "keep_last", "keep_last"]],
    [
      { keep_daily: 3, keep_weekly: 3 },
      ["keep_weekly", null, null, "keep_daily", "keep_daily", "newest of its group"],
    ],
  ])("a tier is the reason unless an earlier rule keeps the image: %j", (policy, expected) => {
    expect(reasons(days, policy)).toEqual(expected);
  });

  test("a tier separates months of different years", () => {
    const months = madeAt(
      ...["2024-12-31T23:59:59Z", "2025-01-01T00:00:00Z", "2025-12-31T23:59:59Z"],
      ...["2026-01-01T00:00:00Z", "2026-01-31T23:59:59Z", "2026-12-01T00:00:00+02:00"],
    );
    expect(reasons(months, { keep_last: 1, keep_monthly: 12 })).toEqual([
      ...["keep_monthly", "keep_monthly", "keep_monthly"],
      ...[null, "keep_monthly", "keep_last"],
    ]);
    expect(reasons(months, { keep_last: 1, keep_monthly: 3 })).toEqual([
      ...[null, null, "keep_monthly"],
      ...[null, "keep_monthly", "keep_last"],
    ]);
  });

  test("a tier separates days of one month in UTC", () => {
    const days = madeAt("2026-03-01T00:30:00+01:00", "2026-02-28T23:45:00Z", "2026-03-01T00:00:00Z");
    expect(reasons(days, { keep_last: 1, keep_daily: 9 })).toEqual([null, "keep_daily", "keep_last"]);
  });
});

describe("keep_within_days", () => {
  const within = (days: number, more: Partial<Policy> = {}) => ({ keep_within_days: days, ...more });

  test("keep_within_days keeps images less than that many days older than the newest, however old that is", () => {
    const images = [aged(1, 400), aged(2, 401.99), aged(3, 402), aged(4, 403)];
    expect(reasons(images, within(2))).toEqual(["newest of its group", "keep_within_days", null, null]);
    expect(reasons(images, within(3))[2]).toBe("keep_within_days");
  });

  test("keep_within_days counts from the newest available image", () => {
    const images = [aged(1, 1, { status: "creating" }), aged(2, 5), aged(3, 6), aged(4, 7)];
    expect(reasons(images, within(2))).toEqual([
      ...["not available", "newest of its group"],
      ...["keep_within_days", null],
    ]);
  });

  test("keep_within_days keeps the newest of a group in spite of allow_empty_groups", () => {
    const images = [aged(1, 1), aged(2, 2), aged(3, 3)];
    expect(reasons(images, within(2, { allow_empty_groups: true }))).toEqual([
      ...["newest of its group", "keep_within_days", null],
    ]);
  });

  test("keep_within_days ignores images of the future, and keeps all when there is no other", () => {
    const future = [aged(1, -40), aged(2, -10)];
    expect(reasons([...future, aged(3, 3), aged(4, 4)], within(1, { allow_empty_groups: true }))).toEqual([
      ...["keep_within_days", "keep_within_days", "newest of its group", null],
    ]);
    expect(reasons(future, within(1))).toEqual(["newest of its group", "keep_within_days"]);
  });
});

describe("names of reasons", () => {
  const one = (image: Partial<Image>, policy: Partial<Policy>) => {
    const images = [aged(1, 1), aged(2, 2), aged(3, 10, image)];
    const rules: Policy = { group_by: "server", keep_labels: ["keep"], bound: false, ...policy };
    return decide(images, rules, NOON)[2];
  };

  test.each<[image: Partial<Image>, policy: Partial<Policy>, keptBy: string[], selectedBy: string[]]>([
    [{}, {}, [], []],
    [{}, { keep_last: 3, keep_daily: 9, keep_weekly: 9 }, ["keep_last", "keep_daily", "keep_weekly"], []],
    [
      {},
      { keep_last: 2, keep_daily: 2, keep_weekly: 1, keep_monthly: 1, keep_within_days: 9 },
      [],
      ["keep_last", "keep_daily", "keep_weekly", "keep_monthly", "keep_within_days"],
    ],
    [{}, { keep_within_days: 10, keep_last: 1 }, ["keep_within_days"], ["keep_last"]],
    [{}, { older_than_days: 9, created_before: "2026-01-01" }, ["not old enough"], ["older_than_days"]],
    [
      {},
      { older_than_days: 10, created_before: "2026-11-14", keep_last: 2 },
      ["not old enough"],
      ["created_before", "keep_last"],
    ],
    [
      { protection: { delete: true }, labels: { keep: "" }, bound_to: 42 },
      { older_than_days: 3, keep_last: 2 },
      ["protected", "bound to a server", "kept by label"],
      ["older_than_days", "keep_last"],
    ],
    [{ status: "creating" }, { older_than_days: 3, keep_last: 1 }, ["not available"], ["older_than_days"]],
    [{ created_from: null }, { older_than_days: 3, keep_last: 1 }, ["in no group"], ["older_than_days"]],
    [{ created: "soon" }, { older_than_days: 3 }, ["age unknown", "not old enough"], []],
  ])(
    "a decision names every reason and every criterion: of %j by %j",
    (image, policy, keptBy, selectedBy) => {
      expect(one(image, policy)).toMatchObject({ keptBy, selectedBy, kept: keptBy[0] ?? null });
    },
  );
});

test.each([
  ["newest of its group", true],
  ["keep_last", true],
  ["keep_daily", true],
  ["keep_weekly", true],
  ["keep_monthly", true],
  ["keep_within_days", false],
  ["protected", false],
  ["not available", false],
  ["bound to a server", false],
  ["kept by label", false],
  ["in no group", false],
  ["not old enough", false],
  ["age unknown", false],
  [null, false],
] as const)("others of the group rest on an image that is kept for the reason %j: %j", (reason, expected) => {
  expect(isNeededByGroup(reason)).toBe(expected);
});
