/** What bounds one call that deletes many images: how many at a time, how long, and what stops it early. */

import { describe, expect, test } from "vitest";
import type { Intercept } from "../../src/simulator/http.ts";
import { answering, apiError, lines, question } from "../support/answers.ts";
import { NOTHING_CHANGED } from "../support/claims.ts";
import {
  byNumber,
  DELETE,
  deletedIds,
  deletionsOf,
  holdInFours,
  isDelete,
  isRead,
  many,
  onRequest,
} from "../support/cleanup.ts";
import { type Planned, startPlanned } from "../support/deletion.ts";
import type { HarnessOptions } from "../support/harness.ts";
import { whileTimePasses } from "../support/idle-clock.ts";

/** A plan that selects so many snapshots, all but 1001. */
const planned = (count: number, options: HarnessOptions = {}) =>
  startPlanned(many(count + 1), { keep_last: 1 }, options);

const selected = ({ images }: Planned) => images.slice(1).map(({ id }) => id);

describe("concurrency of hcloud_delete_images", () => {
  test("four images at most are deleted at a time", async () => {
    const { simulator, carryOut } = await planned(40);
    const fours = holdInFours((request) => isRead(request) || isDelete(request));
    simulator.intercept = fours.intercept;
    expect((await carryOut()).deleted).toHaveLength(40);
    expect(fours.most()).toBe(4);
  });

  test("four images at most are read at a time for a preview", async () => {
    const { call, simulator, images } = await planned(39);
    const fours = holdInFours(isRead);
    simulator.intercept = fours.intercept;
    question(await call(DELETE, { ids: images.map(({ id }) => id) }));
    expect(fours.most()).toBe(4);
  });
});

describe("progress of hcloud_delete_images", () => {
  test("progress is reported after each image, with one more done of the total", async () => {
    const { call, confirm, count } = await planned(25);
    const told: unknown[] = [];
    await call(DELETE, { confirm, count }, { onprogress: (progress) => told.push(progress) });
    expect(told).toEqual(
      Array.from({ length: 25 }, (_, i) => ({ progress: i + 1, total: 25, message: "deleting images" })),
    );
  });

  test("progress counts skipped and failed images as done", async () => {
    const { call, confirm, count, simulator } = await planned(10);
    simulator.state.images.delete(1003);
    simulator.intercept = answering("DELETE", "/images/1005", apiError(423, "locked", "busy"));
    const told: number[] = [];
    await call(DELETE, { confirm, count }, { onprogress: ({ progress }) => told.push(progress) });
    expect(told).toEqual(Array.from({ length: 10 }, (_, i) => i + 1));
  });
});

test.each([1, 5])(
  "no deletion begins before the rate limit has room for it, its own read and %i kept images",
  async (kept) => {
    const plan = await startPlanned(many(kept + 1), { keep_last: kept });
    const { simulator } = plan;
    const { bucket } = simulator.state;
    bucket.tokens = 2;
    const room: number[] = [];
    simulator.intercept = (request) => {
      if (!isRead(request)) return;
      const refilled = ((plan.clock.time - bucket.updated) * bucket.limit) / 3_600_000;
      room.push(Math.round(bucket.tokens + refilled));
    };
    expect((await plan.carryOut()).deleted).toHaveLength(1);
    expect(room).toHaveLength(kept + 1);
    expect(room[0]).toBe(kept + 2);
    expect(simulator.requests.filter(({ status }) => status === 429)).toEqual([]);
  },
);

