import { describe, expect, test } from "vitest";
import {
  alter,
  codeRefusal,
  expectMistake,
  failure,
  question,
  refusal,
  SNAPSHOT,
  start,
} from "../support/answers.ts";
import {
  byNumber,
  codeOf,
  column,
  DELETE,
  deletedIds,
  deletionsOf,
  many,
  PLAN,
  planOf,
  selectedIds,
} from "../support/cleanup.ts";

const POLICY = { older_than_days: 5 };

/** Ten snapshots; a plan selects the five oldest. */
async function planned() {
  const images = many(10);
  const harness = await start({ images });
  const answer = await harness.call(PLAN, POLICY);
  expect(selectedIds(answer)).toEqual([1010, 1009, 1008, 1007, 1006]);
  return { ...harness, harness, images, confirm: codeOf(answer), count: 5, ids: selectedIds(answer) };
}

describe("hcloud_delete_images with the code of a plan", () => {
  test("the code of a plan deletes exactly the listed images, without the ids", async () => {
    const { harness, call, images, confirm, count, ids } = await planned();
    const answer = deletionsOf(await call(DELETE, { confirm, count }));
    expect(answer).toMatchObject({ status: "done", freed_gb: 7.5 });
    expect(answer.deleted.toSorted(byNumber)).toEqual(ids.toSorted(byNumber));
    expect(deletedIds(harness, images)).toEqual(ids.toSorted(byNumber));
  });

  test("the code of a plan does not delete an image that the policy selects only now", async () => {
    const { harness, call, confirm, count, simulator, clock } = await planned();
    const [old] = many(1, () => ({ created: "2020-01-01T00:00:00Z" }));
    if (!old) throw new Error("no image");
    simulator.state.images.set(5, { ...old, id: 5 });
    clock.pass(500_000);
    expect(deletionsOf(await call(DELETE, { confirm, count })).deleted).toHaveLength(5);
    expect(deletedIds(harness, [{ ...old, id: 5 }])).toEqual([]);
  });

  test("the code of a long plan deletes the images of all pages, also of pages that nobody read", async () => {
    const images = many(300);
    const harness = await start({ images, callMs: 10_000_000 });
    const answer = await harness.call(PLAN, { keep_last: 50 });
    expect(planOf(answer).next_page).toBe(2);
    const { deleted } = deletionsOf(await harness.call(DELETE, { confirm: codeOf(answer), count: 250 }));
    expect(deleted).toHaveLength(250);
    expect(deletedIds(harness, images)).toEqual(images.slice(50).map(({ id }) => id));
  });

  test("the code of a plan deletes nothing without count, and remains valid", async () => {
    const { call, confirm, count, simulator } = await planned();
    const asked = simulator.requests.length;
    expectMistake(await call(DELETE, { confirm }), "count", "required");
    expect(simulator.requests).toHaveLength(asked);
    expect(deletionsOf(await call(DELETE, { confirm, count })).deleted).toHaveLength(5);
  });

  test.each([1, 4, 6, 10, 5_000])(
    "a wrong count %i deletes nothing, does not reveal the right one, and leaves the code valid",
    async (wrong) => {
      const { call, confirm, count, simulator } = await planned();
      const asked = simulator.requests.length;
      expectMistake(await call(DELETE, { confirm, count: wrong }), "count", "number of images");
      expect(simulator.requests).toHaveLength(asked);
      expect(deletionsOf(await call(DELETE, { confirm, count })).deleted).toHaveLength(5);
    },
  );

  test("the code of a plan deletes only the ids given, and is used up", async () => {
    const { harness, call, images, confirm } = await planned();
    expect(deletionsOf(await call(DELETE, { confirm, ids: [1008, 1010] })).deleted).toHaveLength(2);
    expect(deletedIds(harness, images)).toEqual([1008, 1010]);
    const again = await call(DELETE, { confirm, count: 5 });
    expect(codeRefusal(again)).toBe("used");
    expect(failure(again)).toContain(PLAN);
    expect(deletedIds(harness, images)).toEqual([1008, 1010]);
  });

  test("an id that the plan keeps deletes nothing, and leaves the code valid", async () => {
    const { call, confirm, simulator } = await planned();
    const foreign = await call(DELETE, { confirm, ids: [1010, 1001, 1002] });
    expectMistake(foreign, "ids", "code", "1001, 1002");
    expect(failure(foreign)).not.toContain("1010");
    expect(simulator.writes()).toEqual([]);
    expect(deletionsOf(await call(DELETE, { confirm, ids: [1010] })).deleted).toEqual([1010]);
  });

  test("the code of a plan deletes nothing a second time, and is reported as used", async () => {
    const { harness, call, images, confirm, count, simulator } = await planned();
    await call(DELETE, { confirm, count });
    for (const image of images) simulator.state.images.set(image.id, image);
    const writes = simulator.writes().length;
    expect(codeRefusal(await call(DELETE, { confirm, count }))).toBe("used");
    expect(simulator.writes()).toHaveLength(writes);
    expect(deletedIds(harness, images)).toEqual([]);
  });

  test("the code of a plan works in its last millisecond, and not after it", async () => {
    const late = await planned();
    late.clock.pass(3_599_999);
    expect(deletionsOf(await late.call(DELETE, { confirm: late.confirm, count: 5 })).deleted).toHaveLength(5);
    const tooLate = await planned();
    tooLate.clock.pass(3_600_000);
    expect(codeRefusal(await tooLate.call(DELETE, { confirm: tooLate.confirm, count: 5 }))).toBe("expired");
    expect(tooLate.simulator.writes()).toEqual([]);
  });
});

