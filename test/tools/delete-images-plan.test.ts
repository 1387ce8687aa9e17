import { describe, expect, test } from "vitest";
import { alter, failure, question, SNAPSHOT, start } from "../support/answers.ts";
import {
  byNumber,
  codeOf,
  column,
  DELETE,
  deletionsOf,
  going,
  gone,
  many,
  PLAN,
  planOf,
} from "../support/cleanup.ts";

const POLICY = { older_than_days: 5 };

/** Ten snapshots, of which a plan takes the five oldest. */
async function planned() {
  const images = many(10);
  const harness = await start({ images });
  const answer = await harness.call(PLAN, POLICY);
  expect(going(answer)).toEqual([1010, 1009, 1008, 1007, 1006]);
  return { ...harness, harness, images, confirm: codeOf(answer), count: 5, ids: going(answer) };
}

describe("with the code of a plan", () => {
  test("deletes exactly what the plan listed, without the ids", async () => {
    const { harness, call, images, confirm, count, ids } = await planned();
    const answer = deletionsOf(await call(DELETE, { confirm, count }));
    expect(answer).toMatchObject({ status: "done", freed_gb: 7.5 });
    expect(answer.deleted.toSorted(byNumber)).toEqual(ids.toSorted(byNumber));
    expect(gone(harness, images)).toEqual(ids.toSorted(byNumber));
  });

  test("deletes no image that the policy selects only now", async () => {
    const { harness, call, confirm, count, simulator, clock } = await planned();
    const [old] = many(1, () => ({ created: "2020-01-01T00:00:00Z" }));
    if (!old) throw new Error("no image");
    simulator.state.images.set(5, { ...old, id: 5 });
    clock.pass(500_000);
    expect(deletionsOf(await call(DELETE, { confirm, count })).deleted).toHaveLength(5);
    expect(gone(harness, [{ ...old, id: 5 }])).toEqual([]);
  });

  test("deletes the images of all pages of a long plan, also of pages that nobody read", async () => {
    const images = many(300);
    const harness = await start({ images, callMs: 10_000_000 });
    const answer = await harness.call(PLAN, { keep_last: 50 });
    expect(planOf(answer).next_page).toBe(2);
    const { deleted } = deletionsOf(await harness.call(DELETE, { confirm: codeOf(answer), count: 250 }));
    expect(deleted).toHaveLength(250);
    expect(gone(harness, images)).toEqual(images.slice(50).map(({ id }) => id));
  });

  test("deletes nothing without count, and leaves the code valid", async () => {
    const { call, confirm, count, simulator } = await planned();
    const asked = simulator.requests.length;
    expect(failure(await call(DELETE, { confirm }))).toMatch(/^count: is required.*\(invalid_input\)$/);
    expect(simulator.requests).toHaveLength(asked);
    expect(deletionsOf(await call(DELETE, { confirm, count })).deleted).toHaveLength(5);
  });

  test.each([1, 4, 6, 10, 5_000])(
    "deletes nothing with count %i, does not name the right one, and leaves the code valid",
    async (wrong) => {
      const { call, confirm, count, simulator } = await planned();
      const asked = simulator.requests.length;
      const told = failure(await call(DELETE, { confirm, count: wrong }));
      expect(told).toMatch(
        /^count: must be the number of images that the code stands for.*\(invalid_input\)$/,
      );
      expect(simulator.requests).toHaveLength(asked);
      expect(deletionsOf(await call(DELETE, { confirm, count })).deleted).toHaveLength(5);
    },
  );

  test("deletes only those ids that are named, and uses up the code", async () => {
    const { harness, call, images, confirm } = await planned();
    expect(deletionsOf(await call(DELETE, { confirm, ids: [1008, 1010] })).deleted).toHaveLength(2);
    expect(gone(harness, images)).toEqual([1008, 1010]);
    const told = failure(await call(DELETE, { confirm, count: 5 }));
    expect(told).toMatch(/^This code has been used already\..*hcloud_plan_image_cleanup/);
    expect(gone(harness, images)).toEqual([1008, 1010]);
  });

  test("deletes nothing when an id is among those the plan keeps, and leaves the code valid", async () => {
    const { call, confirm, simulator } = await planned();
    const told = failure(await call(DELETE, { confirm, ids: [1010, 1001, 1002] }));
    expect(told).toMatch(/^ids: the code does not cover 1001, 1002\./);
    expect(simulator.writes()).toEqual([]);
    expect(deletionsOf(await call(DELETE, { confirm, ids: [1010] })).deleted).toEqual([1010]);
  });

  test("deletes nothing a second time, and says that the code was used", async () => {
    const { harness, call, images, confirm, count, simulator } = await planned();
    await call(DELETE, { confirm, count });
    for (const image of images) simulator.state.images.set(image.id, image);
    const writes = simulator.writes().length;
    const told = failure(await call(DELETE, { confirm, count }));
    expect(told).toMatch(/^This code has been used already\. .*\(code_refused\)$/);
    expect(simulator.writes()).toHaveLength(writes);
    expect(gone(harness, images)).toEqual([]);
  });

  test("deletes in the last millisecond of the code, and not after it", async () => {
    const late = await planned();
    late.clock.pass(3_599_999);
    expect(deletionsOf(await late.call(DELETE, { confirm: late.confirm, count: 5 })).deleted).toHaveLength(5);
    const tooLate = await planned();
    tooLate.clock.pass(3_600_000);
    const told = failure(await tooLate.call(DELETE, { confirm: tooLate.confirm, count: 5 }));
    expect(told).toMatch(/^This code has expired\. .*\(code_refused\)$/);
    expect(tooLate.simulator.writes()).toEqual([]);
  });
});

