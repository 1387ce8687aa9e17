import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { decide, type Policy } from "../../src/housekeeping/policy.ts";
import { findUnusual } from "../../src/housekeeping/unusual.ts";
import { aged, many } from "../support/cleanup.ts";
import { NOON } from "../support/harness.ts";

function unusual(images: readonly Image[], policy: Partial<Policy>) {
  const rules: Policy = { group_by: "server", keep_labels: ["keep"], bound: false, ...policy };
  const found = findUnusual(decide(images, rules, NOON), NOON);
  return Object.fromEntries(Object.entries(found).map(([what, list]) => [what, list.map(({ id }) => id)]));
}

const nightly = (i: number) => ({ description: `nightly 2026-11-${10 + i}` });

describe("unusual images", () => {
  test("a manual image among nightly ones is unusual, whatever numbers and dates the descriptions contain", () => {
    const images = [...many(9, nightly), aged(2000, 5, { description: "before the upgrade" })];
    expect(unusual(images, { keep_last: 2 })["unlike_its_group"]).toEqual([2000]);
  });

  test("an unusual image is reported only when the plan selects it", () => {
    const images = [...many(9, nightly), aged(2000, 0.5, { description: "before the upgrade" })];
    expect(unusual(images, { keep_last: 2 })["unlike_its_group"]).toEqual([]);
  });

  test.each([
    ["two images are no group to be unlike", [aged(1, 1), aged(2, 2, { description: "other" })]],
    [
      "images that are all different have no usual description",
      many(6, (i) => ({ description: "abcdef".slice(i) })),
    ],
    ["half of a group is no majority", many(6, (i) => ({ description: i % 2 ? "nightly" : "by hand" }))],
    [
      "images in no group are not compared",
      many(6, (i) => ({ created_from: null, description: i ? "nightly" : "by hand" })),
    ],
  ])("nothing is unusual: %s", (_, images) => {
    expect(unusual(images, { keep_last: 1 })["unlike_its_group"]).toEqual([]);
  });

  test("an image is compared with its own group only", () => {
    const web = many(4, (i) => ({ ...nightly(i), created_from: { id: 1, name: "web" } }));
    const db = many(4, () => ({ description: "dump", created_from: { id: 2, name: "db" } }));
    const images = [...web, ...db.map((image) => ({ ...image, id: image.id + 500 }))];
    expect(unusual(images, { keep_last: 1 })["unlike_its_group"]).toEqual([]);
  });
});

test("the last image of a server is the newest of those selected, when none remains", () => {
  const images = [
    ...[aged(1, 10), aged(2, 20)],
    ...[aged(3, 5, { created_from: { id: 43, name: "web-2" } })],
    aged(4, 8, { created_from: { id: 43, name: "web-2" } }),
  ];
  const policy = { group_by: "none" as const, keep_last: 1 };
  expect(unusual(images, policy)["last_of_its_server"]).toEqual([1]);
  const unfinished = aged(5, 1, { status: "creating" });
  expect(unusual([...images, unfinished], policy)["last_of_its_server"]).toEqual([1]);
});

test("the last image of a month is the newest selected of its group and month, when none of both remains", () => {
  const at = (id: number, created: string) => aged(id, 0, { created });
  const images = [
    ...[at(1, "2026-11-20T00:00:00Z"), at(2, "2026-10-31T23:00:00Z"), at(3, "2026-10-01T00:00:00Z")],
    ...[at(4, "2026-09-15T00:00:00Z"), aged(5, 0, { created: "2026-09-10T00:00:00Z", labels: { keep: "" } })],
    at(6, "2026-08-31T23:30:00-02:00"),
    at(7, "soon"),
  ];
  expect(unusual(images, { keep_last: 1 })["last_of_its_month"]).toEqual([2]);
});

test("images of at most two full days are recent", () => {
  const images = [aged(1, 1), aged(2, 1.5), aged(3, 2.99), aged(4, 3)];
  expect(unusual(images, { keep_last: 1 })["at_most_2_days_old"]).toEqual([2, 3]);
});

test("a plan that selects nothing contains nothing unusual", () => {
  expect(unusual(many(5, nightly), { keep_last: 5 })).toEqual({
    unlike_its_group: [],
    last_of_its_server: [],
    last_of_its_month: [],
    at_most_2_days_old: [],
  });
});
