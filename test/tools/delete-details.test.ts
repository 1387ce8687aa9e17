/** Preview and result of a single deletion beside the image: money, and images with the same description. */

import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { BACKUPS_COST } from "../../src/tools/money.ts";
import { alter, answering, apiError, lines, question, rows, start } from "../support/answers.ts";
import { aged, onRequest } from "../support/cleanup.ts";
import type { Harness } from "../support/harness.ts";

const DELETE = "hcloud_delete_image";
const NIGHTLY = { description: "nightly" };
const SAVES = { currency: "EUR", net: "0.14", gross: "0.17" };
const UNSIZED = "unknown: the image has no size";
const isList = ({ path }: { path: string }) => path === "/images";
const isPrice = ({ path }: { path: string }) => path === "/pricing";

/** A project whose image 1 is a nightly snapshot of 10 GB. */
async function startWith(others: Image[] = [], rest: Partial<Image> = {}) {
  const harness = await start({ images: [aged(1, 9, { ...NIGHTLY, image_size: 10, ...rest }), ...others] });
  const preview = async () => question(await harness.call(DELETE, { id: 1 }));
  const carryOut = async () => harness.call(DELETE, { id: 1, confirm: (await preview()).confirm });
  return { ...harness, harness, preview, carryOut };
}

async function alikeOf({ call }: Harness): Promise<object | undefined> {
  const { preview } = question(await call(DELETE, { id: 1 }));
  return preview["same_description"] as object | undefined;
}

describe("money of hcloud_delete_image", () => {
  const moneyIn = (answer: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(answer).filter(([name]) => /^(saves_per_month|money)$/.test(name)));

  test.each<[what: string, rest: Partial<Image>, money: object, isAsked: boolean]>([
    ["of a snapshot is what its size costs", {}, { saves_per_month: SAVES }, true],
    ["of a backup is not in its size", { type: "backup", bound_to: 42 }, { money: BACKUPS_COST }, false],
    ["of a snapshot without a size is unknown", { image_size: null }, { money: UNSIZED }, false],
  ])("the costs %s, in the preview and the result", async (_, rest, money, isAsked) => {
    const { preview, carryOut, simulator } = await startWith([], rest);
    expect(moneyIn((await preview()).preview)).toEqual(money);
    expect(moneyIn((await carryOut()).data)).toEqual(money);
    expect(simulator.requests.some(isPrice)).toBe(isAsked);
  });

  test("the costs of a type that the API adds later are omitted", async () => {
    const { preview } = await startWith([], { type: "template" });
    expect(moneyIn((await preview()).preview)).toEqual({});
  });

  test("costs that cannot be read fail neither the preview nor the deletion", async () => {
    const { harness, preview, carryOut, simulator, events } = await startWith();
    simulator.intercept = answering("GET", "/pricing", apiError(403, "forbidden"));
    const money = "unknown: the price list could not be read (forbidden)";
    expect((await preview()).preview).toMatchObject({ money });
    expect((await carryOut()).data).toMatchObject({ status: "done", deleted: { id: 1 }, money });
    expect(harness.simulator.state.images.size).toBe(0);
    expect(events.at(-1)).toMatchObject({ outcome: "done", deleted: [1] });
  });

  test("costs that are being read when the call is cancelled do not hide the deletion", async () => {
    const { harness, preview, simulator, events } = await startWith();
    const { confirm } = await preview();
    const cancel = new AbortController();
    simulator.intercept = onRequest(1, isPrice, () => {
      cancel.abort();
      return "handled";
    });
    const call = harness.call(DELETE, { id: 1, confirm }, { signal: cancel.signal });
    await expect(call).rejects.toThrow();
    await expect.poll(() => events.at(-1)).toMatchObject({ outcome: "done", deleted: [1] });
    expect(simulator.state.images.size).toBe(0);
  });
});

