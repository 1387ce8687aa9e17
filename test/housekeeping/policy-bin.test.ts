import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { decide, describeReason, type Policy } from "../../src/housekeeping/policy.ts";
import { binned, TODAY, YESTERDAY } from "../support/bin.ts";
import { aged } from "../support/cleanup.ts";
import { NOON } from "../support/harness.ts";

const KEEP = { group_by: "server", keep_labels: ["keep"], bound: false } as const;
const DUE: Policy = { ...KEEP, bin: "due" };

/** Why each image is kept, by id; null for one that is selected. */
function kept(images: Image[], policy: Policy, now = NOON): Record<number, string | null> {
  return Object.fromEntries(
    decide(images, policy, now).map(({ image, kept }) => [image.id, kept && describeReason(kept, image)]),
  );
}

describe("policies without bin", () => {
  const policies: Partial<Policy>[] = [
    { keep_last: 1 },
    { older_than_days: 1, allow_empty_groups: true },
    { created_before: "2100-01-01", allow_empty_groups: true },
  ];

  test.each(policies)("a policy without bin keeps an image in the bin, due or not: %j", (policy) => {
    const images = [
      aged(1, 9),
      aged(2, 20, { labels: binned(TODAY) }),
      aged(3, 30, { labels: binned(YESTERDAY) }),
      aged(4, 40, { labels: binned("soon") }),
    ];
    expect(kept(images, { ...KEEP, ...policy })).toMatchObject({
      2: "in the bin until 2026-11-23",
      3: "in the bin until 2026-11-22",
      4: "in the bin",
    });
  });

  test("a policy without bin never counts an image in the bin as kept for its group", () => {
    const images = [aged(1, 1, { labels: binned(TODAY) }), aged(2, 2), aged(3, 3)];
    expect(kept(images, { ...KEEP, keep_last: 1 })).toEqual({
      1: "in the bin until 2026-11-23",
      2: "keep_last",
      3: null,
    });
    expect(kept(images, { ...KEEP, keep_daily: 1, older_than_days: 1 })).toMatchObject({
      2: "newest of its group",
      3: null,
    });
  });

  test("a policy without bin keeps an image whose label keep is hidden, in the bin or not", () => {
    const images = [aged(1, 1), aged(2, 2, { labels: { "bin/keep": "" } }), aged(3, 3)];
    expect(kept(images, { ...KEEP, keep_last: 1 })).toEqual({ 1: "keep_last", 2: "kept by label", 3: null });
  });
});

describe("policies with bin", () => {
  test("a policy with bin selects exactly the due images", () => {
    const images = [
      aged(1, 1),
      aged(2, 2, { labels: binned(YESTERDAY) }),
      aged(3, 3, { labels: binned(TODAY) }),
      aged(4, 4, { labels: binned("2026-02-30") }),
      aged(5, 5, { labels: { due: YESTERDAY, "bin/other": YESTERDAY } }),
    ];
    expect(kept(images, DUE)).toEqual({
      1: "not in the bin",
      2: null,
      3: "in the bin until 2026-11-23",
      4: "in the bin",
      5: "not in the bin",
    });
    expect(kept(images, DUE, Date.parse("2026-11-24T00:00:00Z"))).toMatchObject({ 2: null, 3: null });
  });

  test("a policy with bin selects the last image of a group, one in no group and one of unknown age", () => {
    const labels = binned(YESTERDAY);
    const images = [
      aged(1, 1, { labels }),
      aged(2, 2, { labels, created_from: null }),
      aged(3, 3, { labels, created: "?" }),
    ];
    expect(kept(images, DUE)).toEqual({ 1: null, 2: null, 3: null });
  });

  test.each<[change: Partial<Image>, why: string]>([
    [{ protection: { delete: true } }, "protected"],
    [{ status: "creating" }, "not available"],
    [{ status: "unavailable" }, "not available"],
    [{ deleted: "2026-11-20T00:00:00Z" }, "not available"],
    [{ bound_to: 42 }, "bound to a server"],
    [{ labels: binned(YESTERDAY, { keep: "no" }) }, "kept by label"],
    [{ labels: binned(YESTERDAY, { "bin/keep": "" }) }, "kept by label"],
    [{ labels: binned(YESTERDAY, { "bin.a/b": "" }) }, "kept by label"],
  ])("a policy with bin keeps a due image with %j", (change, why) => {
    const image = aged(1, 9, { labels: binned(YESTERDAY), ...change });
    expect(kept([image], { ...DUE, keep_labels: ["keep", "a/b"] })).toEqual({ 1: why });
  });

  test("a policy with bin also selects by age, when age is given", () => {
    const images = [aged(1, 1, { labels: binned(YESTERDAY) }), aged(2, 9, { labels: binned(YESTERDAY) })];
    expect(kept(images, { ...DUE, older_than_days: 5 })).toEqual({ 1: "not old enough", 2: null });
  });
});
