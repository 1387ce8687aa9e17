import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { type GroupBy, groupName } from "../../src/housekeeping/groups.ts";
import { decide, type Policy } from "../../src/housekeeping/policy.ts";
import { aged } from "../support/cleanup.ts";
import { NOON } from "../support/harness.ts";
import { randomProject, snapshot } from "../support/random-images.ts";

const groupBy = fc.constantFrom<GroupBy>("server", "description", "none", "label:env");

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const policy: fc.Arbitrary<Policy> = fc.record({
  older_than_days: optional(fc.integer({ min: 1, max: 400 })),
  created_before: optional(fc.constantFrom("2026-01-01", "2026-10-01T12:00:00Z")),
  keep_last: optional(fc.integer({ min: 1, max: 5 })),
  allow_empty_groups: optional(fc.boolean()),
  keep_daily: optional(fc.integer({ min: 1, max: 10 })),
  keep_weekly: optional(fc.integer({ min: 1, max: 6 })),
  keep_monthly: optional(fc.integer({ min: 1, max: 6 })),
  keep_within_days: optional(fc.integer({ min: 1, max: 60 })),
  group_by: groupBy,
  keep_labels: fc.constantFrom(["keep"], ["keep", "role"]),
  bound: fc.boolean(),
});

const plain: Policy = { group_by: "server", keep_labels: ["keep"], bound: false };

const going = (images: readonly Image[], rules: Policy, now = NOON) =>
  decide(images, rules, now)
    .filter(({ kept }) => kept === null)
    .map(({ image }) => image);

const ids = (images: readonly Image[]) => images.map(({ id }) => id);

describe("random policies", () => {
  test("no policy selects an image that is protected, not available or labelled to be kept", () => {
    fc.assert(
      fc.property(randomProject, policy, (images, rules) => {
        for (const image of going(images, rules)) {
          expect(image.protection.delete).toBe(false);
          expect(image).toMatchObject({ status: "available", deleted: null });
          for (const label of rules.keep_labels) expect(image.labels).not.toHaveProperty(label);
        }
      }),
    );
  });

  test("no policy selects an image bound to a server unless the policy is about backups", () => {
    fc.assert(
      fc.property(randomProject, policy, (images, rules) => {
        for (const image of going(images, { ...rules, bound: false })) expect(image.bound_to).toBeNull();
      }),
    );
  });

  test("every policy keeps the newest available image of each group unless allow_empty_groups is true", () => {
    fc.assert(
      fc.property(randomProject, policy, (images, rules) => {
        fc.pre(!rules.allow_empty_groups);
        const gone = new Set(ids(going(images, rules)));
        const available = images.filter(({ status, deleted }) => status === "available" && !deleted);
        for (const image of available) {
          const group = available.filter(
            (other) =>
              other.architecture === image.architecture &&
              groupName(other, rules.group_by) === groupName(image, rules.group_by),
          );
          expect(group.some(({ id }) => !gone.has(id))).toBe(true);
          const newest = group.reduce((a, b) => {
            const difference = Date.parse(a.created) - Date.parse(b.created);
            return difference > 0 || (difference === 0 && a.id > b.id) ? a : b;
          });
          expect(gone.has(newest.id)).toBe(false);
        }
      }),
    );
  });

  test("every image gets exactly one decision, in the given order, whatever that order is", () => {
    fc.assert(
      fc.property(randomProject, policy, (images, rules) => {
        const forwards = decide(images, rules, NOON);
        expect(ids(forwards.map(({ image }) => image))).toEqual(ids(images));
        const backwards = decide([...images].reverse(), rules, NOON).reverse();
        expect(backwards.map(({ kept }) => kept)).toEqual(forwards.map(({ kept }) => kept));
      }),
    );
  });

  test("a plan depends on nothing but images, policy and now", () => {
    fc.assert(
      fc.property(randomProject, policy, (images, rules) => {
        const before = structuredClone(images);
        expect(decide(images, rules, NOON)).toEqual(decide(structuredClone(images), { ...rules }, NOON));
        expect(images).toEqual(before);
      }),
    );
  });

  test("the plan after a completed plan is empty", () => {
    fc.assert(
      fc.property(randomProject, policy, (images, rules) => {
        const gone = new Set(ids(going(images, rules)));
        expect(
          going(
            images.filter(({ id }) => !gone.has(id)),
            rules,
          ),
        ).toEqual([]);
      }),
    );
  });
});

