import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { groupForReport, type ReportBy, sumImages } from "../../src/housekeeping/report-groups.ts";
import { randomProject, snapshot } from "../support/random-images.ts";

const PRICE = { currency: "EUR", net: "0.0143", gross: "0.017017" };

const named = (images: readonly Image[], by: ReportBy) =>
  groupForReport(images, by, null).map(({ name }) => name);

describe("sums of a report", () => {
  const none = { snapshots: 0, snapshot_gb: 0, backups: 0, backup_gb: 0 };

  test("the sum of no images is 0, without dates", () => {
    const nothing = { ...none, without_size: 0, unprotected_snapshots: 0 };
    expect(sumImages([], PRICE)).toEqual({ ...nothing, net_per_month: "0.00", gross_per_month: "0.00" });
    expect(sumImages([], null)).toEqual(nothing);
  });

  test("a sum separates snapshots and backups, has money of snapshots only, and counts images without a size", () => {
    const images = [
      snapshot(1, { image_size: 50, created: "2026-01-01T00:00:00Z" }),
      snapshot(2, { image_size: 50, protection: { delete: true } }),
      snapshot(3, { image_size: null, status: "creating" }),
      snapshot(4, { type: "backup", image_size: 100, created: "2026-11-01T00:00:00Z" }),
      snapshot(5, { type: "backup", image_size: null }),
    ];
    expect(sumImages(images, PRICE)).toEqual({
      snapshots: 3,
      snapshot_gb: 100,
      net_per_month: "1.43",
      gross_per_month: "1.70",
      backups: 2,
      backup_gb: 100,
      without_size: 2,
      unprotected_snapshots: 2,
      oldest: "2026-01-01T00:00:00Z",
      newest: "2026-11-01T00:00:00Z",
    });
  });

  test("a sum has the oldest of the readable times", () => {
    const times = ["2026-03-01T00:00:00Z", "unknown", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"];
    const images = times.map((created, i) => snapshot(i + 1, { created }));
    expect(sumImages(images, null)).toMatchObject({
      oldest: "2026-01-01T00:00:00Z",
      newest: "2026-03-01T00:00:00Z",
    });
  });
});

describe("groups of a report", () => {
  test("groups are sorted by billed size, without backups", () => {
    const images = [
      snapshot(1, { created_from: { id: 1, name: "much-backup" }, image_size: 1 }),
      snapshot(2, { created_from: { id: 1, name: "much-backup" }, image_size: 300, type: "backup" }),
      snapshot(3, { created_from: { id: 2, name: "much-snapshot" }, image_size: 2 }),
      snapshot(4, { created_from: { id: 3, name: "only-backup" }, image_size: 50, type: "backup" }),
    ];
    expect(named(images, "server")).toEqual(["much-snapshot (2)", "much-backup (1)", "only-backup (3)"]);
  });

  test("groups by server have the newest name, and servers of one name remain separate", () => {
    const made = (id: number, server: number, name: string, created: string) =>
      snapshot(id, { created_from: { id: server, name }, created: `${created}T00:00:00Z` });
    const images = [
      made(1, 42, "old", "2026-01-01"),
      made(2, 42, "new", "2026-03-01"),
      made(3, 42, "middle", "2026-02-01"),
      made(4, 43, "new", "2026-01-01"),
      snapshot(5, { created_from: null, image_size: 0 }),
    ];
    expect(groupForReport(images, "server", null)).toMatchObject([
      { name: "new (42)", snapshots: 3, snapshot_gb: 4.5 },
      { name: "new (43)", snapshots: 1 },
      { name: "(no server)", snapshots: 1 },
    ]);
  });

  test("groups by month are in UTC, with one group for unreadable times", () => {
    const times = ["2026-03-01T01:30:00+02:00", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z", "unknown"];
    const images = times.map((created, i) => snapshot(i + 1, { created }));
    expect(named(images, "month")).toEqual(["2026-02", "2026-03", "(time unknown)"]);
    expect(groupForReport(images, "month", null).at(-1)).not.toHaveProperty("oldest");
  });

  test("groups by label separate the empty value, a missing one and an inherited name", () => {
    const all = [{ env: "" }, {}, { env: "prod" }];
    const images = all.map((labels, i) => snapshot(i + 1, { labels, image_size: 9 - i }));
    expect(named(images, "label:env")).toEqual(["", "(no such label)", "prod"]);
    expect(named(images, "label:toString")).toEqual(["(no such label)"]);
  });

  test("groups by label are separated by the whole value", () => {
    const images = [0, 1].map((i) => snapshot(i + 1, { labels: { sha: `${"a".repeat(60)}${i}ff` } }));
    expect(named(images, "label:sha")).toHaveLength(2);
  });
});

describe("random reports", () => {
  const by = fc.constantFrom<ReportBy>("server", "architecture", "os", "month", "label:env");

  test("the groups of a random report add up to the total, the highest bill first", () => {
    fc.assert(
      fc.property(randomProject, by, (images, grouping) => {
        const groups = groupForReport(images, grouping, PRICE);
        const total = sumImages(images, PRICE);
        const sum = (name: keyof typeof total) => groups.reduce((all, group) => all + Number(group[name]), 0);
        for (const name of ["snapshots", "backups", "without_size", "unprotected_snapshots"] as const)
          expect(sum(name)).toBe(total[name]);
        for (const name of ["snapshot_gb", "backup_gb"] as const)
          expect(sum(name)).toBeCloseTo(total[name], 6);
        // Every group is rounded to the cent of its own.
        for (const name of ["net_per_month", "gross_per_month"] as const)
          expect(Math.abs(sum(name) - Number(total[name]))).toBeLessThanOrEqual(
            0.005 * (groups.length + 1) + 1e-9,
          );
        const sizes = groups.map(({ snapshot_gb }) => snapshot_gb);
        expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
        expect(new Set(groups.map(({ name }) => name)).size).toBe(groups.length);
      }),
      { seed: 3 },
    );
  });

  test("oldest and newest do not depend on the order of the images", () => {
    fc.assert(
      fc.property(randomProject, (images) => {
        const { oldest, newest, ...rest } = sumImages(images, null);
        const reversed = sumImages(images.toReversed(), null);
        expect(reversed).toMatchObject(rest);
        const times = images.map(({ created }) => Date.parse(created));
        for (const sum of [reversed, { oldest, newest }]) {
          expect(sum.oldest && Date.parse(sum.oldest)).toBe(
            times.length > 0 ? Math.min(...times) : undefined,
          );
          expect(sum.newest && Date.parse(sum.newest)).toBe(
            times.length > 0 ? Math.max(...times) : undefined,
          );
        }
      }),
      { seed: 5 },
    );
  });

  test("a report changes none of its images", () => {
    fc.assert(
      fc.property(randomProject, by, (images, grouping) => {
        const before = structuredClone(images);
        groupForReport(images, grouping, PRICE);
        expect(images).toEqual(before);
      }),
      { seed: 9 },
    );
  });
});
