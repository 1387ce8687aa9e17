import { describe, expect, test } from "vitest";
import { expectMistake, question, refusal, start } from "../support/answers.ts";
import { byNumber, codeOf, DELETE, deletedIds, deletionsOf, many, PLAN, planOf } from "../support/cleanup.ts";

/** Ten snapshots; a plan selects the five oldest: 1006 to 1010. */
async function planned() {
  const images = many(10);
  const harness = await start({ images });
  const confirm = codeOf(await harness.call(PLAN, { older_than_days: 5 }));
  return { ...harness, harness, images, confirm };
}

describe("hcloud_delete_images with except", () => {
  test("except keeps images of the plan, and count is the number of the others", async () => {
    const { harness, call, images, confirm } = await planned();
    const answer = deletionsOf(await call(DELETE, { confirm, except: [1007, 1009], count: 3 }));
    expect(answer).toMatchObject({ status: "done" });
    expect(answer.deleted.toSorted(byNumber)).toEqual([1006, 1008, 1010]);
    expect(deletedIds(harness, images)).toEqual([1006, 1008, 1010]);
  });

  test("a call with except uses up the code, also for the kept images", async () => {
    const { call, confirm, simulator } = await planned();
    await call(DELETE, { confirm, except: [1007], count: 4 });
    const writes = simulator.writes().length;
    expect(refusal(await call(DELETE, { confirm, ids: [1007] }))).toBe("used");
    expect(simulator.writes()).toHaveLength(writes);
  });

  test.each<[what: string, args: Record<string, unknown>, argument: string, ...facts: string[]]>([
    ["without count", { except: [1007] }, "count", "required"],
    ["with the count of the whole plan", { except: [1007], count: 5 }, "count", "except"],
    ["with an id that the plan does not select", { except: [1001], count: 5 }, "except", " 1001."],
    ["with an unknown id", { except: [1007, 7], count: 4 }, "except", " 7."],
    ["with ids beside it", { except: [1007], ids: [1008] }, "except", "ids"],
    ["with all images of the plan", { except: [1006, 1007, 1008, 1009, 1010], count: 1 }, "count", "except"],
    ["with the same id twice", { except: [1007, 1007], count: 4 }, "except", "1007 twice"],
  ])(
    "a call with except deletes nothing %s, and leaves the code valid",
    async (_, args, argument, ...facts) => {
      const { call, confirm, simulator } = await planned();
      expectMistake(await call(DELETE, { confirm, ...args }), argument, ...facts);
      expect(simulator.writes()).toEqual([]);
      expect(deletionsOf(await call(DELETE, { confirm, count: 5 })).deleted).toHaveLength(5);
    },
  );

  test("except accepts the code of a preview, also for an image that is not deletable", async () => {
    const { call } = await start({
      images: many(4, (i) => (i === 0 ? { protection: { delete: true } } : {})),
    });
    const { confirm } = question(await call(DELETE, { ids: [1001, 1002, 1003, 1004] }));
    const answer = deletionsOf(await call(DELETE, { confirm, except: [1001, 1003], count: 2 }));
    expect(answer.deleted.toSorted(byNumber)).toEqual([1002, 1004]);
  });
});

test("the summary begins with the deletions, their size and the savings", async () => {
  const { call, confirm } = await planned();
  const { data } = await call(DELETE, { confirm, count: 5 });
  expect(Object.entries(data)[0]).toEqual([
    "summary",
    expect.stringMatching(/^Deleted 5 snapshots: 7\.50 GB, saves 0\.11 EUR a month\.$/),
  ]);
});

test("the summary counts the skipped images", async () => {
  const { call, confirm, simulator } = await planned();
  simulator.state.images.delete(1010);
  const { data } = await call(DELETE, { confirm, count: 5 });
  expect(data["summary"]).toMatch(/^Deleted 4 snapshots: .*; 1 skipped\.$/);
});

test("a page of a plan that is read later has the time of the plan", async () => {
  const harness = await start({ images: many(100) });
  const first = await harness.call(PLAN, { keep_last: 1 });
  const made = planOf(first) as unknown as { as_of: string };
  harness.clock.pass(600_000);
  const second = await harness.call(PLAN, { plan: codeOf(first), page: 2 });
  expect(second.data["as_of"]).toBe(made.as_of);
  expect(second.data["summary"]).toMatch(/^Page 2 of \d+ of a plan: rows \d+ to \d+ of 99\./);
});
