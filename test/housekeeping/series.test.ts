import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { findStoppedSeries, isSeries } from "../../src/housekeeping/series.ts";
import { NOON } from "../support/harness.ts";
import { snapshot } from "../support/random-images.ts";

const DAY_MS = 86_400_000;
const HOUR = 1 / 24;

/** Snapshots of server 42 that are so many days old. */
const made = (ages: number[], rest: Partial<Image> = {}) =>
  ages.map((age, i) =>
    snapshot(i + 1, { created: new Date(NOON - Math.round(age * DAY_MS)).toISOString(), ...rest }),
  );

describe("a series", () => {
  test.each<[what: string, ages: number[], is: boolean]>([
    ["nightlies", [1, 2, 3, 4], true],
    ["hourly ones", [1 * HOUR, 2 * HOUR, 3 * HOUR], true],
    ["monthly ones", [10, 40, 71, 101], true],
    ["nightlies that a policy thinned out", [1, 2, 3, 10, 17, 24, 55, 85, 115], true],
    ["nightlies with one made by hand among them", [1, 2, 2.4, 3, 4, 5, 6], true],
    ["nightlies that missed a few nights", [1, 2, 3, 9, 10, 11], true],
    ["some made now and then", [1, 30.3, 31.7, 90.1, 200.6], false],
    ["two", [1, 2], false],
    ["three made at the same instant", [1, 1, 1], false],
    ["none", [], false],
  ])("%s: ages %j are a series: %j", (_, ages, is) => {
    expect(isSeries(made(ages))).toBe(is);
    expect(isSeries(made(ages.toReversed()))).toBe(is);
  });

  test("a series is detected by the readable times", () => {
    expect(isSeries([...made([1, 2, 3]), snapshot(9, { created: "unknown" })])).toBe(true);
    expect(isSeries([...made([1, 2]), snapshot(9, { created: "unknown" })])).toBe(false);
  });
});

describe("a stopped series", () => {
  const names = (images: Image[], by: Parameters<typeof findStoppedSeries>[1] = "server") =>
    findStoppedSeries(images, by, NOON).map(({ name }) => name);

  test.each<[what: string, ages: number[], has: boolean]>([
    ["nightlies up to today", [0.4, 1.4, 2.4, 3.4], false],
    ["nightlies without the last one", [1.9, 2.9, 3.9, 4.9], false],
    ["nightlies without the last two", [2.1, 3.1, 4.1, 5.1], true],
    ["exactly twice the interval", [2, 3, 4], false],
    ["weekly ones", [15, 22, 29], true],
    ["hourly ones", [3 * HOUR, 4 * HOUR, 5 * HOUR], true],
    ["two images", [100, 101], false],
    ["some made within an hour", [30, 30.01, 30.02, 30.03], false],
    ["some made now and then", [100, 130.3, 131.7, 190.1, 300.6], false],
  ])("a series with %s (ages %j) has stopped: %j", (_, ages, has) => {
    expect(names(made(ages))).toEqual(has ? ["web-1 (42)"] : []);
  });

  test("a stopped series has its newest image and its usual interval", () => {
    expect(findStoppedSeries(made([9, 10, 11, 12]), "server", NOON)).toEqual([
      { name: "web-1 (42)", newest: expect.objectContaining({ id: 1 }), usual: DAY_MS },
    ]);
  });

  test("a stopped series is detected by available snapshots, without backups and unfinished ones", () => {
    const old = made([9, 10, 11]);
    const young = { ...snapshot(50, { created: new Date(NOON).toISOString() }) };
    expect(names([...old, { ...young, type: "backup" }])).toHaveLength(1);
    expect(names([...old, { ...young, status: "creating" }])).toHaveLength(1);
    expect(names([...old, young])).toEqual([]);
  });

  test("a stopped series belongs to a server's last name or to a label", () => {
    const images = made([9, 10, 11], { labels: { job: "a" } }).map((image, i) => ({
      ...image,
      created_from: { id: 42, name: i === 0 ? "new" : "old" },
    }));
    expect(names(images)).toEqual(["new (42)"]);
    expect(names(images, "label:job")).toEqual(["a"]);
    expect(names(images, "label:other")).toEqual([]);
    expect(names(images, "month")).toEqual(["new (42)"]);
    expect(names(made([9, 10, 11], { created_from: null }))).toEqual([]);
  });
});
