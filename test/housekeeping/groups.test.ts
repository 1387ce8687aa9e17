import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  byAge,
  type GroupBy,
  groupKey,
  groupName,
  intoGroups,
  isAvailable,
  serverLabel,
} from "../../src/housekeeping/groups.ts";
import { randomProject, snapshot } from "../support/random-images.ts";

const BY: GroupBy[] = ["server", "description", "none", "label:env"];

describe("name of a group", () => {
  test.each<[GroupBy, string | null, object]>([
    ["none", "", {}],
    ["description", "nightly", { description: "nightly" }],
    ["description", null, { description: "" }],
    ["server", "42", {}],
    ["server", "42", { created_from: { id: 42, name: "renamed since" } }],
    ["server", null, { created_from: null }],
    ["label:env", "prod", { labels: { env: "prod" } }],
    ["label:env", "", { labels: { env: "" } }],
    ["label:env", null, { labels: { role: "env" } }],
    ["label:toString", null, {}],
    ["label:x.y/z:1", "a", { labels: { "x.y/z:1": "a" } }],
  ])("the name of a group by %s is %j for %j", (by, name, rest) => {
    expect(groupName(snapshot(1, rest), by)).toBe(name);
  });
});

test("groups are in the order of their first members, and keep the order of their members", () => {
  const groups = intoGroups([3, 1, 4, 1, 5, 9, 2, 6], (n) => n % 3);
  expect([...groups]).toEqual([
    [0, [3, 9, 6]],
    [1, [1, 4, 1]],
    [2, [5, 2]],
  ]);
});

describe("key of a group", () => {
  test("an image without a group has the key null, and groups have different keys", () => {
    const images = [null, { env: "" }, { env: "null" }].map((labels, i) =>
      snapshot(i + 1, { labels: labels ?? {} }),
    );
    const keys = images.map((image) => groupKey(image, "label:env"));
    expect(keys[0]).toBeNull();
    expect(new Set(keys).size).toBe(3);
  });

  test.each(BY)(
    "the key of a group by %s differs between architectures, and only then when all else is equal",
    (by) => {
      const rest = { description: "nightly", labels: { env: "prod" } };
      const [x86, other, arm] = (["x86", "x86", "arm"] as const).map((architecture, i) =>
        groupKey(snapshot(i + 1, { ...rest, architecture }), by),
      );
      expect(other).toBe(x86);
      expect(arm).not.toBe(x86);
      expect([typeof x86, typeof arm]).toEqual(["string", "string"]);
    },
  );

  test("the key of a group cannot be imitated by an architecture or a name", () => {
    const a = snapshot(1, { architecture: "a", description: 'b","c' });
    const b = snapshot(2, { architecture: 'a","b', description: "c" });
    expect(groupKey(a, "description")).not.toBe(groupKey(b, "description"));
  });
});

test.each([
  [{ id: 42, name: "web-1" }, "web-1 (42)"],
  [{ id: 7, name: `\u202e${"x".repeat(70)}` }, `${"x".repeat(60)}... (+10 characters) (7)`],
  [null, ""],
])("the server %j is shown as %j", (created_from, label) => {
  expect(serverLabel(snapshot(1, { created_from }))).toBe(label);
});

test.each([
  ["available", null, true],
  ["available", undefined, true],
  ["available", "2026-11-22T12:00:00Z", false],
  ["creating", null, false],
  ["unavailable", null, false],
] as const)("an image that is %s, deleted %j, is available: %j", (status, deleted, expected) => {
  const { deleted: _, ...image } = snapshot(1, { status });
  expect(isAvailable({ ...image, ...(deleted !== undefined && { deleted }) })).toBe(expected);
});

test("every image is in exactly one group", () => {
  fc.assert(
    fc.property(randomProject, fc.constantFrom(...BY), (images, by) => {
      const groups = intoGroups(images, (image) => groupKey(image, by));
      const ids = [...groups.values()].flat().map(({ id }) => id);
      expect(ids.toSorted()).toEqual(images.map(({ id }) => id).toSorted());
      for (const [name, members] of groups) {
        for (const image of members) expect(groupKey(image, by)).toBe(name);
      }
    }),
  );
});

describe("order by age", () => {
  test("the newest image is first, whatever the offset of its time", () => {
    const images = [
      snapshot(1, { created: "2026-03-01T01:30:00+02:00" }),
      snapshot(2, { created: "2026-02-28T23:00:00Z" }),
      snapshot(3, { created: "2026-02-28T23:45:00+00:00" }),
    ];
    expect(images.sort(byAge).map(({ id }) => id)).toEqual([3, 1, 2]);
  });

  test("the higher id is first of two images created at the same instant", () => {
    const images = [7, 9, 8].map((id) => snapshot(id));
    expect(images.sort(byAge).map(({ id }) => id)).toEqual([9, 8, 7]);
  });

  test("images with an unreadable time are last, the higher id first", () => {
    const times = ["unknown", "2026-03-01T00:00:00Z", "", "1960-01-01T00:00:00Z", "2026-13-45"];
    const images = times.map((created, i) => snapshot(i + 1, { created }));
    for (const shuffled of [
      images,
      images.toReversed(),
      images.toSorted((a, b) => (a.id % 3) - (b.id % 3)),
    ]) {
      expect(shuffled.toSorted(byAge).map(({ id }) => id)).toEqual([2, 4, 5, 3, 1]);
    }
  });

  test("the order by age does not depend on the order of the input", () => {
    fc.assert(
      fc.property(randomProject, (images) => {
        const some = images.map((image, i) => (i % 5 === 0 ? { ...image, created: "unknown" } : image));
        expect(some.toReversed().sort(byAge)).toEqual(some.toSorted(byAge));
      }),
    );
  });
});
