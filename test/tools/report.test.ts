import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { alter, answering, apiError, failure, HOSTILE, start, stored } from "../support/answers.ts";
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

test("sums up images, GB, the cost of the snapshots, oldest, newest and unprotected", async () => {
  const data = await report(await start({ images: PROJECT, readOnly: true }));
  expect(data["total"]).toEqual({
    images: 5,
    gb: 15.75,
    per_month: { currency: "EUR", net: "0.17", gross: "0.20" },
    oldest: "2026-01-31T23:59:59Z",
    newest: "2026-11-23T00:00:00Z",
    unprotected: 3,
  });
  expect(data).toMatchObject({ limit: { snapshots: 4 }, backups: expect.stringContaining("not by size") });
  expect(data).not.toHaveProperty("money");
});

describe("groups", () => {
  const none = [1, 1, "0.01", "2026-03-31", "2026-03-31", 1];
  test.each<[by: string | undefined, expected: Record<string, unknown[]>]>([
    [
      undefined,
      {
        snapshot: [4, 11.75, "0.17", "2026-01-31", "2026-11-23", 3],
        backup: [1, 4, null, "2026-11-22", "2026-11-22", 0],
      },
    ],
    [
      "server",
      {
        "web-1 (42)": [3, 14.75, "0.15", "2026-01-31", "2026-11-22", 1],
        "(no server)": none,
        "web-2 (43)": [1, 0, "0.00", "2026-11-23", "2026-11-23", 1],
      },
    ],
    [
      "architecture",
      {
        x86: [4, 15.75, "0.17", "2026-01-31", "2026-11-22", 2],
        arm: [1, 0, "0.00", "2026-11-23", "2026-11-23", 1],
      },
    ],
    [
      "os",
      {
        "debian 12": [3, 14.75, "0.15", "2026-01-31", "2026-11-22", 1],
        debian: none,
        "ubuntu 24.04": [1, 0, "0.00", "2026-11-23", "2026-11-23", 1],
      },
    ],
    [
      "month",
      {
        "2026-01": [1, 10.25, "0.15", "2026-01-31", "2026-01-31", 1],
        "2026-11": [2, 4, "0.00", "2026-11-22", "2026-11-23", 1],
        "2026-03": [2, 1.5, "0.02", "2026-03-01", "2026-03-31", 1],
      },
    ],
    [
      "label:env",
      {
        prod: [1, 10.25, "0.15", "2026-01-31", "2026-01-31", 1],
        "(no such label)": [3, 5.5, "0.02", "2026-03-01", "2026-11-22", 1],
        "": [1, 0, "0.00", "2026-11-23", "2026-11-23", 1],
      },
    ],
  ])("are by %s, the most GB first", async (group_by, expected) => {
    const data = await report(await start({ images: PROJECT }), { ...(group_by && { group_by }) });
    const columns = ["group", "images", "gb", "net_per_month", "oldest", "newest", "unprotected"];
    expect(data["groups"]).toMatchObject({ columns });
    expect(groups(data)).toEqual(expected);
    const { rows } = data["groups"] as { rows: unknown[][] };
    expect(rows.map(([name]) => name)).toEqual(Object.keys(expected));
  });

  test("are refused by what cannot be a label key", async () => {
    const { call } = await start();
    expect(failure(await call(REPORT, { group_by: "label:env prod" }))).toMatch(
      /^group_by: "env prod" is not a label key: /,
    );
  });
});