describe("decide", () => {
  test("an image is selected only when it is older than the days given, to the millisecond", () => {
    const images = [aged(1, 29), aged(2, 30), aged(3, 31), aged(4, 0)];
    expect(ids(going(images, { ...plain, older_than_days: 30 }))).toEqual([3]);
    expect(ids(going(images, { ...plain, older_than_days: 30 }, NOON + 1))).toEqual([2, 3]);
  });

  test("an image is selected only when it was created before the instant given", () => {
    const images = [
      snapshot(1, { created: "2026-01-01T00:00:00Z" }),
      snapshot(2, { created: "2025-12-31T23:59:59Z" }),
      snapshot(3, { created: "2026-05-01T00:00:00Z" }),
    ];
    expect(ids(going(images, { ...plain, created_before: "2026-01-01" }))).toEqual([2]);
  });

  test("an image is selected only when it meets all criteria", () => {
    const images = [aged(1, 1), aged(2, 10), aged(3, 50), aged(4, 60)];
    expect(ids(going(images, { ...plain, keep_last: 3, older_than_days: 5 }))).toEqual([4]);
    expect(ids(going(images, { ...plain, keep_last: 1, older_than_days: 55 }))).toEqual([4]);
  });

  test("keep_last counts protected and keep-labelled images, and never those being created", () => {
    const images = [
      aged(1, 1, { status: "creating" }),
      aged(2, 2, { protection: { delete: true } }),
      aged(3, 3, { labels: { keep: "" } }),
      aged(4, 4),
      aged(5, 5),
    ];
    expect(ids(going(images, { ...plain, keep_last: 2 }))).toEqual([4, 5]);
    expect(ids(going(images, { ...plain, keep_last: 3 }))).toEqual([5]);
  });

  test("allow_empty_groups keeps no newest image", () => {
    expect(ids(going([aged(1, 1), aged(2, 2)], { ...plain, allow_empty_groups: true }))).toEqual([1, 2]);
  });

  test("the higher id counts as the newer of two images created at the same instant", () => {
    expect(ids(going([aged(8, 3), aged(9, 3), aged(7, 3)], { ...plain, keep_last: 1 }))).toEqual([8, 7]);
  });

  test("an image of unknown age is kept, and does not count as the newest", () => {
    const images = [snapshot(1, { created: "before 1004" }), aged(2, 2), aged(3, 3)];
    const decisions = decide(images, { ...plain, keep_last: 1 }, NOON);
    expect(decisions.map(({ kept }) => kept)).toEqual(["age unknown", "keep_last", null]);
  });
});

describe("groups of a policy", () => {
  test.each<[GroupBy, number[]]>([
    ["server", [3]],
    ["none", [2, 3, 4, 5, 6]],
    ["description", [2, 3, 5, 6]],
    ["label:env", [3, 6]],
  ])("the newest of each group by %s is kept, and so are images in no group", (by, expected) => {
    const gone = { id: 9, name: "gone" };
    const images = [
      aged(1, 1, { description: "a", labels: { env: "prod" } }),
      aged(2, 2, { description: "a", created_from: gone }),
      aged(3, 3, { description: "a", created_from: gone, labels: { env: "prod" } }),
      aged(4, 4, { description: "b", created_from: null, labels: { env: "" } }),
      aged(5, 5, { description: "a", created_from: { id: 5, name: "x" } }),
      aged(6, 6, { description: "b", created_from: null, labels: { env: "" } }),
    ];
    expect(ids(going(images, { ...plain, group_by: by, keep_last: 1 }))).toEqual(expected);
  });
});
