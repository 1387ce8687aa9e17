import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findDuplicates } from "../../src/housekeeping/duplicates.ts";
import { NOON } from "../support/harness.ts";
import { randomProject, snapshot } from "../support/random-images.ts";

const at = (age: number) => ({ created: new Date(NOON - Math.round(age * 86_400_000)).toISOString() });

/** What is the same, of what value, and the ids. */
const found = (images: Parameters<typeof findDuplicates>[0]) =>
  findDuplicates(images).duplicates.map(({ same, value, images: alike }) => [
    same,
    value,
    alike.map(({ id }) => id),
  ]);

describe("duplicates", () => {
  test("duplicates are snapshots of one architecture with equal description or labels, the newest first", () => {
    const labels = { a: "1", b: "2" };
    const images = [
      snapshot(1, { description: "x", ...at(30.3) }),
      snapshot(2, { description: "x", ...at(1) }),
      snapshot(3, { description: "x", ...at(3.4) }),
      snapshot(4, { description: "x", architecture: "arm" }),
      snapshot(8, { description: "y", type: "backup" }),
      snapshot(9, { description: "y", type: "backup" }),
      snapshot(5, { labels }),
      snapshot(6, { labels: { b: "2", a: "1" } }),
      snapshot(7, { labels: { a: "1" } }),
    ];
    expect(found(images)).toEqual([
      ["description", "x", [2, 3, 1]],
      ["labels", "a=1 b=2", [6, 5]],
    ]);
  });

  test("duplicates by description and labels are listed once", () => {
    const images = [1, 2].map((id) => snapshot(id, { description: "x", labels: { a: "1" } }));
    expect(found(images)).toEqual([["description and labels", "x", [2, 1]]]);
  });

  test("duplicates are found without regard to the labels of the bin", () => {
    const images = [
      snapshot(1, { description: "x", labels: { env: "prod" } }),
      snapshot(2, { description: "x", labels: { "bin/due": "2026-12-01", env: "prod" } }),
      snapshot(3, { description: "x", labels: { "bin/due": "2026-12-07", "bin/env": "prod" } }),
      snapshot(4, { labels: { "bin/due": "2026-12-01" } }),
      snapshot(5, { labels: { "bin/due": "2026-12-01" } }),
    ];
    expect(found(images)).toEqual([["description and labels", "x", [3, 2, 1]]]);
  });

  test("snapshots without a description or without labels are no duplicates", () => {
    expect(found([1, 2, 3].map((id) => snapshot(id, { description: "" })))).toEqual([]);
  });

  test("descriptions that differ in invisible characters are no duplicates", () => {
    expect(found([snapshot(1, { description: "x" }), snapshot(2, { description: "x\u200b" })])).toEqual([]);
  });

  test("duplicates outside a series are listed separately; series are counted", () => {
    const nightlies = Array.from({ length: 13 }, (_, i) =>
      snapshot(i + 1, { description: "nightly", ...at(i) }),
    );
    const byHand = [100, 101].map((id) => snapshot(id, { description: "before upgrade", ...at(id) }));
    const { duplicates, series } = findDuplicates([...nightlies, ...byHand]);
    expect(duplicates.map(({ value }) => value)).toEqual(["before upgrade"]);
    expect(series).toBe(1);
  });

  test("duplicates are sorted by description before labels, then by number", () => {
    const images = [
      ...[1, 2, 3].map((id) => snapshot(id, { labels: { a: "1" }, ...at(id ** 3 + id / 4) })),
      ...[4, 5].map((id) => snapshot(id, { description: "two" })),
      ...[6, 7, 8].map((id) => snapshot(id, { description: "three", ...at(id ** 3 + id / 4) })),
    ];
    expect(found(images).map(([, value]) => value)).toEqual(["three", "two", "a=1"]);
  });

  test("duplicates are at least two, and the search changes no image", () => {
    fc.assert(
      fc.property(randomProject, (images) => {
        const before = structuredClone(images);
        for (const { same, value, images: alike } of findDuplicates(images).duplicates) {
          expect(alike.length).toBeGreaterThan(1);
          if (same !== "labels") for (const { description } of alike) expect(description).toBe(value);
          expect(new Set(alike.map(({ architecture }) => architecture)).size).toBe(1);
        }
        expect(images).toEqual(before);
      }),
      { seed: 13 },
    );
  });
});
