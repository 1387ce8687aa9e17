import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { alter, codeRefusal, expectMistake, start } from "../support/answers.ts";
import { BIN, binned, binOf, expectUnchanged, IN_A_WEEK, labelsOf, RESTORE } from "../support/bin.ts";
import { byNumber, codeOf, DELETE, deletionsOf, many, onRequest, PLAN, planOf } from "../support/cleanup.ts";
import { startPlanned } from "../support/deletion.ts";

const LABELS = { role: "golden", "p/k": "v" };

describe("hcloud_bin_images with ids", () => {
  test("a binned image gets the last day of its time in the bin, and keeps everything else", async () => {
    const images = many(4, () => ({ labels: LABELS }));
    const { call, simulator } = await start({ images });
    const answer = binOf(await call(BIN, { ids: [1002, 1003] }));
    expect(answer).toMatchObject({
      summary: "Moved 2 snapshots to the bin until 2026-11-30: 3.00 GB.",
      status: "done",
      due: IN_A_WEEK,
      binned: [1002, 1003],
    });
    expect(answer.next).toMatch(
      /billed .*hcloud_restore_images .*After 2026-11-30, hcloud_plan_image_cleanup/,
    );
    const [one, two, three, four] = images as [Image, Image, Image, Image];
    expect([...simulator.state.images.values()]).toEqual([
      one,
      { ...two, labels: binned(IN_A_WEEK, LABELS) },
      { ...three, labels: binned(IN_A_WEEK, LABELS) },
      four,
    ]);
    // One write for each image: no moment between two of them loses anything.
    expect(simulator.writes().map(({ method, path }) => `${method} ${path}`)).toEqual([
      "PUT /images/1002",
      "PUT /images/1003",
    ]);
  });

  test.each([
    [1, "2026-11-24"],
    [90, "2027-02-21"],
  ])("an image is kept for %i days", async (days, due) => {
    const harness = await start({ images: many(1) });
    expect(binOf(await harness.call(BIN, { ids: [1001], days })).due).toBe(due);
    expect(labelsOf(harness, 1001)).toEqual({ "bin/due": due });
  });

  test("a binned image can be hidden from selection by label", async () => {
    const harness = await start({ images: many(1, () => ({ labels: LABELS })) });
    await harness.call(BIN, { ids: [1001], hide: true });
    expect(labelsOf(harness, 1001)).toEqual({ "bin/role": "golden", "bin.p/k": "v", "bin/due": IN_A_WEEK });
  });

  test("the result omits the labels of binned images, which the audit line has", async () => {
    const { call, events } = await start({ images: many(2, () => ({ labels: LABELS })) });
    const { data } = await call(BIN, { ids: [1001, 1002], hide: true });
    expect(data).not.toHaveProperty("previous");
    expect(events).toEqual([
      expect.objectContaining({
        outcome: "started",
        tool: BIN,
        ids: [1001, 1002],
        args: { ids: [1001, 1002], hide: true },
      }),
      expect.objectContaining({
        outcome: "done",
        binned: [1001, 1002],
        due: IN_A_WEEK,
        previous: [
          { id: 1001, labels: LABELS },
          { id: 1002, labels: LABELS },
        ],
      }),
    ]);
  });
});