describe("a code that is not that of the plan", () => {
  test("the code of a plan is refused with any character changed in any place", async () => {
    const { call, confirm, count, simulator } = await planned();
    const asked = simulator.requests.length;
    for (const i of Array.from(confirm).keys()) {
      const forged = `${confirm.slice(0, i)}${confirm[i] === "a" ? "b" : "a"}${confirm.slice(i + 1)}`;
      expect(codeRefusal(await call(DELETE, { confirm: forged, count }))).toBe("unknown");
    }
    for (const forged of [" ", "yes", `${confirm} `, confirm.toUpperCase()]) {
      expect(codeRefusal(await call(DELETE, { confirm: forged, count }))).toBe("unknown");
    }
    expect(simulator.requests).toHaveLength(asked);
    expect(deletionsOf(await call(DELETE, { confirm, count })).deleted).toHaveLength(5);
  });

  test("a refused code of a plan returns a fresh preview of the ids, whose code works", async () => {
    const { call, ids, simulator } = await planned();
    const answer = await call(DELETE, { confirm: "made-up", ids });
    expect(refusal(answer)).toBe("unknown");
    expect(simulator.writes()).toEqual([]);
    const { confirm } = question(answer);
    expect(deletionsOf(await call(DELETE, { confirm, ids })).deleted).toHaveLength(5);
  });

  test("the code of a plan is refused by other tools, and their codes here", async () => {
    const { call, simulator } = await start();
    const one = question(await call("hcloud_delete_image", { id: SNAPSHOT }));
    const refused = await call(DELETE, { ids: [SNAPSHOT], confirm: one.confirm });
    expect(refusal(refused)).toBe("other");
    expect(codeRefusal(await call(DELETE, { count: 1, confirm: one.confirm }))).toBe("other");
    const { confirm } = question(refused);
    expect(refusal(await call("hcloud_delete_image", { id: SNAPSHOT, confirm }))).toBe("other");
    expect(simulator.writes()).toEqual([]);
    await call("hcloud_delete_image", { id: SNAPSHOT, confirm: one.confirm });
    expect(simulator.state.images.has(SNAPSHOT)).toBe(false);
  });

  test("the code of a plan is refused when another server of the project issued it", async () => {
    const [ours, other] = [await planned(), await planned()];
    expect(codeRefusal(await ours.call(DELETE, { confirm: other.confirm, count: 5 }))).toBe("unknown");
    expect(ours.simulator.writes()).toEqual([]);
  });

  test("the code of a plan deletes only what its own plan listed", async () => {
    const { harness, call, images } = await planned();
    const other = await call(PLAN, { older_than_days: 8 });
    expect(deletionsOf(await call(DELETE, { confirm: codeOf(other), count: 2 })).deleted).toHaveLength(2);
    expect(deletedIds(harness, images)).toEqual([1009, 1010]);
  });

  test("the code of a preview has no pages to read", async () => {
    const { call, ids } = await planned();
    const { confirm } = question(await call(DELETE, { ids }));
    for (const page of [{}, { page: 1 }, { page: 2 }]) {
      expectMistake(await call(PLAN, { plan: confirm, ...page }), "plan", "code of a preview");
    }
  });
});

describe("two plans for the same images", () => {
  test("the second of two plans skips the images that the first deleted, and frees nothing", async () => {
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

  test("only the newer of two plans deletes images that changed in between", async () => {
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

  test("two plans that are confirmed concurrently delete each image once", async () => {
    const { harness, call, images, confirm, count, ids } = await planned();
    const second = codeOf(await call(PLAN, POLICY));
    const answers = await Promise.all(
      [confirm, second].map((code) => call(DELETE, { confirm: code, count })),
    );
    const deleted = answers.flatMap((answer) => deletionsOf(answer).deleted);
    expect(deleted.toSorted(byNumber)).toEqual(ids.toSorted(byNumber));
    expect(deletedIds(harness, images)).toEqual(ids.toSorted(byNumber));
  });
});

test("exactly one of five calls with one code deletes, each image once", async () => {
  const { harness, call, images, confirm, count, ids, simulator } = await planned();
  const answers = await Promise.all(Array.from({ length: 5 }, () => call(DELETE, { confirm, count })));
  expect(answers.filter(({ isError }) => !isError)).toHaveLength(1);
  for (const answer of answers.filter(({ isError }) => isError)) expect(codeRefusal(answer)).toBe("used");
  expect(
    simulator
      .writes()
      .map(({ path }) => path)
      .sort(),
  ).toEqual(ids.map((id) => `/images/${id}`).sort());
  expect(deletedIds(harness, images)).toEqual(ids.toSorted(byNumber));
});
