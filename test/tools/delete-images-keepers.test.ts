import { expect, test } from "vitest";
import { start } from "../support/answers.ts";
import { codeOf, DELETE, deletionsOf, EVERY_IMAGE, gone, many, PLAN } from "../support/cleanup.ts";

const GONE = "what was to stay of its group is gone";

/** Two servers with three snapshots each; the newest of each stays: 1001 and 1002. */
const images = many(6, (i) => ({ created_from: { id: 1 + (i % 2), name: `server-${i % 2}` } }));

test("when what was to stay of a group is gone by then, nothing more of that group is deleted", async () => {
  const harness = await start({ images });
  const confirm = codeOf(await harness.call(PLAN, { keep_last: 1 }));
  harness.simulator.state.images.delete(1001);
  const answer = deletionsOf(await harness.call(DELETE, { confirm, count: 4 }));
  expect(answer.deleted.toSorted()).toEqual([1004, 1006]);
  expect(answer.skipped).toEqual([
    { id: 1003, why: GONE },
    { id: 1005, why: GONE },
  ]);
  expect(gone(harness, images)).toEqual([1001, 1004, 1006]);
});

test("what stays of a group is read once, and before anything of the group is deleted", async () => {
  const { call, simulator } = await start({ images });
  const confirm = codeOf(await call(PLAN, { keep_last: 1 }));
  const planned = simulator.requests.length;
  await call(DELETE, { confirm, count: 4 });
  const lines = simulator.requests.slice(planned).map(({ method, path }) => `${method} ${path}`);
  for (const [keeper, goes] of [
    [1001, [1003, 1005]],
    [1002, [1004, 1006]],
  ] as const) {
    expect(lines.filter((line) => line === `GET /images/${keeper}`)).toHaveLength(1);
    for (const id of goes) {
      expect(lines.indexOf(`GET /images/${keeper}`)).toBeLessThan(lines.indexOf(`DELETE /images/${id}`));
    }
  }
});

test("the newest of a group counts, not the lowest id", async () => {
  const newestLast = images.toReversed().map((image, i) => ({ ...image, id: 2001 + i }));
  const harness = await start({ images: newestLast });
  const confirm = codeOf(await harness.call(PLAN, { keep_last: 2 }));
  harness.simulator.state.images.delete(2006);
  const answer = deletionsOf(await harness.call(DELETE, { confirm, count: 2 }));
  expect(answer.deleted).toEqual([2001]);
  expect(answer.skipped).toEqual([{ id: 2002, why: GONE }]);
});

test("with keep_last 0 outright nothing is kept for its group's sake", async () => {
  const harness = await start({ images });
  const confirm = codeOf(await harness.call(PLAN, EVERY_IMAGE));
  expect(deletionsOf(await harness.call(DELETE, { confirm, count: 6 })).deleted).toHaveLength(6);
});
