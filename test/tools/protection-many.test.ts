/** The protection of many images in one call. */

import type { Progress } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { alter, changes, expectFailure, question, refusal, rows, start, stored } from "../support/answers.ts";
import { holdInFours, many } from "../support/cleanup.ts";
import type { Harness } from "../support/harness.ts";
import { whileTimePasses } from "../support/idle-clock.ts";

const PROTECTION = "hcloud_change_image_protection";
const SYSTEM = 1009;
const MISSING = 9;
const locked = { protection: { delete: true } };

/** Ten snapshots: the first `count` are protected, and the ninth is Hetzner's. */
const project = (count: number): Image[] =>
  many(10, (i) => ({
    ...(i < count && locked),
    ...(i === SYSTEM - 1001 && { type: "system", name: "debian-12", created_from: null }),
    ...(i % 2 === 1 && { created_from: { id: 51, name: "db-1" } }),
  }));

const startWith = (count: number, actionMs = 0) => start({ images: project(count), actionMs });

const lift = (ids: number[]) => ({ ids, delete: false });
const protect = (ids: number[]) => ({ ids, delete: true });
const posts = (harness: Harness) =>
  changes(harness)
    .map(([line, body]) => [Number(line.split("/")[2]), body])
    .toSorted();
const protectedIds = ({ simulator }: Harness) =>
  [...simulator.state.images.values()].filter(({ protection }) => protection.delete).map(({ id }) => id);

describe("switching protection on", () => {
  test("protecting many images needs no confirmation, and returns a row for each in the order of the ids", async () => {
    const harness = await startWith(1);
    const ids = [1003, 1001, 1002];
    const { data } = await harness.call(PROTECTION, protect(ids));
    expect(data).toEqual({
      status: "done",
      columns: ["id", "protected", "status"],
      rows: [
        [1003, true, "done"],
        [1001, true, "unchanged"],
        [1002, true, "done"],
      ],
    });
    expect(posts(harness)).toEqual([
      [1002, { delete: true }],
      [1003, { delete: true }],
    ]);
    expect(protectedIds(harness)).toEqual([1001, 1002, 1003]);
    const event = { tool: PROTECTION, ids, args: protect(ids) };
    expect(harness.events).toEqual([
      { ...event, outcome: "started" },
      { ...event, outcome: "done", edited: [1003, 1002], correlation_ids: expect.any(Object) },
    ]);
    const correlated = harness.events[1]?.["correlation_ids"] as object;
    expect(Object.keys(correlated)).toEqual(["1002", "1003"]);
  });

  test("protecting many images reports those that failed, and protects the others", async () => {
    const harness = await startWith(0);
    alter(harness, 1002, { type: "backup", bound_to: 42 });
    const { data } = await harness.call(PROTECTION, protect([1001, MISSING, SYSTEM, 1002, 1003]));
    expect(data).toMatchObject({
      status: "incomplete",
      rows: [
        [1001, true, "done"],
        [1003, true, "done"],
      ],
      failed: [
        { id: MISSING, code: "not_found" },
        { id: SYSTEM, code: "invalid_input" },
        { id: 1002, code: "service_error" },
      ],
    });
    expect(protectedIds(harness)).toEqual([1001, 1003]);
    expect(harness.events.at(-1)).toMatchObject({
      outcome: "incomplete",
      edited: [1001, 1003],
      failed: [{ id: MISSING }, { id: SYSTEM }, { id: 1002 }],
    });
  });

  test("protecting many images sends four at a time, with progress by image", async () => {
    const harness = await start({ images: many(8), actionMs: 0 });
    const { intercept, most } = holdInFours(({ method }) => method === "POST");
    harness.simulator.intercept = intercept;
    const seen: Progress[] = [];
    const ids = many(8).map(({ id }) => id);
    const onprogress = (step: Progress) => seen.push(step);
    expect((await harness.call(PROTECTION, protect(ids), { onprogress })).data["status"]).toBe("done");
    expect(most()).toBe(4);
    expect(seen.map(({ progress, total }) => [progress, total])).toEqual(ids.map((_, i) => [i + 1, 8]));
  });
});

