import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sumImages } from "../../src/housekeeping/report-groups.ts";
import { start } from "../support/answers.ts";
import { aged, many } from "../support/cleanup.ts";
import type { Harness } from "../support/harness.ts";
import { randomProject, snapshot } from "../support/random-images.ts";

interface Sums {
  snapshots: number;
  snapshot_gb: number;
  net_per_month: string;
  backups?: number;
  groups?: number;
}

interface Report {
  summary: string;
  total: Sums;
  groups: { columns: string[]; rows: unknown[][]; more?: Sums };
  stopped?: { rows: unknown[][]; more?: number };
  creating_for_over_2_hours?: number[];
  duplicates?: { rows?: unknown[][]; more?: number; regular_series_not_shown?: number };
  limit: { snapshots: number };
}

const report = async ({ call }: Harness, args: Record<string, unknown> = {}) =>
  (await call("hcloud_report_images", args)).data as unknown as Report;

const from = (id: number, name: string) => ({ created_from: { id, name } });

describe("filters of hcloud_report_images", () => {
  const images = [
    aged(1, 200, { labels: { env: "prod" } }),
    aged(2, 10, { image_size: 4 }),
    aged(3, 300, { ...from(43, "db"), type: "backup" }),
    aged(4, 183, { ...from(43, "db"), labels: { env: "prod" } }),
    snapshot(5, { created: "unknown" }),
  ];

  test.each<[args: Record<string, unknown>, snapshots: number, backups: number | undefined]>([
    [{}, 4, 1],
    [{ server: "web-1" }, 3, undefined],
    [{ server: ["43", "web-1"] }, 4, 1],
    [{ older_than_days: 182 }, 2, 1],
    [{ older_than_days: 183 }, 1, 1],
    [{ created_before: "2026-05-08" }, 1, 1],
    [{ label_selector: "env=prod" }, 2, undefined],
    [{ label_selector: "env=prod", older_than_days: 190 }, 1, undefined],
    [{ server: "db", older_than_days: 250 }, 0, 1],
    [{ older_than_days: 900 }, 0, undefined],
  ])("the filters %j leave %j snapshots and %j backups", async (args, snapshots, backups) => {
    const harness = await start({ images });
    const data = await report(harness, args);
    expect(data.total.snapshots).toBe(snapshots);
    expect(data.total.backups).toBe(backups);
    const [first, second] = [1, data.groups.columns.indexOf("backups")];
    const sum = (column: number) => data.groups.rows.reduce((all, row) => all + Number(row[column] ?? 0), 0);
    expect(sum(first)).toBe(snapshots);
    expect(second < 0 ? undefined : sum(second)).toBe(backups);
    // All snapshots count towards the limit.
    expect(data.limit.snapshots).toBe(4);
  });
});

