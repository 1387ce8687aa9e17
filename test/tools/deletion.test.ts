import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cover } from "../../src/call/plans.ts";
import { HcloudError } from "../../src/hcloud/errors.ts";
import type { Image } from "../../src/hcloud/types.ts";
import { type DeleteMany, type Deletions, deleteMany } from "../../src/tools/deletion.ts";
import { many } from "../support/cleanup.ts";

/** A project without a cloud: images that can be read and removed, and what was removed in which order. */
function project(images: readonly Image[], rest: Partial<DeleteMany> = {}) {
  const there = new Map(images.map((image) => [image.id, image]));
  const removed: number[] = [];
  const told: [done: number, total: number][] = [];
  const read = async (id: number) => {
    const image = there.get(id);
    if (!image) throw new HcloudError("not_found", "gone");
    return image;
  };
  const remove: DeleteMany["remove"] = async (id) => {
    await read(id);
    there.delete(id);
    removed.push(id);
  };
  const onProgress = (done: number, total: number) => void told.push([done, total]);
  const run = () =>
    deleteMany({ chosen: cover(images), read, remove, mayStart: () => true, onProgress, ...rest });
  return { there, removed, told, read, remove, run };
}

const idsOf = (images: readonly { id: number }[]) => images.map(({ id }) => id);

const TEN = many(10);

/** Every image that was chosen is in exactly one of the lists. */
function expectComplete(outcome: Deletions, images: readonly Image[]): void {
  const { deleted, skipped, failed, remaining } = outcome;
  const told = [...idsOf(deleted), ...idsOf(skipped), ...idsOf(failed), ...remaining];
  expect(told.toSorted()).toEqual(idsOf(images).toSorted());
}

test("removes everything that was chosen, in its order, and nothing else", async () => {
  const { run, removed, told } = project(TEN);
  const outcome = await run();
  expect(removed).toEqual(idsOf(TEN));
  expect(outcome).toMatchObject({ skipped: [], failed: [], remaining: [], stopped: null });
  expect(outcome.deleted).toEqual(TEN);
  expect(told).toEqual(TEN.map((_, i) => [i + 1, 10]));
});

test("does nothing when nothing was chosen", async () => {
  const { run, told } = project([]);
  expect(await run()).toEqual({ deleted: [], skipped: [], failed: [], remaining: [], stopped: null });
  expect(told).toEqual([]);
});

test("never removes what is protected or not as it was shown, nor what it could not read", async () => {
  const { run, there, removed, read } = project(TEN, {
    read: async (id) => {
      if (id === 1004) throw new HcloudError("server_error", "oops");
      return read(id);
    },
  });
  const change = (id: number, change: Partial<Image>) => {
    const image = there.get(id);
    if (image) there.set(id, { ...image, ...change });
  };
  change(1001, { protection: { delete: true } });
  change(1002, { labels: { new: "" } });
  change(1003, { description: "other", protection: { delete: true } });
  const outcome = await run();
  expect(outcome.skipped).toEqual([
    { id: 1001, why: "protected" },
    { id: 1002, why: "changed since it was shown" },
    { id: 1003, why: "protected" },
  ]);
  expect(outcome.failed).toMatchObject([{ id: 1004, error: { code: "server_error" } }]);
  expect(removed).toEqual(idsOf(TEN).slice(4));
});

describe("the check that every removal is given", () => {
  test.each<[Partial<Image>, string]>([
    [{ protection: { delete: true } }, "protected"],
    [{ labels: { new: "" } }, "changed since it was shown"],
    [{ description: "other" }, "changed since it was shown"],
  ])("leaves an image that is %j by then", async (change, why) => {
    const { run, there, remove } = project(TEN, {
      remove: async (id, check) => {
        const image = there.get(id);
        if (image) check(id === 1005 ? { ...image, ...change } : image);
        await remove(id, check);
      },
    });
    const outcome = await run();
    expect(outcome.skipped).toEqual([{ id: 1005, why }]);
    expect(outcome).toMatchObject({ failed: [], remaining: [], stopped: null });
    expect([...there.keys()]).toEqual([1005]);
    expectComplete(outcome, TEN);
  });
});

