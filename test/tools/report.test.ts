import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { answering, apiError, expectMistake, HOSTILE, start, stored } from "../support/answers.ts";
import type { Harness } from "../support/harness.ts";
import { snapshot } from "../support/random-images.ts";

const REPORT = "hcloud_report_images";

async function report(harness: Harness, args: Record<string, unknown> = {}) {
  return (await harness.call(REPORT, args)).data;
}

/** The groups as name → row without the name. */
function groups(data: Record<string, unknown>): Record<string, unknown[]> {
  const { rows } = data["groups"] as { rows: [string, ...unknown[]][] };
  return Object.fromEntries(rows.map(([name, ...row]) => [name, row]));
}

const many = (count: number, rest: (i: number) => Partial<Image> = () => ({})) =>
  Array.from({ length: count }, (_, i) => snapshot(i + 1, rest(i)));

const PROJECT = [
  snapshot(1, { image_size: 10.25, created: "2026-01-31T23:59:59Z", labels: { env: "prod" } }),
  snapshot(2, { image_size: 0.5, created: "2026-03-01T00:00:00Z", protection: { delete: true } }),
  snapshot(3, {
    image_size: null,
    status: "creating",
    created: "2026-11-23T00:00:00Z",
    created_from: { id: 43, name: "web-2" },
    architecture: "arm",
    os_flavor: "ubuntu",
    os_version: "24.04",
    labels: { env: "" },
  }),
  snapshot(4, { image_size: 4, type: "backup", bound_to: 42, created: "2026-11-22T00:00:00Z" }),
  snapshot(5, { image_size: 1, created_from: null, created: "2026-03-31T00:00:00Z", os_version: null }),
];

test("a report sums up snapshots and backups separately, with the price, oldest and newest", async () => {
  const harness = await start({ images: PROJECT, readOnly: true });
  const data = await report(harness);
  expect(Object.keys(data)[0]).toBe("summary");
  expect(data).toMatchObject({
    summary: "4 snapshots, 11.75 GB, 0.17 EUR a month net; 1 backup, 4.00 GB, billed with their servers.",
    price_per_gb: { currency: "EUR", net: "0.0143", gross: "0.017017" },
    limit: { snapshots: 4 },
    as_of: "2026-11-23T12:00Z",
  });
  expect(data["total"]).toEqual({
    snapshots: 4,
    snapshot_gb: 11.75,
    net_per_month: "0.17",
    gross_per_month: "0.20",
    unprotected_snapshots: 3,
    backups: 1,
    backup_gb: 4,
    without_size: 1,
    oldest: "2026-01-31T23:59Z",
    newest: "2026-11-23T00:00Z",
  });
  expect(data).not.toHaveProperty("money");
});

test("a report without images says so, and has no groups", async () => {
  const { total, groups, summary, ...more } = await report(await start({ images: [] }));
  expect(summary).toBe("No snapshot or backup matches.");
  expect(total).toMatchObject({ snapshots: 0, snapshot_gb: 0, net_per_month: "0.00" });
  expect(groups).toMatchObject({ rows: [] });
  expect(Object.keys(more).sort()).toEqual(["as_of", "limit", "price_per_gb"]);
});

describe("groups of hcloud_report_images", () => {
  const none = [1, 1, "0.01", 0, 0, "2026-03-31", "2026-03-31"];
  const web2 = [1, 0, "0.00", 0, 0, "2026-11-23", "2026-11-23"];
  const byServer = {
    "web-1 (42)": [2, 10.75, "0.15", 1, 4, "2026-01-31", "2026-11-22"],
    "(no server)": none,
    "web-2 (43)": web2,
  };
  test.each<[by: string | undefined, expected: Record<string, unknown[]>]>([
    [undefined, byServer],
    ["server", byServer],
    ["architecture", { x86: [3, 11.75, "0.17", 1, 4, "2026-01-31", "2026-11-22"], arm: web2 }],
    [
      "os",
      {
        "debian 12": [2, 10.75, "0.15", 1, 4, "2026-01-31", "2026-11-22"],
        debian: none,
        "ubuntu 24.04": web2,
      },
    ],
    [
      "month",
      {
        "2026-01": [1, 10.25, "0.15", 0, 0, "2026-01-31", "2026-01-31"],
        "2026-03": [2, 1.5, "0.02", 0, 0, "2026-03-01", "2026-03-31"],
        "2026-11": [1, 0, "0.00", 1, 4, "2026-11-22", "2026-11-23"],
      },
    ],
    [
      "label:env",
      {
        prod: [1, 10.25, "0.15", 0, 0, "2026-01-31", "2026-01-31"],
        "(no such label)": [2, 1.5, "0.02", 1, 4, "2026-03-01", "2026-11-22"],
        "": web2,
      },
    ],
  ])("a report groups by %s, the highest costs first", async (group_by, expected) => {
    const data = await report(await start({ images: PROJECT }), { ...(group_by && { group_by }) });
    const columns = ["group", "snapshots", "snapshot_gb", "net_per_month", "backups", "backup_gb"];
    expect(data["groups"]).toMatchObject({ columns: [...columns, "oldest", "newest"] });
    expect(groups(data)).toEqual(expected);
    const { rows } = data["groups"] as { rows: unknown[][] };
    expect(rows.map(([name]) => name)).toEqual(Object.keys(expected));
  });

  test("a report has no columns about backups when there are none", async () => {
    const { columns } = (await report(await start({ images: many(3) })))["groups"] as { columns: string[] };
    expect(columns).toEqual(["group", "snapshots", "snapshot_gb", "net_per_month", "oldest", "newest"]);
  });

  test("a report refuses an invalid label key for its groups", async () => {
    const { call } = await start();
    expectMistake(await call(REPORT, { group_by: "label:env prod" }), "group_by", '"env prod"', "label key");
  });
});