describe("a code that is not one of this plan", () => {
  test("is refused with any other character in any place", async () => {
    const { call, confirm, count, simulator } = await planned();
    const asked = simulator.requests.length;
    for (const i of Array.from(confirm).keys()) {
      const forged = `${confirm.slice(0, i)}${confirm[i] === "a" ? "b" : "a"}${confirm.slice(i + 1)}`;
      expect(failure(await call(DELETE, { confirm: forged, count }))).toMatch(/\(code_refused\)$/);
    }
    for (const forged of [" ", "yes", `${confirm} `, confirm.toUpperCase()]) {
      expect(failure(await call(DELETE, { confirm: forged, count }))).toMatch(/\(code_refused\)$/);
    }
    expect(simulator.requests).toHaveLength(asked);
    expect(deletionsOf(await call(DELETE, { confirm, count })).deleted).toHaveLength(5);
  });

  test("is refused with a fresh preview of the ids, whose code works", async () => {
    const { call, ids, simulator } = await planned();
    const fresh = question(await call(DELETE, { confirm: "made-up", ids }));
    expect(fresh.refused).toBe(
      "This code was not issued by this server since it was started, is no longer kept, or is mistyped. This is a fresh preview.",
    );
    expect(simulator.writes()).toEqual([]);
    expect(deletionsOf(await call(DELETE, { confirm: fresh.confirm, ids })).deleted).toHaveLength(5);
  });

  test("is refused when it is that of another tool, in both directions", async () => {
    const { call, simulator } = await start();
    const one = question(await call("hcloud_delete_image", { id: SNAPSHOT }));
    const refused = question(await call(DELETE, { ids: [SNAPSHOT], confirm: one.confirm }));
    expect(refused.refused).toMatch(/^This code was issued for another tool or other arguments\./);
    expect(failure(await call(DELETE, { count: 1, confirm: one.confirm }))).toMatch(/\(code_refused\)$/);
    const back = question(await call("hcloud_delete_image", { id: SNAPSHOT, confirm: refused.confirm }));
    expect(back.refused).toMatch(/^This code was issued for another tool or other arguments\./);
    expect(simulator.writes()).toEqual([]);
    await call("hcloud_delete_image", { id: SNAPSHOT, confirm: one.confirm });
    expect(simulator.state.images.has(SNAPSHOT)).toBe(false);
  });

  test("is refused when another server of the same project issued it", async () => {
    const [ours, other] = [await planned(), await planned()];
    expect(failure(await ours.call(DELETE, { confirm: other.confirm, count: 5 }))).toMatch(/code_refused/);
    expect(ours.simulator.writes()).toEqual([]);
  });

  test("deletes what its own plan listed, and only that", async () => {
    const { harness, call, images } = await planned();
    const other = await call(PLAN, { older_than_days: 8 });
    expect(deletionsOf(await call(DELETE, { confirm: codeOf(other), count: 2 })).deleted).toHaveLength(2);
    expect(gone(harness, images)).toEqual([1009, 1010]);
  });

  test("has no pages to read when it is the code of a preview", async () => {
    const { call, ids } = await planned();
    const { confirm } = question(await call(DELETE, { ids }));
    for (const page of [{}, { page: 1 }, { page: 2 }]) {
      expect(failure(await call(PLAN, { plan: confirm, ...page }))).toBe(
        "plan: must be the code of a plan; the code of a preview has no pages (invalid_input)",
      );
    }
  });
});

