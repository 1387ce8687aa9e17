import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import {
  duplicates,
  groupReport,
  type ReportBy,
  sumUp,
  withdrawnSystems,
} from "../../src/housekeeping/report.ts";
import { project, snapshot } from "../support/random-images.ts";

const PRICE = { currency: "EUR", net: "0.0143", gross: "0.017017" };

const many = (count: number, rest: (i: number) => Partial<Image>) =>
  Array.from({ length: count }, (_, i) => snapshot(i + 1, rest(i)));

test("of nothing the sum is nothing, without dates", () => {
  const per_month = { currency: "EUR", net: "0.00", gross: "0.00" };
  expect(sumUp([], PRICE)).toEqual({ images: 0, gb: 0, per_month, unprotected: 0 });
  expect(sumUp([], null)).toEqual({ images: 0, gb: 0, unprotected: 0 });
});

describe("groups", () => {
  test("are cut in a long project, the greatest are shown, and the rest is counted", () => {
    const images = many(75, (i) => ({ created_from: { id: i + 1, name: `s${i}` }, image_size: i }));
    const { rows, more_groups } = groupReport(images, "server", PRICE);
    expect(more_groups).toBe(35);
    expect(rows.map(([name]) => name)).toEqual(
      Array.from({ length: 40 }, (_, i) => `s${74 - i} (${75 - i})`),
    );
  });

  test("are all shown where they are few", () => {
    expect(
      groupReport(
        many(40, (i) => ({ type: `t${i}` })),
        "type",
        null,
      ),
    ).not.toHaveProperty("more_groups");
  });

  test("by server hold a server that was renamed once", () => {
    const images = many(2, (i) => ({ created_from: { id: 42, name: `name ${i}` } }));
    expect(groupReport(images, "server", null).rows).toHaveLength(1);
  });

  test("by server are shown by the name that the newest image knows, and servers of one name stay apart", () => {
    const made = (id: number, server: number, name: string, created: string) =>
      snapshot(id, { created_from: { id: server, name }, created: `${created}T00:00:00Z` });
    const images = [
      made(1, 42, "old", "2026-01-01"),
      made(2, 42, "new", "2026-03-01"),
      made(3, 42, "middle", "2026-02-01"),
      made(4, 43, "new", "2026-01-01"),
      snapshot(5, { created_from: null, image_size: 0 }),
    ];
    expect(groupReport(images, "server", null).rows).toEqual([
      ["new (42)", 3, 4.5, "2026-01-01", "2026-03-01", 3],
      ["new (43)", 1, 1.5, "2026-01-01", "2026-01-01", 1],
      ["(no server)", 1, 0, "2026-01-01", "2026-01-01", 1],
    ]);
  });

  test("by month are those of UTC", () => {
    const images = [snapshot(1, { created: "2026-03-01T01:30:00+02:00" })];
    const { rows } = groupReport(images, "month", null);
    expect(rows).toEqual([["2026-02", 1, 1.5, "2026-02-28", "2026-02-28", 1]]);
  });

  test("by month have one for those whose time cannot be read, without dates", () => {
    const images = ["2026-03-01T00:00:00Z", "unknown", ""].map((created, i) => snapshot(i + 1, { created }));
    expect(groupReport(images, "month", null).rows).toEqual([
      ["(time unknown)", 2, 3, undefined, undefined, 2],
      ["2026-03", 1, 1.5, "2026-03-01", "2026-03-01", 1],
    ]);
  });

  test("have days of UTC, and leave out times that cannot be read", () => {
    const times = ["2026-03-01T01:30:00+02:00", "unknown", "2026-03-05T23:30:00-02:00"];
    const images = times.map((created, i) => snapshot(i + 1, { created }));
    expect(groupReport(images, "type", null).rows).toEqual([
      ["snapshot", 3, 4.5, "2026-02-28", "2026-03-06", 3],
    ]);
  });

  test("have money only where there are snapshots: null, not nothing, for backups", () => {
    const images = [
      snapshot(1, { image_size: 50 }),
      snapshot(2, { type: "backup", image_size: 100 }),
      snapshot(3, { image_size: 0, architecture: "arm" }),
    ];
    const money = (by: ReportBy) => {
      const { columns, rows } = groupReport(images, by, PRICE);
      return rows.map((row) => [row[0], row[columns.indexOf("net_per_month")]]);
    };
    expect(money("type")).toEqual([
      ["backup", null],
      ["snapshot", "0.72"],
    ]);
    expect(money("architecture")).toEqual([
      ["x86", "0.72"],
      ["arm", "0.00"],
    ]);
    expect(groupReport(images, "type", null).columns).not.toContain("net_per_month");
  });

  test("by label tell the empty value, a missing one and an inherited name apart", () => {
    const all = [{ env: "" }, {}, { env: "prod" }];
    const images = all.map((labels, i) => snapshot(i + 1, { labels, image_size: 9 - i }));
    expect(groupReport(images, "label:env", null).rows.map(([name]) => name)).toEqual([
      "",
      "(no such label)",
      "prod",
    ]);
    expect(groupReport(images, "label:toString", null).rows.map(([name]) => name)).toEqual([
      "(no such label)",
    ]);
  });

  test("by label are told apart by the whole value", () => {
    const images = many(2, (i) => ({ labels: { sha: `${"a".repeat(60)}${i}ff` } }));
    expect(groupReport(images, "label:sha", null).rows).toHaveLength(2);
  });
});