describe("costs of hcloud_report_images", () => {
  test.each([
    ["USD", "0.0199000000", "0.0244770000000000", { net_per_month: "1.99", gross_per_month: "2.45" }],
    ["EUR", "0.0110", "0.0131", { net_per_month: "1.10", gross_per_month: "1.31" }],
    ["EUR", "1", "1.19", { net_per_month: "100.00", gross_per_month: "119.00" }],
  ])("a report has costs in %s at %s net and %s gross", async (currency, net, gross, expected) => {
    const harness = await start({ images: [snapshot(1, { image_size: 100 })] });
    const { pricing } = harness.simulator.state;
    harness.simulator.state.pricing = { ...pricing, currency, image: { price_per_gb_month: { net, gross } } };
    const data = await report(harness);
    expect(data).toMatchObject({ total: expected, price_per_gb: { currency, net, gross } });
    expect(data["summary"]).toContain(`${expected.net_per_month} ${currency}`);
  });

  test.each([
    ["forbidden", apiError(403, "forbidden")],
    ["unavailable", apiError(503, "unavailable")],
    ["not_found", apiError(404, "not_found")],
    ["malformed_reply", { status: 200, body: { pricing: { currency: "EUR" } } }],
    ["malformed_reply", { status: 200, body: "<html>" }],
  ])(
    "a report omits the costs when the price list cannot be read (%s), with the reason",
    async (code, fault) => {
      const harness = await start({ images: PROJECT });
      harness.simulator.intercept = answering("GET", "/pricing", fault);
      const data = await report(harness);
      expect(data["money"]).toBe(`unknown: the price list could not be read (${code})`);
      expect(data["total"]).toMatchObject({ snapshots: 4, snapshot_gb: 11.75, backup_gb: 4 });
      expect(JSON.stringify(data)).not.toMatch(/per_month|per_gb|EUR|NaN|null,"0/);
      expect(groups(data)["web-1 (42)"]).toEqual([2, 10.75, 1, 4, "2026-01-31", "2026-11-22"]);
    },
  );
});

describe("snapshot limit in hcloud_report_images", () => {
  test("a report has Hetzner's default limit of snapshots, which also counts other projects", async () => {
    const { limit } = await report(await start());
    expect(limit).toMatchObject({ snapshots: 28, default_limit: 30 });
    expect((limit as { note: string }).note).toMatch(/account.*all projects.*raised/);
  });

  test("a snapshot that is marked deleted does not count towards the limit, nor in the total", async () => {
    const images = [...many(2), ...many(1, () => ({ id: 7, deleted: "2026-11-20T00:00:00Z" }))];
    const data = await report(await start({ images }));
    expect(data["total"]).toMatchObject({ snapshots: 2 });
    expect(data["limit"]).toMatchObject({ snapshots: 2 });
  });

  test("the number for the snapshot limit ignores the selector of the report", async () => {
    const harness = await start();
    const data = await report(harness, { label_selector: "role=golden" });
    expect(data["total"]).toMatchObject({ snapshots: 2, unprotected_snapshots: 0 });
    expect(data["limit"]).toMatchObject({ snapshots: 28 });
    expect(harness.simulator.requests[0]?.query).toContainEqual(["label_selector", "role=golden"]);
  });
});

test("a report reads every page once, and reports progress", async () => {
  const harness = await start({ images: many(230) });
  const seen: number[] = [];
  const onprogress = ({ progress }: { progress: number }) => seen.push(progress);
  const { data } = await harness.call(REPORT, {}, { onprogress });
  expect(data["total"]).toMatchObject({ snapshots: 230, snapshot_gb: 345 });
  const read = harness.simulator.requests
    .map(({ query }) => new URLSearchParams(query))
    .filter((query) => query.getAll("type").includes("snapshot"));
  expect(read.map((query) => query.get("page")).sort()).toEqual(["1", "2", "3", "4", "5"]);
  expect(read.every((query) => query.getAll("type").includes("backup"))).toBe(true);
  expect(seen.at(-1)).toBe(230);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
});

test("a report shows untrusted text inert in every place", async () => {
  const { description } = stored(await start(), HOSTILE);
  const images = many(2, () => ({
    description,
    created_from: { id: 42, name: description },
    os_flavor: `debian\u202e${description}`,
    architecture: "x86\u001b[2K",
  }));
  const harness = await start({ images });
  for (const group_by of ["server", "architecture", "os", "month", "label:a"]) {
    const { text } = await harness.call(REPORT, { group_by });
    expect(text).not.toMatch(/\\u001b|\\n|[\u202e\u200b]/);
    expect(text).toContain("... (+");
  }
});

const REFUSED: [args: Record<string, unknown>, argument: string, ...facts: string[]][] = [
  [{ group_by: "types" }, "group_by", "server, architecture, os, month", "label:<key>"],
  [{ group_by: "label:" }, "group_by", '""', "label key"],
  [{ label_selector: "env=prod x" }, "label_selector", "position 10"],
  [{ type: "snapshot" }, "", "unknown", '"type"'],
  [{ older_than_days: 0 }, "older_than_days"],
  [{ created_before: "soon" }, "created_before", "2026-01-31"],
];
test.each(REFUSED)("%j is refused before anything is sent", async (args, argument, ...facts) => {
  const { call, simulator } = await start();
  expectMistake(await call(REPORT, args), argument, ...facts);
  expect(simulator.requests).toEqual([]);
});