describe("two plans for the same images", () => {
  test("delete each image once: the second skips them, and frees nothing", async () => {
    const { call, confirm, count, simulator } = await planned();
    const second = codeOf(await call(PLAN, POLICY));
    await call(DELETE, { confirm, count });
    const answer = deletionsOf(await call(DELETE, { confirm: second, count }));
    expect(answer).toMatchObject({ status: "unchanged", deleted: [], freed_gb: 0 });
    expect(answer.skipped?.map(({ why }) => why)).toEqual(
      Array(5).fill("it is no longer among the images of the plan"),
    );
    expect(answer).not.toHaveProperty("saves_per_month");
    expect(simulator.writes()).toHaveLength(5);
  });

  test("stand for the images as each showed them: only the newer one deletes what was changed in between", async () => {
    const { harness, call, confirm, count } = await planned();
    alter(harness, 1008, { description: "renamed" });
    const newer = await call(PLAN, POLICY);
    expect(column(planOf(newer), "description")).toContain("renamed");
    const answer = deletionsOf(await call(DELETE, { confirm, count }));
    expect(answer.skipped).toEqual([
      { id: 1008, why: 'changed since it was shown: description was "snapshot 1008", is "renamed"' },
    ]);
    expect(deletionsOf(await call(DELETE, { confirm: codeOf(newer), count })).deleted).toEqual([1008]);
  });

  test("delete each image once between them when they are confirmed at the same time", async () => {
    const { harness, call, images, confirm, count, ids } = await planned();
    const second = codeOf(await call(PLAN, POLICY));
    const answers = await Promise.all(
      [confirm, second].map((code) => call(DELETE, { confirm: code, count })),
    );
    const deleted = answers.flatMap((answer) => deletionsOf(answer).deleted);
    expect(deleted.toSorted(byNumber)).toEqual(ids.toSorted(byNumber));
    expect(gone(harness, images)).toEqual(ids.toSorted(byNumber));
  });
});

test("of five calls with one code exactly one deletes, each image once", async () => {
  const { harness, call, images, confirm, count, ids, simulator } = await planned();
  const answers = await Promise.all(Array.from({ length: 5 }, () => call(DELETE, { confirm, count })));
  expect(answers.filter(({ isError }) => !isError)).toHaveLength(1);
  for (const { text } of answers.filter(({ isError }) => isError)) {
    expect(text).toMatch(/^This code has been used already\./);
  }
  expect(
    simulator
      .writes()
      .map(({ path }) => path)
      .sort(),
  ).toEqual(ids.map((id) => `/images/${id}`).sort());
  expect(gone(harness, images)).toEqual(ids.toSorted(byNumber));
});