describe("the cost", () => {
  test.each([
    ["USD", "0.0199000000", "0.0244770000000000", { currency: "USD", net: "1.99", gross: "2.45" }],
    ["EUR", "0.0110", "0.0131", { currency: "EUR", net: "1.10", gross: "1.31" }],
    ["EUR", "1", "1.19", { currency: "EUR", net: "100.00", gross: "119.00" }],
  ])("is in %s at %s net and %s gross", async (currency, net, gross, expected) => {
    const harness = await start({ images: [snapshot(1, { image_size: 100 })] });
    const { pricing } = harness.simulator.state;
    harness.simulator.state.pricing = { ...pricing, currency, image: { price_per_gb_month: { net, gross } } };
    expect((await report(harness))["total"]).toMatchObject({ per_month: expected });
  });

  test.each([
    ["forbidden", apiError(403, "forbidden")],
    ["unavailable", apiError(503, "unavailable")],
    ["not_found", apiError(404, "not_found")],
    ["malformed_reply", { status: 200, body: { pricing: { currency: "EUR" } } }],
    ["malformed_reply", { status: 200, body: "<html>" }],
  ])("is omitted when the price list cannot be read (%s), with the reason", async (code, fault) => {
    const harness = await start({ images: PROJECT });
    harness.simulator.intercept = answering("GET", "/pricing", fault);
    const data = await report(harness);
    expect(data["money"]).toBe(`unknown: the price list could not be read (${code})`);
    expect(data["total"]).toMatchObject({ images: 5, gb: 15.75 });
    expect(JSON.stringify(data)).not.toMatch(/per_month|EUR|NaN|null,"0/);
    expect(groups(data)["backup"]).toEqual([1, 4, "2026-11-22", "2026-11-22", 0]);
  });

  test("of backups comes with a note on how they are billed", async () => {
    const text = JSON.stringify(await report(await start()));
    expect(text).toMatch(/backups? .*(server|20 ?%)/i);
  });
});

describe("the number of snapshots", () => {
  test("comes with Hetzner's default limit, which counts other projects too", async () => {
    const { limit } = await report(await start());
    expect(limit).toMatchObject({ snapshots: 28, default_limit: 30 });
    expect((limit as { note: string }).note).toMatch(/default.*account.*all its projects.*raised/);
  });

  test("ignores the selector that the rest of the report uses", async () => {
    const harness = await start();
    const data = await report(harness, { label_selector: "role=golden" });
    expect(data["total"]).toMatchObject({ images: 2, unprotected: 0 });
    expect(data["limit"]).toMatchObject({ snapshots: 28 });
    expect(harness.simulator.requests[0]?.query).toContainEqual(["label_selector", "role=golden"]);
  });
});

test("reads every page once, and reports progress", async () => {
  const harness = await start({ images: many(230) });
  const seen: number[] = [];
  const onprogress = ({ progress }: { progress: number }) => seen.push(progress);
  const { data } = await harness.call(REPORT, {}, { onprogress });
  expect(data["total"]).toMatchObject({ images: 230, gb: 345 });
  const read = harness.simulator.requests
    .map(({ query }) => new URLSearchParams(query))
    .filter((query) => query.getAll("type").includes("snapshot"));
  expect(read.map((query) => query.get("page")).sort()).toEqual(["1", "2", "3", "4", "5"]);
  expect(read.every((query) => query.getAll("type").includes("backup"))).toBe(true);
  expect(seen.at(-1)).toBe(230);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
});

test("shows untrusted text inert, wherever it is shown", async () => {
  const { description } = stored(await start(), HOSTILE);
  const images = many(2, () => ({
    description,
    created_from: { id: 42, name: description },
    os_flavor: `debian\u202e${description}`,
    architecture: "x86\u001b[2K",
  }));
  const harness = await start({ images });
  for (const group_by of ["type", "server", "architecture", "os", "month", "label:a"]) {
    const { text } = await harness.call(REPORT, { group_by });
    expect(text).not.toMatch(/\\u001b|\\n|[\u202e\u200b]/);
    expect(text).toContain("… (+");
  }
});

test("names duplicates and withdrawn systems of the demo project", async () => {
  const data = await report(await start());
  const nightly = [400281644, 399958812, 399502078, 395240687, 383377205, 361040217];
  expect(data["duplicates"]).toMatchObject({ columns: ["same", "value", "images", "ids"] });
  expect((data["duplicates"] as { rows: unknown[] }).rows.slice(0, 2)).toEqual([
    ["description", "web-1 nightly", 6, nightly],
    ["labels", "env=prod,role=web,schedule=nightly", 6, nightly],
  ]);
  expect(data["withdrawn_systems"]).toEqual([
    { os_flavor: "debian", os_version: "11", images: 1, unavailable_after: "2027-01-02T07:00:00Z" },
  ]);
});

test("names a system that is no longer offered, also by the API's older field", async () => {
  const harness = await start();
  const announced = "2026-10-01T07:00:00Z";
  for (const image of harness.simulator.state.images.values()) {
    if (image.type !== "system" || image.os_flavor !== "debian") continue;
    if (image.os_version === "11") harness.simulator.state.images.delete(image.id);
    if (image.os_version === "13") alter(harness, image.id, { deprecated: announced });
  }
  expect((await report(harness))["withdrawn_systems"]).toEqual([
    { os_flavor: "debian", os_version: "11", images: 1, no_longer_offered: true },
    { os_flavor: "debian", os_version: "13", images: 3, unavailable_after: "2027-01-01T07:00:00.000Z" },
  ]);
});

test("takes few tokens for the demo project", async () => {
  const { call } = await start();
  for (const group_by of ["type", "server", "architecture", "os", "label:env"]) {
    const { text } = await call(REPORT, { group_by });
    expect(countTokens(text), group_by).toBeLessThan(1_200);
  }
  expect(countTokens((await call(REPORT)).text)).toBeLessThan(900);
});

const BY = /^group_by: must be type, server, architecture, os, month or label:<key>/;
const REFUSED: [args: Record<string, unknown>, sentence: RegExp][] = [
  [{ group_by: "types" }, BY],
  [{ group_by: "label:" }, /^group_by: "" is not a label key: a key is 1 to 63 letters/],
  [{ label_selector: "env=prod x" }, /^label_selector: expected .*position 10\n/],
  [{ type: "snapshot" }, /unknown argument "type"/],
];
test.each(REFUSED)("%j is refused before anything is sent", async (args, sentence) => {
  const { call, simulator } = await start();
  expect(failure(await call(REPORT, args))).toMatch(sentence);
  expect(simulator.requests).toEqual([]);
});
