/** What a plan's confirmed call leaves of a group when the images that are kept of it are lost before the call. */

import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { alter } from "../support/answers.ts";
import { byNumber, DELETE, deletedIds, deletionsOf, isDelete, many, onRequest } from "../support/cleanup.ts";
import { group, LOSSES, OF_GROUP, startPlanned, usable } from "../support/deletion.ts";

const NOW_KEPT = "the policy now keeps it";
const NOT_OF_THE_PLAN = "it is no longer among the images of the plan";

/** The newest by default, by number and by day; each keeps the image with the given id when the newest is lost. */
const POLICIES: [policy: object, next: number, reason: string][] = [
  [{ created_before: "2026-11-23" }, 1002, "newest of its group"],
  [{ keep_last: 1 }, 1002, "keep_last"],
  [{ keep_last: 3 }, 1004, "keep_last"],
  [{ keep_last: 1, keep_daily: 2 }, 1003, "keep_daily"],
  [{ keep_last: 1, keep_daily: 4 }, 1005, "keep_daily"],
  [{ keep_within_days: 3 }, 1004, "keep_within_days"],
  [{ keep_within_days: 3, allow_empty_groups: true }, 1004, "keep_within_days"],
];

describe.each(LOSSES)("when the newest image of the group is %s before the call", (_, lose) => {
  test.each(POLICIES)(
    "policy %j keeps image %i in place of the lost newest",
    async (policy, next, reason) => {
      const images = group(8);
      const { harness, carryOut, count } = await startPlanned(images, { ...policy, ...OF_GROUP });
      lose(harness, 1001);
      const answer = await carryOut();
      expect(answer).toMatchObject({
        status: "done",
        skipped: [{ id: next, why: `${NOW_KEPT}: ${reason}` }],
      });
      expect(answer.deleted.toSorted(byNumber)).toEqual(images.map(({ id }) => id).filter((id) => id > next));
      expect(usable(harness)).toHaveLength(8 - count);
    },
  );
});

describe.each<Partial<Image>>([
  { protection: { delete: true } },
  { labels: { role: "web", env: "prod", keep: "" } },
])("when the newest image is kept as %j as well", (rest) => {
  test.each(LOSSES)("another image is kept for the group when the newest is also %s", async (_, lose) => {
    const images = group(6, (i) => (i === 0 ? rest : {}));
    const { harness, carryOut } = await startPlanned(images, { keep_last: 3, ...OF_GROUP });
    lose(harness, 1001);
    const answer = await carryOut();
    expect(answer.skipped).toEqual([{ id: 1004, why: `${NOW_KEPT}: keep_last` }]);
    expect(usable(harness)).toEqual([1002, 1003, 1004]);
  });

  test("the newest image is kept when its other reason to be kept ends", async () => {
    const images = group(6, (i) => (i === 0 ? rest : {}));
    const { harness, carryOut } = await startPlanned(images, { keep_last: 1, ...OF_GROUP });
    alter(harness, 1001, { labels: { role: "web", env: "prod" }, protection: { delete: false } });
    expect((await carryOut()).deleted).toHaveLength(5);
    expect(usable(harness)).toEqual([1001]);
  });
});

test("nothing is deleted when all images to be kept are lost and the policy needs the rest", async () => {
  const { harness, carryOut, simulator } = await startPlanned(group(6), { keep_last: 3, ...OF_GROUP });
  for (const id of [1001, 1002, 1003]) simulator.state.images.delete(id);
  const answer = await carryOut();
  expect(answer).toMatchObject({ status: "unchanged", deleted: [], freed_gb: 0 });
  expect(answer.skipped?.map(({ id }) => id).sort(byNumber)).toEqual([1004, 1005, 1006]);
  expect(simulator.writes()).toEqual([]);
  expect(usable(harness)).toEqual([1004, 1005, 1006]);
});

test("the newest image replaces a lost one, whatever its id", async () => {
  const images = group(6).map((image, i) => ({ ...image, id: 2006 - i }));
  const { harness, carryOut, simulator } = await startPlanned(images, { keep_last: 2, ...OF_GROUP });
  simulator.state.images.delete(2006);
  expect((await carryOut()).skipped).toEqual([{ id: 2004, why: `${NOW_KEPT}: keep_last` }]);
  expect(usable(harness)).toEqual([2004, 2005]);
});