describe("what stops the rest", () => {
  test.each(["token_missing", "unauthorized", "token_readonly", "rate_limit_exceeded"])(
    "is %s, which would be the same for all of them",
    async (code) => {
      for (const member of ["read", "remove"] as const) {
        const asked: number[] = [];
        const error = new HcloudError(code, "no");
        const { run, removed, told } = project(TEN, {
          [member]: async (id: number) => {
            asked.push(id);
            await Promise.resolve();
            throw error;
          },
        });
        const outcome = await run();
        expect(asked).toEqual(idsOf(TEN).slice(0, 4));
        expect(outcome).toMatchObject({ deleted: [], skipped: [], failed: [] });
        expect(outcome.stopped).toBe(error);
        expect(outcome.remaining.toSorted()).toEqual(idsOf(TEN));
        expect(removed).toEqual([]);
        expect(told).toEqual([]);
      }
    },
  );

  test("is not undone for what was deleted before it", async () => {
    const { run, remove } = project(TEN, {
      remove: async (id, check) => {
        if (id > 1005) throw new HcloudError("token_readonly", "no");
        await remove(id, check);
      },
    });
    const outcome = await run();
    expect(idsOf(outcome.deleted)).toEqual(idsOf(TEN).slice(0, 5));
    expect(outcome.stopped).toMatchObject({ code: "token_readonly" });
    expect(outcome.remaining).toHaveLength(5);
    expectComplete(outcome, TEN);
  });

  test("is not that one ran out of time: it remains, and nothing is said to have stopped", async () => {
    const { run, remove, told } = project(TEN, {
      remove: async (id, check) => {
        if (id === 1003) throw new HcloudError("deadline_exceeded", "no time");
        await remove(id, check);
      },
    });
    const outcome = await run();
    expect(outcome).toMatchObject({ remaining: [1003], failed: [], stopped: null });
    expect(told).toHaveLength(9);
    expectComplete(outcome, TEN);
  });

  test.each([
    "locked",
    "forbidden",
    "conflict",
    "server_error",
    "outcome_unknown",
    "connection_lost",
    "protected",
  ])("is not %s", async (code) => {
    const { run } = project(TEN, {
      remove: async () => {
        throw new HcloudError(code, "no");
      },
    });
    const outcome = await run();
    expect(outcome.failed).toHaveLength(10);
    expect(outcome.failed.every(({ error }) => error instanceof HcloudError)).toBe(true);
    expect(outcome).toMatchObject({ remaining: [], stopped: null });
  });

  test("is that it may not start any more: what is left remains, and is not counted as done", async () => {
    let starts = 0;
    const { run, removed, told } = project(TEN, { mayStart: () => ++starts <= 6 });
    const outcome = await run();
    expect(removed).toHaveLength(6);
    expect(outcome.remaining).toHaveLength(4);
    expect(told).toHaveLength(6);
    expectComplete(outcome, TEN);
  });
});

test("what was broken off while it was read remains; what was broken off while it was removed is unsure", async () => {
  const { run, read } = project(TEN, {
    read: async (id) => {
      if (id === 1001) throw new Error("cancelled");
      return read(id);
    },
    remove: async (id) => {
      if (id === 1002) throw new Error("cancelled");
    },
  });
  const outcome = await run();
  expect(outcome.remaining).toEqual([1001]);
  expect(idsOf(outcome.failed)).toEqual([1002]);
  expectComplete(outcome, TEN);
});

test("whatever fails where, every image is accounted for once, and at most four are dealt with at a time", async () => {
  const codes = ["ok", "ok", "not_found", "locked", "server_error", "forbidden", "unauthorized", "cancel"];
  const trouble = fc.array(fc.constantFrom(...codes), { minLength: 20, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(trouble, trouble, fc.nat(20), async (reading, removing, starts) => {
      const images = many(20);
      let now = 0;
      let most = 0;
      let left = starts;
      const act = async (code: string | undefined) => {
        most = Math.max(most, ++now);
        await Promise.resolve();
        now--;
        if (code === "cancel") throw new Error("cancelled");
        if (code !== "ok") throw new HcloudError(code ?? "", "no");
      };
      const cloud = project(images);
      const { run } = project(images, {
        mayStart: () => left-- > 0,
        read: async (id) => {
          await act(reading[id - 1001]);
          return cloud.read(id);
        },
        remove: async (id, check) => {
          await act(removing[id - 1001]);
          await cloud.remove(id, check);
        },
      });
      const outcome = await run();
      expectComplete(outcome, images);
      expect(idsOf(outcome.deleted).toSorted()).toEqual(cloud.removed.toSorted());
      expect(
        outcome.failed.filter(({ error }) => error instanceof HcloudError && error.code === "unauthorized"),
      ).toEqual([]);
      if (outcome.stopped) expect(outcome.stopped).toMatchObject({ code: "unauthorized" });
      expect(most).toBeLessThanOrEqual(4);
    }),
  );
});
