/** Image builders such as Packer use a new temporary server for each build: grouped by server, nothing is selected. */

import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { start } from "../support/answers.ts";
import { aged, many, PLAN, planOf, selectedIds } from "../support/cleanup.ts";

/** As many snapshots, each of a server of its own. */
const built = (count: number, rest: (i: number) => Partial<Image> = () => ({})) =>
  many(count, (i) => ({ created_from: { id: 100 + i, name: `packer-${i}` }, ...rest(i) }));

async function planOfImages(images: readonly Image[], policy: Record<string, unknown> = { keep_last: 2 }) {
  const { call } = await start({ images });
  return call(PLAN, policy);
}

const noteOf = async (images: readonly Image[], policy?: Record<string, unknown>) => {
  const answer = await planOfImages(images, policy);
  expect(selectedIds(answer)).toEqual([]);
  return planOf(answer).note;
};

const ALONE = "10 of 10 snapshots are alone in their group (group_by server).";

describe("when nearly every image is alone in its group, the plan says so and names a grouping that would select something", () => {
  test("such as the description", async () => {
    const images = [
      ...built(28, (i) => ({ description: i < 14 ? "golden" : `build ${i}` })),
      ...[aged(1, 1), aged(2, 2)],
    ];
    expect(await noteOf(images)).toBe(
      "28 of 30 snapshots are alone in their group (group_by server). group_by description would select 12.",
    );
  });

  test("a selected count that comes true", async () => {
    const images = built(10, () => ({ description: "golden" }));
    expect(await noteOf(images)).toBe(`${ALONE} group_by description would select 8.`);
    expect(selectedIds(await planOfImages(images, { keep_last: 2, group_by: "description" }))).toHaveLength(
      8,
    );
  });

  test.each<[(i: number) => Partial<Image>, advice: string]>([
    [(i) => ({ labels: { app: "web", run: `${i}` } }), 'group_by "label:app" would select 8.'],
    [
      (i) => ({ labels: { app: "web", ...(i < 5 && { role: "golden" }) } }),
      'group_by "label:app" would select 8.',
    ],
    [
      (i) => ({ labels: { role: "golden", ...(i < 5 && { app: "web" }) } }),
      'group_by "label:role" would select 8.',
    ],
    [() => ({ labels: { role: "golden", app: "web" } }), 'group_by "label:app" would select 8.'],
    [(i) => ({ labels: i < 3 ? { "a.b/c": "x" } : {} }), 'group_by "label:a.b/c" would select 1.'],
    [(i) => ({ labels: i < 2 ? { app: "web" } : {} }), "group_by none would select 8."],
    [() => ({}), "group_by none would select 8."],
    [(i) => ({ description: `${i % 2}` }), "group_by description would select 6."],
    [(i) => ({ labels: { "no key\u202e": "x", [`k${i}`]: "y" } }), "group_by none would select 8."],
  ])("in this order: description, the most shared label, none: %#", async (rest, advice) => {
    expect(await noteOf(built(10, (i) => ({ description: `${i}`, ...rest(i) })))).toBe(`${ALONE} ${advice}`);
  });

  test("server, when it is grouped by something else", async () => {
    const images = many(10, (i) => ({ description: `build ${i}` }));
    expect(await noteOf(images, { keep_last: 1, group_by: "description" })).toBe(
      "10 of 10 snapshots are alone in their group (group_by description). group_by server would select 9.",
    );
    const labelled = many(10, (i) => ({ description: "", labels: { build: `${i}` } }));
    expect(await noteOf(labelled, { keep_last: 1, group_by: "label:build" })).toBe(
      '10 of 10 snapshots are alone in their group (group_by "label:build"). group_by server would select 9.',
    );
  });

  test.each([{ keep_last: 10 }, { older_than_days: 300 }, { keep_daily: 30 }])(
    "or that none would, by %j",
    async (policy) => {
      const images = built(10, () => ({ description: "golden", labels: { app: "web" } }));
      expect(await noteOf(images, policy)).toBe(`${ALONE} No other group_by would select any.`);
    },
  );

  test("with the rest of the policy", async () => {
    const images = built(10, (i) => ({ description: "golden", labels: i === 9 ? { keep: "" } : {} }));
    expect(await noteOf(images, { older_than_days: 6 })).toBe(
      `${ALONE} group_by description would select 3.`,
    );
  });

  test("also when a few others cannot be used", async () => {
    const images = [
      ...built(8, () => ({ description: "golden" })),
      aged(1, 1),
      aged(2, 2, { status: "creating" }),
    ];
    expect(await noteOf(images, { keep_last: 7 })).toBe(
      "9 of 10 snapshots are alone in their group (group_by server). group_by description would select 1.",
    );
  });
});

describe("there is no such note", () => {
  test("when something is selected", async () => {
    const answer = await planOfImages([...built(20), aged(1, 1), aged(2, 2)], { keep_last: 1 });
    expect(selectedIds(answer)).toEqual([2]);
    expect(planOf(answer)).not.toHaveProperty("note");
  });

  test.each<[why: string, images: Image[], policy?: Record<string, unknown>]>([
    ["fewer than four of five images are alone", [...built(7), aged(1, 1), aged(2, 2)]],
    ["there is one image", built(1)],
    ["there is no image", []],
    ["the groups are not the reason", built(10), { older_than_days: 300, allow_empty_groups: true }],
    ["no image is in a group", many(10, () => ({ created_from: null }))],
  ])("when %s", async (_, images, policy) => {
    expect(await noteOf(images, policy)).toBeUndefined();
  });

  test("of four of five there is one", async () => {
    expect(await noteOf([...built(8), aged(1, 1), aged(2, 2)])).toMatch(/^8 of 10 snapshots are alone/);
  });
});

test("at most the ten most shared labels are tried", async () => {
  const labels = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, k) => [`k${k + 10}`, ""]));
  const unique = (i: number) => Object.fromEntries(Object.keys(labels(10)).map((key) => [key, `v${i}`]));
  const images = (value: (i: number) => Record<string, string>) =>
    built(4, (i) => ({ description: `${i}`, labels: value(i) }));
  expect(await noteOf(images((i) => ({ ...unique(i), z: "same" })))).toContain(
    "group_by none would select 2.",
  );
  expect(await noteOf(images((i) => ({ ...unique(i), k19: "same" })))).toContain(
    '"label:k19" would select 2.',
  );
});