describe("switching protection off", () => {
  test("the preview lists the images that would lose protection, that have none and that are missing", async () => {
    const harness = await startWith(3);
    const { preview, confirm } = question(
      await harness.call(PROTECTION, lift([1002, 1001, 1005, MISSING, 1003])),
    );
    expect(preview).toMatchObject({
      will: "lift the delete protection of 3 snapshots",
      cannot_be_undone: expect.any(String),
      unprotected_already: [1005],
      not_found: [MISSING],
    });
    expect(rows({ data: preview } as never).map(({ id }) => id)).toEqual([1002, 1001, 1003]);
    expect(confirm).toMatch(/^lift the protection of 3 snapshots, web-1 2, db-1 1 #[2-9a-z]{12}$/);
    expect(harness.simulator.writes()).toEqual([]);
  });

  test("the code lifts the protection of exactly the images in the preview", async () => {
    const harness = await startWith(4);
    const args = lift([1001, 1005, MISSING, 1003]);
    const { confirm } = question(await harness.call(PROTECTION, args));
    const { data } = await harness.call(PROTECTION, { ...args, confirm });
    expect(data).toMatchObject({
      status: "incomplete",
      rows: [
        [1001, false, "done"],
        [1005, false, "unchanged"],
        [1003, false, "done"],
      ],
      failed: [{ id: MISSING, code: "not_found" }],
    });
    expect(posts(harness)).toEqual([
      [1001, { delete: false }],
      [1003, { delete: false }],
    ]);
    expect(protectedIds(harness)).toEqual([1002, 1004]);
  });

  test("the preview of a list of one names the image", async () => {
    const { call } = await startWith(1);
    const { preview, confirm } = question(await call(PROTECTION, lift([1001])));
    expect(preview["will"]).toBe("lift the delete protection of snapshot 1001");
    expect(confirm).toMatch(/^lift the protection of snapshot 1001 #/);
    expect(preview).toHaveProperty("rows");
    expect((await call(PROTECTION, { ...lift([1001]), confirm })).data["status"]).toBe("done");
  });

  test("lifting protection sends nothing, and needs no code, when no image is protected", async () => {
    const harness = await startWith(0);
    const { data } = await harness.call(PROTECTION, lift([1001, 1002]));
    expect(data).toEqual({
      status: "unchanged",
      columns: ["id", "protected", "status"],
      rows: [
        [1001, false, "unchanged"],
        [1002, false, "unchanged"],
      ],
    });
    expect(harness.simulator.writes()).toEqual([]);
    expect(harness.events.at(-1)).toMatchObject({ outcome: "unchanged", edited: [] });
  });

  test("lifting protection is refused completely when one image is Hetzner's", async () => {
    const harness = await startWith(2);
    expectFailure(await harness.call(PROTECTION, lift([1001, SYSTEM])), "invalid_input");
    expect(harness.simulator.writes()).toEqual([]);
  });
});

describe("code for lifting protection", () => {
  test.each<[what: string, args: object]>([
    ["more ids", lift([1001, 1002, 1003])],
    ["fewer ids", lift([1001])],
    ["other ids", lift([1001, 1003])],
    ["one of them as id", { id: 1001, delete: false }],
  ])("the code for lifting protection refuses %s", async (_, args) => {
    const harness = await startWith(4);
    const { confirm } = question(await harness.call(PROTECTION, lift([1001, 1002])));
    expect(refusal(await harness.call(PROTECTION, { ...args, confirm }))).toBe("other");
    expect(harness.simulator.writes()).toEqual([]);
  });

  test("the code for an id does not work for a list of that id", async () => {
    const harness = await startWith(4);
    const { confirm } = question(await harness.call(PROTECTION, { id: 1001, delete: false }));
    expect(refusal(await harness.call(PROTECTION, { ...lift([1001]), confirm }))).toBe("other");
    expect(harness.simulator.writes()).toEqual([]);
  });

  test("the code for lifting protection accepts the ids in another order", async () => {
    const { call } = await startWith(4);
    const { confirm } = question(await call(PROTECTION, lift([1001, 1002])));
    expect((await call(PROTECTION, { ...lift([1002, 1001]), confirm })).data["status"]).toBe("done");
  });

  test.each<[what: string, meddle: (harness: Harness) => void]>([
    ["changed", (harness) => alter(harness, 1002, { description: "theirs" })],
    ["unprotected", (harness) => alter(harness, 1002, { protection: { delete: false } })],
    ["deleted", ({ simulator }) => void simulator.state.images.delete(1002)],
    ["protected, which was not", (harness) => alter(harness, 1005, locked)],
  ])("the code is refused when another client has %s one of the images", async (_, meddle) => {
    const harness = await startWith(3);
    const args = lift([1001, 1002, 1005]);
    const { confirm } = question(await harness.call(PROTECTION, args));
    meddle(harness);
    const answer = await harness.call(PROTECTION, { ...args, confirm });
    expect(refusal(answer)).toBe("changed");
    expect(harness.simulator.writes()).toEqual([]);
    const fresh = question(answer).confirm;
    await harness.call(PROTECTION, { ...args, confirm: fresh });
    expect(stored(harness, 1001).protection.delete).toBe(false);
    expect(protectedIds(harness)).toEqual([1003]);
  });
});

test("the result is running while an action takes longer than a call", async () => {
  const harness = await startWith(0, 3_600_000);
  const work = harness.call(PROTECTION, protect([1001, 1002]));
  const { data } = await whileTimePasses(harness, work);
  expect(data).toMatchObject({
    status: "running",
    rows: [
      [1001, null, "running"],
      [1002, null, "running"],
    ],
    next: expect.stringContaining("hcloud_get_image"),
  });
});

test("a call waits for the actions of all images", async () => {
  const harness = await startWith(0, 7_000);
  const ids = [1001, 1002, 1003, 1004, 1005, 1006];
  const { data } = await whileTimePasses(harness, harness.call(PROTECTION, protect(ids)));
  expect(data).toMatchObject({ status: "done", rows: ids.map((id) => [id, true, "done"]) });
});
