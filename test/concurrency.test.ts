import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mapConcurrently } from "../src/concurrency.ts";

/** Runs all work that waits for promises only. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("mapConcurrently", () => {
  test("returns results in the order of the items, and never runs more at a time than the limit", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 30 }),
        fc.integer({ min: 1, max: 6 }),
        async (turns, limit) => {
          let inFlight = 0;
          let most = 0;
          const work = async (turn: number) => {
            most = Math.max(most, ++inFlight);
            for (let i = 0; i < turn; i++) await Promise.resolve();
            inFlight--;
            return turn * 10;
          };
          expect(await mapConcurrently(turns, limit, work)).toEqual(turns.map((turn) => turn * 10));
          expect(most).toBeLessThanOrEqual(limit);
        },
      ),
    );
  });

  test("starts each item once, in order, as soon as a place is free", async () => {
    const started: number[] = [];
    const ends = new Map<number, () => void>();
    const all = mapConcurrently([1, 2, 3, 4, 5], 2, (n) => {
      started.push(n);
      return new Promise<number>((resolve) => ends.set(n, () => resolve(n)));
    });
    await settled();
    expect(started).toEqual([1, 2]);
    ends.get(2)?.();
    await settled();
    expect(started).toEqual([1, 2, 3]);
    for (const n of [3, 4, 1, 5]) {
      ends.get(n)?.();
      await settled();
    }
    expect(await all).toEqual([1, 2, 3, 4, 5]);
    expect(started).toEqual([1, 2, 3, 4, 5]);
  });

  test("returns nothing for no items", async () => {
    expect(await mapConcurrently([], 4, () => Promise.reject(new Error("never called")))).toEqual([]);
  });

  test("rejects with the first failure", async () => {
    const work = async (n: number) => {
      if (n > 1) throw new Error(`no ${n}`);
      return n;
    };
    await expect(mapConcurrently([1, 2, 3, 4], 2, work)).rejects.toThrow("no 2");
  });

  test("starts nothing further after a failure", async () => {
    const started: number[] = [];
    const ends: (() => void)[] = [];
    const work = async (n: number) => {
      started.push(n);
      if (n === 1) throw new Error("no");
      await new Promise<void>((resolve) => ends.push(resolve));
    };
    await expect(mapConcurrently([1, 2, 3, 4, 5, 6, 7, 8], 3, work)).rejects.toThrow("no");
    // The others end only now: none of them makes room for another.
    for (const end of ends) end();
    await settled();
    expect(started).toEqual([1, 2, 3]);
  });

  test("starts nothing further after work that throws synchronously", async () => {
    const started: number[] = [];
    const work = (n: number): Promise<void> => {
      started.push(n);
      throw new Error(`no ${n}`);
    };
    await expect(mapConcurrently([1, 2, 3], 1, work)).rejects.toThrow("no 1");
    await settled();
    expect(started).toEqual([1]);
  });
});