describe("duplicates", () => {
  test("are snapshots of one architecture with the same description or the same labels, the newest first", () => {
    const labels = { a: "1", b: "2" };
    const images = [
      snapshot(1, { description: "x", created: "2026-01-01T00:00:00Z" }),
      snapshot(2, { description: "x", created: "2026-01-03T00:00:00Z" }),
      snapshot(3, { description: "x", created: "2026-01-02T00:00:00Z" }),
      snapshot(4, { description: "x", architecture: "arm" }),
      snapshot(8, { description: "y", type: "backup" }),
      snapshot(9, { description: "y", type: "backup" }),
      snapshot(5, { labels }),
      snapshot(6, { labels: { b: "2", a: "1" } }),
      snapshot(7, { labels: { a: "1" } }),
    ];
    expect(duplicates(images)).toEqual({
      columns: ["same", "value", "images", "ids"],
      rows: [
        ["description", "x", 3, [2, 3, 1]],
        ["labels", "a=1,b=2", 2, [6, 5]],
      ],
    });
  });

  test("are not those without a description or without labels", () => {
    expect(duplicates([1, 2, 3].map((id) => snapshot(id, { description: "" }))).rows).toEqual([]);
  });

  test("are not those of which the description differs in what cannot be seen", () => {
    const images = [snapshot(1, { description: "x" }), snapshot(2, { description: "x\u200b" })];
    expect(duplicates(images).rows).toEqual([]);
  });

  test("are cut after ten, and so are the ids of each, the most numerous being shown", () => {
    const images = Array.from({ length: 12 }, (_, kind) =>
      Array.from({ length: kind + 2 }, (_, i) => snapshot(100 * kind + i + 1, { description: `d${kind}` })),
    ).flat();
    const { rows, more } = duplicates(images);
    expect(rows).toHaveLength(10);
    expect(more).toBe(2);
    const [most] = rows;
    expect(most?.slice(0, 3)).toEqual(["description", "d11", 13]);
    expect(most?.[3]).toHaveLength(8);
  });
});

describe("for all projects", () => {
  const by = fc.constantFrom<ReportBy>("type", "server", "architecture", "os", "month", "label:env");

  test("the groups add up to the total, and the most GB come first", () => {
    fc.assert(
      fc.property(project, by, (images, group) => {
        const { columns, rows } = groupReport(images, group, PRICE);
        const column = (name: string) => rows.map((row) => Number(row[columns.indexOf(name)]));
        const sum = (name: string) => column(name).reduce((a, b) => a + b, 0);
        const total = sumUp(images, PRICE);
        expect(sum("images")).toBe(total.images);
        expect(sum("unprotected")).toBe(total.unprotected);
        expect(sum("gb")).toBeCloseTo(total.gb, 1);
        expect(column("gb")).toEqual(column("gb").toSorted((a, b) => b - a));
        expect(new Set(rows.map(([name]) => name)).size).toBe(rows.length);
      }),
    );
  });

  test("oldest and newest are those of every other order of the images too", () => {
    fc.assert(
      fc.property(project, (images) => {
        const { oldest, newest, ...rest } = sumUp(images, null);
        expect(sumUp(images.toReversed(), null)).toEqual({
          ...rest,
          ...(oldest && { oldest }),
          ...(newest && { newest }),
        });
        const times = images.map(({ created }) => Date.parse(created));
        expect(oldest && Date.parse(oldest)).toBe(times.length > 0 ? Math.min(...times) : undefined);
        expect(newest && Date.parse(newest)).toBe(times.length > 0 ? Math.max(...times) : undefined);
      }),
    );
  });

  test("the report changes nothing of what it was given", () => {
    fc.assert(
      fc.property(project, by, (images, group) => {
        const before = structuredClone(images);
        groupReport(images, group, PRICE);
        duplicates(images);
        withdrawnSystems(images, []);
        expect(images).toEqual(before);
      }),
    );
  });

  test("a time that cannot be read does not hide the oldest", () => {
    const times = ["2026-03-01T00:00:00Z", "unknown", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"];
    const images = times.map((created, i) => snapshot(i + 1, { created }));
    expect(sumUp(images, null)).toMatchObject({
      oldest: "2026-01-01T00:00:00Z",
      newest: "2026-03-01T00:00:00Z",
    });
  });
});
