import { describe, expect, test } from "vitest";
import type { ImageFilter } from "../../src/housekeeping/filters.ts";
import type { Policy } from "../../src/housekeeping/policy.ts";
import { describePolicy } from "../../src/housekeeping/policy-words.ts";

const plain: Policy = { group_by: "server", keep_labels: ["keep"], bound: false };

const words = (
  policy: Partial<Policy>,
  label_selector?: string,
  type: "snapshot" | "backup" = "snapshot",
  filter: ImageFilter = {},
) => describePolicy({ policy: { ...plain, ...policy }, type, label_selector, filter });

test("states the filters of the images considered, and cuts long ones", () => {
  const filter = { server: ["web", "42"], exclude_servers: ["db"], description_contains: "x".repeat(70) };
  expect(words({ keep_last: 2 }, "env=prod", "snapshot", filter)).toMatch(
    /^Deletes snapshots of server "web" or "42" with "x{60}\.{3} \(\+10 characters\)" in their description matching "env=prod", but none of server "db"\./,
  );
});

const ALWAYS =
  'images labelled "keep", images without a server, protected images, and images that are not available.';

test("states what is deleted and what is kept, in order", () => {
  const policy = {
    ...{ older_than_days: 30, created_before: "2026-01-31", keep_last: 3 },
    ...{ keep_daily: 7, keep_weekly: 4, keep_monthly: 12, keep_within_days: 14 },
    keep_labels: ["keep", "golden"],
  };
  expect(words(policy, "env=prod")).toBe(
    'Deletes snapshots matching "env=prod" older than 30 days and created before 2026-01-31. Keeps the newest 3 of each server and architecture, the newest of each server and architecture in each of the last 7 days that have one, the newest of each server and architecture in each of the last 4 weeks that have one, the newest of each server and architecture in each of the last 12 months that have one, images made less than 14 days before the newest of each server and architecture, images labelled "keep" or "golden", images without a server, protected images, and images that are not available.',
  );
});

describe("what a policy deletes", () => {
  test.each<
    [policy: Partial<Policy>, selector: string | undefined, type: "snapshot" | "backup", deleted: string]
  >([
    [{}, undefined, "snapshot", "Deletes snapshots"],
    [{}, undefined, "backup", "Deletes backups"],
    [{}, "a", "snapshot", 'Deletes snapshots matching "a"'],
    [{ older_than_days: 1 }, undefined, "snapshot", "Deletes snapshots older than 1 day"],
    [{ older_than_days: 2 }, undefined, "snapshot", "Deletes snapshots older than 2 days"],
    [
      { created_before: "2026-01-31T12:00:00Z" },
      undefined,
      "backup",
      "Deletes backups created before 2026-01-31T12:00:00Z",
    ],
  ])("the deletions by %j and %s, of %ss are stated", (policy, selector, type, deleted) => {
    expect(words(policy, selector, type)).toBe(
      `${deleted}. Keeps the newest of each server and architecture, ${ALWAYS}`,
    );
  });

  test("a long selector is repeated with 200 characters", () => {
    expect(words({}, "x".repeat(300))).toContain(
      `Deletes snapshots matching "${"x".repeat(200)}... (+100 characters)". Keeps`,
    );
  });
});

describe("even the newest of a group", () => {
  const EVEN = "Deletes snapshots older than 30 days, even the newest of each";

  test.each<[by: Policy["group_by"], text: string]>([
    ["server", `${EVEN} server and architecture. Keeps ${ALWAYS}`],
    ["none", `${EVEN} architecture. Keeps ${ALWAYS.replace("images without a server, ", "")}`],
    [
      "label:env",
      `${EVEN} value of the label "env" and architecture. Keeps ${ALWAYS.replace("a server", 'the label "env"')}`,
    ],
  ])("the deletion of even the newest is stated, grouped by %s", (group_by, text) => {
    expect(words({ older_than_days: 30, allow_empty_groups: true, group_by })).toBe(text);
  });

  test("the deletion of even the newest is not stated when keep_within_days keeps the newest", () => {
    expect(words({ keep_within_days: 1, allow_empty_groups: true })).toBe(
      `Deletes snapshots. Keeps images made less than 1 day before the newest of each server and architecture, ${ALWAYS}`,
    );
  });

  test("the deletion of even the newest is not stated when a tier keeps the newest", () => {
    expect(words({ keep_daily: 2, allow_empty_groups: true })).toBe(
      `Deletes snapshots. Keeps the newest of each server and architecture in each of the last 2 days that have one, ${ALWAYS}`,
    );
  });

  test("the deletion of even the newest is not stated for false", () => {
    expect(words({ allow_empty_groups: false })).toBe(words({}));
  });
});

describe("what a policy keeps", () => {
  test.each<[policy: Partial<Policy>, kept: string]>([
    [{ keep_last: 1 }, "the newest of each server and architecture"],
    [{ keep_last: 2 }, "the newest 2 of each server and architecture"],
    [
      { keep_daily: 1 },
      "the newest of each server and architecture, the newest of each server and architecture in each of the last 1 day that have one",
    ],
    [
      { keep_weekly: 5, keep_last: 4 },
      "the newest 4 of each server and architecture, the newest of each server and architecture in each of the last 5 weeks that have one",
    ],
    [
      { keep_monthly: 6 },
      "the newest of each server and architecture, the newest of each server and architecture in each of the last 6 months that have one",
    ],
  ])("the images kept by %j are stated", (policy, kept) => {
    expect(words(policy)).toBe(`Deletes snapshots. Keeps ${kept}, ${ALWAYS}`);
  });

  test.each<[by: Policy["group_by"], unit: string, ungrouped: string]>([
    ["none", "architecture", ""],
    ["description", "description and architecture", "images without a description, "],
    ["label:env", 'value of the label "env" and architecture', 'images without the label "env", '],
  ])("the images kept are stated when grouped by %s", (group_by, unit, ungrouped) => {
    expect(words({ group_by, keep_weekly: 2 })).toBe(
      `Deletes snapshots. Keeps the newest of each ${unit}, the newest of each ${unit} in each of the last 2 weeks that have one, images labelled "keep", ${ungrouped}protected images, and images that are not available.`,
    );
  });
});