describe("hcloud_delete_images out of time", () => {
  /** Each deletion takes this long. */
  const slow =
    (ms: number, clock: { pass(ms: number): void }): Intercept =>
    (request) =>
      isDelete(request) ? clock.pass(ms) : undefined;

  test.each([
    [29_999, 5],
    [30_000, 4],
  ])(
    "a call starts no deletion in its last 15 seconds: after %i ms, %i of 5 are deleted",
    async (ms, deleted) => {
      // On one connection the fifth starts when the first, the only slow one, has ended.
      const plan = await planned(5, { limits: { connections: 1 } });
      plan.simulator.intercept = onRequest(1, isDelete, () => plan.clock.pass(ms));
      const answer = await plan.carryOut();
      expect(answer.deleted).toHaveLength(deleted);
      expect(answer.remaining ?? 0).toBe(5 - deleted);
      expect(plan.simulator.state.images.has(1002)).toBe(deleted < 5);
      // The kept image is read again, and nothing is asked about the image that remains.
      const asked = lines(plan.simulator.requests).filter((line) => line === "GET /images/1002");
      expect(asked).toHaveLength(deleted - 4);
    },
  );

  test("a call out of time returns a new code for exactly the rest", async () => {
    const plan = await planned(60);
    const { harness, call, simulator, clock, confirm } = plan;
    simulator.intercept = slow(1_000, clock);
    const began = clock.time;
    const answer = await plan.carryOut();
    expect(clock.time - began).toBeLessThan(45_000);
    expect(answer.status).toBe("incomplete");
    expect(answer.deleted.length).toBeGreaterThanOrEqual(20);
    expect(deletedIds(harness, plan.images)).toEqual(answer.deleted.toSorted(byNumber));
    expect(answer.remaining).toBe(60 - answer.deleted.length);
    expect(answer.next).toMatch(new RegExp(`\\bconfirm\\b.*\\bcount ${answer.remaining}\\b`));
    expect(answer.confirm).not.toBe(confirm);
    expect(answer.confirm).toContain(`delete ${answer.remaining} snapshots, `);
    expect(answer).not.toHaveProperty("stopped");
    expect(answer).not.toHaveProperty("failed");

    simulator.intercept = undefined;
    const [bystander] = many(1);
    if (bystander) simulator.state.images.set(5, { ...bystander, id: 5, created: "2020-01-01T00:00:00Z" });
    const rest = deletionsOf(await call(DELETE, { confirm: answer.confirm, count: answer.remaining }));
    expect(rest.status).toBe("done");
    expect([...answer.deleted, ...rest.deleted].sort(byNumber)).toEqual(selected(plan));
    expect([...simulator.state.images.keys()].sort(byNumber)).toEqual([5, 1001]);
  });

  test("a deletion continues from code to code until all images are deleted, each once", async () => {
    const plan = await planned(50);
    const { call, simulator, clock, confirm, count } = plan;
    simulator.intercept = slow(5_000, clock);
    const deleted: number[] = [];
    let calls = 0;
    for (let next: Record<string, unknown> | null = { confirm, count }; next; calls++) {
      const answer = deletionsOf(await call(DELETE, next));
      deleted.push(...answer.deleted);
      next = answer.confirm ? { confirm: answer.confirm, count: answer.remaining } : null;
    }
    expect(calls).toBeGreaterThan(3);
    expect(deleted.sort(byNumber)).toEqual(selected(plan));
    expect(simulator.writes()).toHaveLength(50);
  });

  test("the rest of a deletion skips images that changed after the plan", async () => {
    const plan = await planned(60);
    const { call, simulator, clock } = plan;
    simulator.intercept = slow(1_000, clock);
    const answer = await plan.carryOut();
    simulator.intercept = undefined;
    const left = simulator.state.images.get(1002);
    if (!left) throw new Error("1002 is not left");
    simulator.state.images.set(1002, { ...left, description: "new" });
    const rest = deletionsOf(await call(DELETE, { confirm: answer.confirm, count: answer.remaining }));
    expect(rest.skipped).toEqual([
      { id: 1002, why: 'changed since it was shown: description was "snapshot 1002", is "new"' },
    ]);
    expect([...simulator.state.images.keys()]).toEqual([1001, 1002]);
  });

  test("a call deletes the oldest images first, one group after the other", async () => {
    const images = many(8, (i) => ({ created_from: { id: 1 + (i % 2), name: `web-${i % 2}` } }));
    const plan = await startPlanned(images, { keep_last: 1 }, { limits: { connections: 1 } });
    await plan.carryOut();
    const deleted = plan.simulator.writes().map(({ path }) => Number(path.split("/")[2]));
    const order = [1007, 1005, 1003, 1008, 1006, 1004];
    expect([order, [...order.slice(3), ...order.slice(0, 3)]]).toContainEqual(deleted);
  });
});

describe("errors that stop hcloud_delete_images", () => {
  const readOnly = answering("DELETE", "/images/", apiError(401, "token_readonly", "not allowed"));

  test("a read-only token stops the deletion, and the code for the rest works later", async () => {
    const plan = await planned(40);
    const { harness, call, simulator, images } = plan;
    simulator.intercept = readOnly;
    const answer = await plan.carryOut();
    expect(answer).toMatchObject({ status: "incomplete", deleted: [], freed_gb: 0, remaining: 40 });
    expect(simulator.writes().length).toBeLessThanOrEqual(4);
    expect(answer).not.toHaveProperty("failed");
    expect(answer.stopped).toContain("(token_readonly, ");
    expect(answer.stopped).toContain(NOTHING_CHANGED);
    expect(deletedIds(harness, images)).toEqual([]);

    simulator.intercept = undefined;
    const rest = deletionsOf(await call(DELETE, { confirm: answer.confirm, count: answer.remaining }));
    expect(rest).toMatchObject({ status: "done" });
    expect(rest).not.toHaveProperty("stopped");
    expect(deletedIds(harness, images)).toEqual(selected(plan));
  });

  test.each([
    ["when the token becomes invalid", "GET", 401, "unauthorized"],
    ["when the rate limit is used up", "GET", 429, "rate_limit_exceeded"],
    ["when the token may only read from then on", "DELETE", 401, "token_readonly"],
  ])("a deletion stops %s, and the code for the rest works later", async (_, method, status, code) => {
    const plan = await planned(40, { callMs: 3_600_000 });
    const { harness, call, simulator, images } = plan;
    const fault = answering(method, "/images/", apiError(status, code, "no"));
    let deletions = 0;
    simulator.intercept = (request, ...rest) => {
      if (isDelete(request)) deletions++;
      return deletions > 8 ? fault(request, ...rest) : undefined;
    };
    const answer = await whileTimePasses(harness, plan.carryOut());
    expect(answer.status).toBe("incomplete");
    expect(answer.deleted.length).toBeGreaterThanOrEqual(8);
    expect(answer.deleted.length).toBeLessThanOrEqual(12);
    expect(answer).not.toHaveProperty("failed");
    expect(answer).toHaveProperty("stopped", expect.stringContaining(`(${code}`));
    expect(deletedIds(harness, images)).toEqual(answer.deleted.toSorted(byNumber));
    const { remaining = 0 } = answer;
    expect(answer.deleted.length + remaining).toBe(40);

    simulator.intercept = undefined;
    const rest = deletionsOf(await call(DELETE, { confirm: answer.confirm, count: remaining }));
    expect(rest.deleted).toHaveLength(remaining);
    expect(deletedIds(harness, images)).toEqual(selected(plan));
  });
});

test("a price that cannot be read does not hide the deletions", async () => {
  const plan = await planned(5);
  plan.simulator.intercept = answering("GET", "/pricing", apiError(403, "forbidden"));
  const answer = await plan.carryOut();
  expect(answer.deleted).toHaveLength(5);
  expect(answer.money).toMatch(/\(forbidden\)$/);
  expect(deletedIds(plan.harness, plan.images)).toHaveLength(5);
});