describe("lists in a report", () => {
  const nightlies = (server: number, newest: number) =>
    Array.from({ length: 5 }, (_, i) => aged(server * 10 + i, newest + i, from(server, `s-${server}`)));

  test("a report lists groups whose snapshots stopped, the latest first, by images of any age", async () => {
    const images = [nightlies(1, 0), nightlies(2, 30), nightlies(3, 20)].flat();
    const harness = await start({ images });
    const expected = [
      ["s-3 (3)", "2026-11-03", 1],
      ["s-2 (2)", "2026-10-24", 1],
    ];
    expect((await report(harness)).stopped?.rows).toEqual(expected);
    // What is left of the first server is old, too.
    expect((await report(harness, { older_than_days: 2 })).stopped?.rows).toEqual(expected);
    expect((await report(harness, { server: "s-2" })).stopped?.rows).toEqual(expected.slice(1));
    expect(await report(harness, { server: "s-1" })).not.toHaveProperty("stopped");
  });

  test("a report lists five stopped groups, and counts the others", async () => {
    const images = Array.from({ length: 7 }, (_, i) => nightlies(i + 1, 10 + i)).flat();
    const { stopped } = await report(await start({ images }));
    expect(stopped?.rows.map(([name]) => name)).toEqual([1, 2, 3, 4, 5].map((id) => `s-${id} (${id})`));
    expect(stopped?.more).toBe(2);
  });

  test("a report lists snapshots that are being created for over two hours", async () => {
    const creating = { status: "creating", image_size: null };
    const images = [
      aged(1, 3 / 24, creating),
      aged(2, 2 / 24, creating),
      aged(3, 1 / 24, creating),
      aged(4, 9, { ...creating, type: "backup" }),
      aged(5, 9, { status: "unavailable" }),
    ];
    const data = await report(await start({ images }));
    expect(data.creating_for_over_2_hours).toEqual([1]);
    expect(await report(await start({ images: images.slice(1) }))).not.toHaveProperty(
      "creating_for_over_2_hours",
    );
  });

  test("a report lists duplicates outside a series first, and counts series", async () => {
    const nightly = { description: "nightly" };
    const series = Array.from({ length: 13 }, (_, i) => aged(i + 1, i, nightly));
    const two = [
      aged(50, 5, { description: "before upgrade" }),
      aged(51, 60, { description: "before upgrade" }),
    ];
    expect((await report(await start({ images: [...series, ...two] }))).duplicates).toEqual({
      columns: ["same", "value", "images", "newest_ids"],
      rows: [["description", "before upgrade", 2, [50, 51]]],
      regular_series_not_shown: 1,
    });
    expect((await report(await start({ images: series }))).duplicates).toEqual({
      regular_series_not_shown: 1,
    });
    expect(
      await report(await start({ images: many(5, (i) => ({ description: `${i}` })) })),
    ).not.toHaveProperty("duplicates");
  });

  test("a report lists five kinds of duplicates with five ids each, and counts the others", async () => {
    const images = Array.from({ length: 8 }, (_, kind) =>
      Array.from({ length: kind + 2 }, (_, i) =>
        aged(100 * kind + i + 1, kind + i ** 2 / 3, {
          description: `d${kind}`,
          ...from(kind + 1, `s${kind}`),
        }),
      ),
    ).flat();
    const { duplicates } = await report(await start({ images }));
    expect(duplicates?.more).toBe(3);
    expect(duplicates?.rows?.map((row) => row.slice(1, 3))).toEqual([
      ["d7", 9],
      ["d6", 8],
      ["d5", 7],
      ["d4", 6],
      ["d3", 5],
    ]);
    expect(duplicates?.rows?.[0]?.[3]).toEqual([701, 702, 703, 704, 705]);
  });
});

test("the rows and the rest of a random report add up to the total", async () => {
  const harness = await start({ images: [], rateLimit: 1_000_000 });
  const spread = fc.tuple(randomProject, fc.constantFrom("month", "server", "label:env", "os"));
  const runs = fc.asyncProperty(spread, async ([images, group_by]) => {
    harness.simulator.state.images.clear();
    for (const [i, image] of images.entries()) {
      const created_from = i % 3 === 0 ? image.created_from : { id: 1_000 + i, name: `s${i}` };
      harness.simulator.state.images.set(image.id, { ...image, created_from });
    }
    const { total, groups } = await report(harness, { group_by });
    expect(groups.rows.length).toBeLessThanOrEqual(12);
    const sum = (name: keyof Sums) => {
      const column = groups.columns.indexOf(name);
      const shown = groups.rows.reduce((all, row) => all + Number(column < 0 ? 0 : row[column]), 0);
      return shown + Number(groups.more?.[name] ?? 0);
    };
    expect(sum("snapshots")).toBe(total.snapshots);
    expect(sum("backups")).toBe(total.backups ?? 0);
    expect(sum("snapshot_gb")).toBeCloseTo(total.snapshot_gb, 6);
    const roundings = groups.rows.length + 2;
    expect(Math.abs(sum("net_per_month") - Number(total.net_per_month))).toBeLessThan(
      0.005 * roundings + 1e-9,
    );
    const listed = images.filter(({ deleted }) => !deleted);
    expect(total).toMatchObject({ snapshots: sumImages(listed, null).snapshots });
    const rest = new Set(
      images.flatMap(({ created_from: made, deleted }, i) =>
        deleted ? [] : [i % 3 === 0 ? (made?.id ?? "") : 1_000 + i],
      ),
    );
    if (group_by === "server") expect(groups.rows.length + (groups.more?.groups ?? 0)).toBe(rest.size);
  });
  await fc.assert(runs, { numRuns: 50, seed: 17 });
});