describe("images with the same description", () => {
  test("images with the same description are listed with server and age, the newest first", async () => {
    const { harness } = await startWith([
      aged(2, 8, { ...NIGHTLY, created_from: null }),
      aged(3, 2, { ...NIGHTLY, type: "backup", created_from: { id: 7, name: "db\u202e-1" } }),
      aged(4, 1, { description: "Nightly" }),
      aged(5, 1, { description: "nightly " }),
      aged(6, 1, { ...NIGHTLY, deleted: "2026-11-22T12:00:00Z" }),
      aged(7, 1, { ...NIGHTLY, type: "system", name: "nightly" }),
    ]);
    expect(await alikeOf(harness)).toEqual({
      summary: "2 other images have the same description",
      columns: ["id", "server", "age_days"],
      rows: [
        [3, "db-1 (7)", 2],
        [2, null, 8],
      ],
    });
  });

  test("five images with the same description at most are listed, and the others are counted", async () => {
    const { harness } = await startWith(Array.from({ length: 60 }, (_, i) => aged(2 + i, i, NIGHTLY)));
    const alike = await alikeOf(harness);
    expect(alike).toMatchObject({ more: 55, summary: expect.stringMatching(/\b60\b/) });
    expect(rows({ data: alike } as never).map(({ id }) => id)).toEqual([2, 3, 4, 5, 6]);
  });

  test("one image with the same description is listed", async () => {
    const { harness } = await startWith([aged(2, 8, NIGHTLY)]);
    expect(await alikeOf(harness)).toMatchObject({
      summary: "1 other image has the same description",
      rows: [[2, "web-1 (42)", 8]],
    });
  });

  test.each<[what: string, others: Image[], rest: Partial<Image>]>([
    ["there are none", [aged(2, 8, { description: "other" })], {}],
    ["the image has no description", [aged(2, 8, { description: "" })], { description: "" }],
  ])("images with the same description are omitted when %s", async (_, others, rest) => {
    const { harness } = await startWith(others, rest);
    expect(await alikeOf(harness)).toBeUndefined();
  });

  test("images with the same description are unknown when the list cannot be read, and the code works", async () => {
    const { harness, carryOut, simulator } = await startWith([aged(2, 8, NIGHTLY)]);
    simulator.intercept = onRequest(1, isList, answering("GET", "/images", apiError(403, "forbidden")));
    expect(await alikeOf(harness)).toEqual({
      summary: "unknown: the images could not be listed (forbidden)",
    });
    expect((await carryOut()).data["status"]).toBe("done");
  });

  test("images with the same description are read again for the fresh preview of a refused code", async () => {
    const { harness, preview, call } = await startWith([aged(2, 8, NIGHTLY)]);
    const { confirm } = await preview();
    alter(harness, 1, { labels: { keep: "" } });
    const fresh = question(await call(DELETE, { id: 1, confirm }));
    expect(fresh.preview).toMatchObject({
      saves_per_month: SAVES,
      same_description: { rows: [[2, "web-1 (42)", 8]] },
    });
  });

  test("images with the same description are not looked for by the confirmed call", async () => {
    const { preview, call, simulator } = await startWith([aged(2, 8, NIGHTLY)]);
    const { confirm } = await preview();
    simulator.requests.length = 0;
    await call(DELETE, { id: 1, confirm });
    expect(lines(simulator.requests)).toEqual([
      "GET /images/1",
      "GET /images",
      "DELETE /images/1",
      "GET /pricing",
    ]);
  });
});

test.each([
  ["the list", isList],
  ["the prices", isPrice],
])("a preview that is cancelled while %s is read issues no code", async (_, picks) => {
  const { harness, simulator, events } = await startWith();
  const cancel = new AbortController();
  simulator.intercept = onRequest(1, picks, () => {
    cancel.abort();
    return "handled";
  });
  await expect(harness.call(DELETE, { id: 1 }, { signal: cancel.signal })).rejects.toThrow();
  await expect.poll(() => events.map(({ outcome }) => outcome)).toEqual(["cancelled"]);
});

describe("result of hcloud_delete_image", () => {
  test("the result has an inert, short description, and omits empty fields", async () => {
    const rest = { description: `a\u202e\n${"x".repeat(300)}`, created_from: null, image_size: null };
    const { carryOut } = await startWith([], rest);
    const { deleted } = (await carryOut()).data;
    expect(deleted).toEqual({
      id: 1,
      description: expect.stringMatching(/^a x{118}\.{3} \(\+\d+ characters\)$/),
    });
  });

  test("the result has only the id of an image that has nothing else", async () => {
    const { carryOut } = await startWith([], { description: "", created_from: null, image_size: null });
    expect((await carryOut()).data["deleted"]).toEqual({ id: 1 });
  });
});