describe("images that hcloud_bin_images skips", () => {
  test.each<[change: Partial<Image>, why: string, hide?: boolean]>([
    [{ protection: { delete: true } }, "protected"],
    [{ status: "creating" }, "still being created"],
    [{ status: "unavailable" }, "not available"],
    [{ deleted: "2026-11-20T00:00:00Z" }, "already deleted"],
    [{ type: "system" }, "system image of Hetzner"],
    [{ type: "app" }, "app image of Hetzner"],
    [{ labels: { keep: "" } }, "kept by label keep"],
    [{ labels: { "bin/keep": "" } }, "kept by label keep"],
    [{ labels: binned("2026-11-25") }, "already in the bin until 2026-11-25"],
    [{ labels: binned("never") }, "already in the bin"],
    [{ labels: { "bin/x": "" } }, 'its label "bin/x" looks like a hidden one'],
    [{ labels: { due: "" } }, 'its label "due" would become bin/due', true],
    [
      { labels: { [`${"x".repeat(253)}/k`]: "" } },
      `its label "${"x".repeat(253)}/k" cannot be hidden: its prefix before / must be a DNS name of at most 253 characters`,
      true,
    ],
  ])("an image with %j is skipped: %s", async (change, why, hide = false) => {
    const images = many(2, (i) => (i === 0 ? change : {}));
    const harness = await start({ images });
    const answer = binOf(await harness.call(BIN, { ids: [1001, 1002], hide }));
    expect(answer).toMatchObject({ status: "done", binned: [1002], skipped: [{ id: 1001, why }] });
    expectUnchanged(harness, images.slice(0, 1));
  });

  test("a missing image is skipped", async () => {
    const { call } = await start({ images: many(1) });
    expect(binOf(await call(BIN, { ids: [5, 1001] }))).toMatchObject({
      binned: [1001],
      skipped: [{ id: 5, why: "not found" }],
    });
  });

  test.each<[change: Partial<Image>, why: string]>([
    [{ protection: { delete: true } }, "protected"],
    [{ labels: { keep: "" } }, "kept by label keep"],
    [{ labels: { a: "b" } }, 'changed since it was shown: label "a" was not set, is "b"'],
    [{ description: "new" }, 'changed since it was shown: description was "snapshot 1001", is "new"'],
  ])("an image is skipped when it becomes %j after it was read", async (change, why) => {
    const harness = await start({ images: many(1) });
    harness.simulator.intercept = ({ method }, response, apply) => {
      if (method !== "GET") return undefined;
      harness.simulator.intercept = undefined;
      const { status, headers, body } = apply();
      harness.clock.pass(600);
      alter(harness, 1001, change);
      response.writeHead(status, headers).end(JSON.stringify(body));
      return "handled";
    };
    const answer = binOf(await harness.call(BIN, { ids: [1001] }));
    expect(answer).toMatchObject({ status: "unchanged", binned: [], skipped: [{ id: 1001, why }] });
    expect(harness.simulator.writes()).toEqual([]);
  });

  test("nothing is changed when all images are skipped", async () => {
    const { call, simulator } = await start({ images: many(2, () => ({ protection: { delete: true } })) });
    const answer = await call(BIN, { ids: [1001, 1002] });
    expect(binOf(answer)).toMatchObject({
      summary: "Moved 0 images to the bin; 2 skipped.",
      status: "unchanged",
      binned: [],
    });
    expect(binOf(answer)).not.toHaveProperty("next");
    expect(simulator.writes()).toEqual([]);
  });
});

