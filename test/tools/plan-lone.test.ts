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

describe("note on lone images", () => {
  test("a plan of lone images suggests grouping by description", async () => {
    const images = [
      ...built(28, (i) => ({ description: i < 14 ? "golden" : `build ${i}` })),
      ...[aged(1, 1), aged(2, 2)],
    ];
    expect(await noteOf(images)).toBe(
      "28 of 30 snapshots are alone in their group (group_by server). group_by description would select 12.",
    );
  });

  test("the suggested grouping selects as many images as stated", async () => {
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
  ])(
    "a plan suggests the description, then the most shared label, then nothing: %#",
    async (rest, advice) => {
      expect(await noteOf(built(10, (i) => ({ description: `${i}`, ...rest(i) })))).toBe(
        `${ALONE} ${advice}`,
      );
    },
  );

  test("a plan of lone images suggests grouping by server when that selects something", async () => {
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
    "a plan of lone images says that no grouping would select anything, by %j",
    async (policy) => {
      const images = built(10, () => ({ description: "golden", labels: { app: "web" } }));
      expect(await noteOf(images, policy)).toBe(`${ALONE} No other group_by would select any.`);
    },
  );

  test("the suggested grouping considers the rest of the policy", async () => {
    const images = built(10, (i) => ({ description: "golden", labels: i === 9 ? { keep: "" } : {} }));
    expect(await noteOf(images, { older_than_days: 6 })).toBe(
      `${ALONE} group_by description would select 3.`,
    );
  });

  test("the suggestion is made although a few other images are not available", async () => {
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

describe("plans without the note", () => {
  test("a plan that selects something makes no suggestion", async () => {
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
  ])("a plan makes no suggestion when %s", async (_, images, policy) => {
    expect(await noteOf(images, policy)).toBeUndefined();
  });

  test("a plan makes a suggestion for four of five lone images", async () => {
    expect(await noteOf([...built(8), aged(1, 1), aged(2, 2)])).toMatch(/^8 of 10 snapshots are alone/);
  });
});

test("a plan tries at most the ten most shared labels", async () => {
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