test("a newer image of the group that is created after the plan allows only the deletions of the plan", async () => {
  const { harness, carryOut, simulator } = await startPlanned(group(6), { keep_last: 3, ...OF_GROUP });
  const [newer] = group(1, () => ({ created: "2026-11-23T11:00:00Z" }));
  if (newer) simulator.state.images.set(2001, { ...newer, id: 2001 });
  expect((await carryOut()).deleted.toSorted(byNumber)).toEqual([1004, 1005, 1006]);
  expect(usable(harness)).toEqual([1001, 1002, 1003, 2001]);
});

test("an image that the plan kept counts as kept in its new group only", async () => {
  const images = many(6, (i) => ({ labels: { role: i < 3 ? "web" : "db", env: "prod" } }));
  const { harness, carryOut } = await startPlanned(images, { keep_last: 1, ...OF_GROUP });
  alter(harness, 1001, { labels: { role: "db", env: "prod" } });
  const answer = await carryOut();
  expect(answer.skipped).toEqual([{ id: 1002, why: `${NOW_KEPT}: keep_last` }]);
  expect(answer.deleted.toSorted(byNumber)).toEqual([1003, 1005, 1006]);
  // It is the newest of its new group, and 1004 was not part of the plan.
  expect(deletedIds(harness, images)).toEqual([1003, 1005, 1006]);
});

describe("images that the deletion of a plan skips", () => {
  test.each<[what: string, change: Partial<Image>, why: string]>([
    ["labelled keep", { labels: { role: "web", env: "prod", keep: "" } }, `${NOW_KEPT}: kept by label`],
    ["protected", { protection: { delete: true } }, `${NOW_KEPT}: protected`],
    ["bound to a server", { bound_to: 42 }, `${NOW_KEPT}: bound to a server`],
    ["unavailable", { status: "unavailable" }, `${NOW_KEPT}: not available`],
    ["the newest", { created: "2026-11-23T11:00:00Z" }, `${NOW_KEPT}: keep_last`],
    ["in no group", { labels: { env: "prod" } }, `${NOW_KEPT}: in no group`],
    ["alone in a group", { labels: { role: "db", env: "prod" } }, `${NOW_KEPT}: keep_last`],
    ["out of the selector", { labels: { role: "web", env: "test" } }, NOT_OF_THE_PLAN],
    ["a backup", { type: "backup" }, NOT_OF_THE_PLAN],
    ["marked deleted", { deleted: "2026-11-23T11:59:00Z" }, NOT_OF_THE_PLAN],
  ])("an image is skipped when it is %s at the call", async (_, change, why) => {
    const { harness, carryOut, simulator } = await startPlanned(group(6), { keep_last: 1, ...OF_GROUP });
    alter(harness, 1004, change);
    const answer = await carryOut();
    expect(answer.skipped).toEqual([{ id: 1004, why }]);
    expect(answer.deleted).toHaveLength(4);
    expect(simulator.state.images.has(1004)).toBe(true);
    // Nothing more is asked about an image that the list shows to be kept.
    expect(simulator.requests.filter(({ path }) => path === "/images/1004")).toEqual([]);
  });

  test("an image is skipped when it is gone at the call", async () => {
    const { carryOut, simulator } = await startPlanned(group(6), { keep_last: 1, ...OF_GROUP });
    simulator.state.images.delete(1004);
    expect((await carryOut()).skipped).toEqual([{ id: 1004, why: NOT_OF_THE_PLAN }]);
  });
});

test("the code for the rest of a deletion still applies the policy", async () => {
  const { harness, call, clock, simulator, carryOut } = await startPlanned(group(12), {
    keep_last: 3,
    ...OF_GROUP,
  });
  simulator.intercept = onRequest(2, isDelete, () => clock.pass(31_000));
  const { confirm, remaining, status } = await carryOut();
  expect(status).toBe("incomplete");
  expect(remaining).toBeGreaterThan(3);
  simulator.intercept = undefined;
  simulator.state.images.delete(1001);
  alter(harness, 1002, { labels: { role: "db", env: "prod" } });
  const rest = deletionsOf(await call(DELETE, { confirm, count: remaining }));
  expect(rest.skipped?.map(({ id }) => id).sort(byNumber)).toEqual([1004, 1005]);
  expect(usable(harness)).toEqual([1003, 1004, 1005]);
});