describe("hcloud_bin_images with a plan", () => {
  test("the images of a plan are binned with its code and their number, without a confirmation", async () => {
    const { harness, call, confirm, count, simulator } = await startPlanned();
    const answer = binOf(await call(BIN, { plan: confirm, count, days: 3 }));
    expect(answer).toMatchObject({ status: "done", due: "2026-11-26" });
    expect(answer.binned.toSorted(byNumber)).toEqual([1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010]);
    expect(labelsOf(harness, 1001)).toEqual({});
    expect(simulator.state.images.size).toBe(10);
  });

  test("the code of a plan can still delete its images after they are restored", async () => {
    const { call, confirm, count } = await startPlanned(many(3));
    const { binned: ids } = binOf(await call(BIN, { plan: confirm, count, hide: true }));
    await call(RESTORE, { ids });
    expect(deletionsOf(await call(DELETE, { confirm, count })).deleted.toSorted()).toEqual([1002, 1003]);
  });

  test("the images of a plan can be binned with exceptions", async () => {
    const { harness, call, confirm } = await startPlanned(many(4));
    const answer = binOf(await call(BIN, { plan: confirm, count: 2, except: [1003] }));
    expect(answer.binned.toSorted()).toEqual([1002, 1004]);
    expect(answer.skipped).toEqual([{ id: 1003, why: "excepted" }]);
    expect(labelsOf(harness, 1003)).toEqual({});
  });

  test("a plan of chosen ids can be binned", async () => {
    const { call } = await start({ images: many(3) });
    const confirm = codeOf(await call(PLAN, { ids: [1001, 1003] }));
    expect(binOf(await call(BIN, { plan: confirm, count: 2 })).binned.toSorted()).toEqual([1001, 1003]);
  });

  test("images of a plan are skipped when they have changed or are gone", async () => {
    const { harness, call, confirm, count } = await startPlanned(many(6));
    alter(harness, 1002, { description: "in use" });
    alter(harness, 1003, { protection: { delete: true } });
    alter(harness, 1004, { labels: binned("2026-11-25") });
    harness.simulator.state.images.delete(1005);
    const answer = binOf(await call(BIN, { plan: confirm, count }));
    expect(answer.binned).toEqual([1006]);
    expect(answer.skipped?.toSorted((a, b) => a.id - b.id)).toEqual([
      { id: 1002, why: 'changed since it was shown: description was "snapshot 1002", is "in use"' },
      { id: 1003, why: "protected" },
      { id: 1004, why: "already in the bin until 2026-11-25" },
      { id: 1005, why: "already gone" },
    ]);
    // Nothing more is asked about images that the list shows to be other than the plan's.
    const asked = harness.simulator.requests.map(({ path }) => path);
    expect(asked.filter((path) => /\/100[1-5]$/.test(path))).toEqual([]);
  });

  test.each<[args: (code: string) => object, argument: string, ...facts: string[]]>([
    [(plan) => ({ plan, count: 5 }), "count", "number of images"],
    [(plan) => ({ plan, count: 3, except: [1002] }), "count", "number of images", "except"],
    [(plan) => ({ plan, count: 3, except: [1001] }), "except", " 1001."],
    [(plan) => ({ plan }), "count", "required", "plan"],
    [(plan) => ({ plan, count: 3, ids: [1002] }), "count", "number of ids"],
    [(plan) => ({ plan, except: [1003], ids: [1002] }), "except", "ids"],
    [() => ({}), "ids or plan", "at least one"],
    [() => ({ count: 3 }), "ids or plan", "at least one"],
    [() => ({ ids: [1002], count: 2 }), "count", "number of ids"],
    [() => ({ ids: [1002, 1003], count: 1 }), "count", "number of ids"],
    [() => ({ ids: [1002], except: [1002] }), "except", "ids"],
    [() => ({ ids: [1002], days: 0 }), "days", "1 to 90"],
    [() => ({ ids: [1002], days: 91 }), "days", "1 to 90"],
  ])("the images of a plan are not binned by other arguments: %s", async (args, argument, ...facts) => {
    const { call, confirm, simulator } = await startPlanned(many(4));
    expectMistake(await call(BIN, { ...args(confirm) }), argument, ...facts);
    expect(codeRefusal(await call(BIN, { plan: `${confirm}x`, count: 3 }))).toBe("unknown");
    expect(simulator.writes()).toEqual([]);
  });

  test("all images of a plan are binned, also those of pages that nobody read", async () => {
    const harness = await start({ images: many(300), callMs: 10_000_000 });
    const answer = await harness.call(PLAN, { keep_last: 50 });
    expect(planOf(answer).next_page).toBe(2);
    const { status, binned: moved } = binOf(await harness.call(BIN, { plan: codeOf(answer), count: 250 }));
    expect([status, moved.length]).toEqual(["done", 250]);
  });
});

describe("hcloud_bin_images out of time", () => {
  test("a call out of time leaves the rest, and the same call continues", async () => {
    const { harness, call, confirm, count, simulator, clock } = await startPlanned(many(12));
    simulator.intercept = onRequest(
      3,
      ({ method }) => method === "PUT",
      () => clock.pass(31_000),
    );
    const first = binOf(await call(BIN, { plan: confirm, count }));
    expect(first.status).toBe("incomplete");
    expect(first.remaining).toBeGreaterThan(3);
    expect(first.next).toMatch(/^To continue, repeat this call\./);
    expect(first.binned.length + (first.remaining ?? 0)).toBe(count);
    const second = binOf(await call(BIN, { plan: confirm, count }));
    expect(second.status).toBe("done");
    expect([...first.binned, ...second.binned].toSorted(byNumber)).toEqual(
      Array.from({ length: count }, (_, i) => 1002 + i),
    );
    expect(second.skipped).toHaveLength(first.binned.length);
    expect(second.skipped?.every(({ why }) => why === "already in the bin until 2026-11-30")).toBe(true);
    expect(labelsOf(harness, 1001)).toEqual({});
    expect(binOf(await call(BIN, { plan: confirm, count }))).toMatchObject({
      status: "unchanged",
      binned: [],
    });
  });
});

test("a read-only server offers neither the bin nor restoring", async () => {
  const { mcp } = await start({ readOnly: true });
  const names = (await mcp.listTools()).tools.map(({ name }) => name);
  expect(names.filter((name) => /bin|restore/.test(name))).toEqual([]);
});
