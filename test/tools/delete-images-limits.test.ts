import { describe, expect, test } from "vitest";
import type { Intercept } from "../../src/simulator/http.ts";
import { answering, apiError, question, start } from "../support/answers.ts";
import {
  byNumber,
  codeOf,
  DELETE,
  deletionsOf,
  EVERY_IMAGE,
  gone,
  inFours,
  isDelete,
  isRead,
  many,
  onRequest,
  PLAN,
} from "../support/cleanup.ts";
import type { HarnessOptions } from "../support/harness.ts";

/** As many snapshots, all of which a plan takes. */
async function planned(count: number, options: HarnessOptions = {}) {
  const images = many(count);
  const harness = await start({ images, ...options });
  const confirm = codeOf(await harness.call(PLAN, EVERY_IMAGE));
  return { ...harness, harness, images, confirm, count };
}

describe("at once", () => {
  test("four images are dealt with, and never more", async () => {
    const { call, simulator, confirm, count } = await planned(40);
    const fours = inFours((request) => isRead(request) || isDelete(request));
    simulator.intercept = fours.intercept;
    expect(deletionsOf(await call(DELETE, { confirm, count })).deleted).toHaveLength(40);
    expect(fours.most()).toBe(4);
  });

  test("four images are read for a preview, and never more", async () => {
    const { call, simulator, images } = await planned(40);
    const fours = inFours(isRead);
    simulator.intercept = fours.intercept;
    question(await call(DELETE, { ids: images.map(({ id }) => id) }));
    expect(fours.most()).toBe(4);
  });
});

describe("progress", () => {
  test("is told after each image, as done of total, each time one more", async () => {
    const { call, confirm, count } = await planned(25);
    const told: unknown[] = [];
    await call(DELETE, { confirm, count }, { onprogress: (progress) => told.push(progress) });
    expect(told).toEqual(
      Array.from({ length: 25 }, (_, i) => ({ progress: i + 1, total: 25, message: "deleting images" })),
    );
  });

  test("counts what is skipped and what failed as done", async () => {
    const { call, confirm, count, simulator } = await planned(10);
    simulator.state.images.delete(1003);
    simulator.intercept = answering("DELETE", "/images/1005", apiError(423, "locked", "busy"));
    const told: number[] = [];
    await call(DELETE, { confirm, count }, { onprogress: ({ progress }) => told.push(progress) });
    expect(told).toEqual(Array.from({ length: 10 }, (_, i) => i + 1));
  });
});

describe("a call that has no time left", () => {
  /** Each deletion takes this long. */
  const slow =
    (ms: number, clock: { pass(ms: number): void }): Intercept =>
    (request) =>
      isDelete(request) ? clock.pass(ms) : undefined;

  test("leaves the rest, as a number with a fresh code that goes on with exactly that", async () => {
    const { harness, call, simulator, clock, images, confirm, count } = await planned(60);
    simulator.intercept = slow(1_000, clock);
    const began = clock.time;
    const answer = deletionsOf(await call(DELETE, { confirm, count }));
    expect(clock.time - began).toBeLessThan(45_000);
    expect(answer.status).toBe("incomplete");
    expect(answer.deleted.length).toBeGreaterThanOrEqual(30);
    expect(gone(harness, images)).toEqual(answer.deleted.toSorted(byNumber));
    expect(answer.remaining).toBe(60 - answer.deleted.length);
    expect(answer.next).toBe(`To go on, call again with this confirm and count ${answer.remaining}.`);
    expect(answer.confirm).not.toBe(confirm);

    simulator.intercept = undefined;
    const [bystander] = many(1, () => ({ id: 5 }));
    if (bystander) simulator.state.images.set(5, { ...bystander, id: 5 });
    const rest = deletionsOf(await call(DELETE, { confirm: answer.confirm, count: answer.remaining }));
    expect(rest.status).toBe("done");
    expect([...answer.deleted, ...rest.deleted].sort(byNumber)).toEqual(images.map(({ id }) => id));
    expect([...simulator.state.images.keys()]).toEqual([5]);
  });

  test("goes on from code to code until all is done, and no image is deleted twice", async () => {
    const { call, simulator, clock, images, confirm, count } = await planned(50);
    simulator.intercept = slow(5_000, clock);
    const deleted: number[] = [];
    let calls = 0;
    for (let next: Record<string, unknown> | null = { confirm, count }; next; calls++) {
      const answer = deletionsOf(await call(DELETE, next));
      deleted.push(...answer.deleted);
      next = answer.confirm ? { confirm: answer.confirm, count: answer.remaining } : null;
    }
    expect(calls).toBeGreaterThan(3);
    expect(deleted.sort(byNumber)).toEqual(images.map(({ id }) => id));
    expect(simulator.writes()).toHaveLength(50);
  });

  test("shows what was changed until the rest is deleted: that is skipped as ever", async () => {
    const { call, simulator, clock, confirm, count } = await planned(60);
    simulator.intercept = slow(1_000, clock);
    const answer = deletionsOf(await call(DELETE, { confirm, count }));
    simulator.intercept = undefined;
    const [left] = simulator.state.images.values();
    if (!left) throw new Error("nothing is left");
    simulator.state.images.set(left.id, { ...left, labels: { keep: "" } });
    const rest = deletionsOf(await call(DELETE, { confirm: answer.confirm, count: answer.remaining }));
    expect(rest.skipped).toEqual([{ id: left.id, why: "changed since it was shown" }]);
    expect([...simulator.state.images.keys()]).toEqual([left.id]);
  });

  test("leaves to the rest also what was only read", async () => {
    const { call, simulator, clock, confirm, count } = await planned(12);
    simulator.intercept = (request) => (isRead(request) ? clock.pass(12_000) : undefined);
    const answer = deletionsOf(await call(DELETE, { confirm, count }));
    expect(answer.status).toBe("incomplete");
    expect(answer).not.toHaveProperty("failed");
    expect(answer).not.toHaveProperty("stopped");
    expect(answer.deleted.length + Number(answer.remaining)).toBe(12);
  });
});

describe("what would fail for every image stops the rest early, with a fresh code that works later", () => {
  const readOnly = answering("DELETE", "/images/", apiError(401, "token_readonly", "not allowed"));

  test("a token that may only read", async () => {
    const { harness, call, simulator, images, confirm, count } = await planned(40);
    simulator.intercept = readOnly;
    const answer = deletionsOf(await call(DELETE, { confirm, count }));
    expect(answer).toMatchObject({ status: "incomplete", deleted: [], freed_gb: 0 });
    expect(simulator.writes().length).toBeLessThanOrEqual(4);
    expect(answer).not.toHaveProperty("failed");
    expect(answer.remaining).toBe(40);
    const told = /^The API token may only read \(token_readonly, .*Nothing was changed\./;
    expect(answer).toHaveProperty("stopped", expect.stringMatching(told));
    expect(gone(harness, images)).toEqual([]);

    simulator.intercept = undefined;
    const rest = deletionsOf(await call(DELETE, { confirm: answer.confirm, count: answer.remaining }));
    expect(rest).toMatchObject({ status: "done" });
    expect(rest).not.toHaveProperty("stopped");
    expect(gone(harness, images)).toEqual(images.map(({ id }) => id));
  });

  test.each([
    ["a token that is no longer valid", "GET", 401, "unauthorized"],
    ["a limit that is used up", "GET", 429, "rate_limit_exceeded"],
    ["a token that may only read, halfway", "DELETE", 401, "token_readonly"],
  ])("%s", async (_, method, status, code) => {
    const { harness, call, simulator, images, confirm, count } = await planned(40);
    const fault = answering(method, "/images/", apiError(status, code, "no"));
    let deletions = 0;
    simulator.intercept = (request, ...rest) => {
      if (isDelete(request)) deletions++;
      return deletions > 8 ? fault(request, ...rest) : undefined;
    };
    const answer = deletionsOf(await call(DELETE, { confirm, count }));
    expect(answer.status).toBe("incomplete");
    expect(answer.deleted.length).toBeGreaterThanOrEqual(8);
    expect(answer.deleted.length).toBeLessThanOrEqual(12);
    expect(answer).not.toHaveProperty("failed");
    expect(answer).toHaveProperty("stopped", expect.stringContaining(`(${code}`));
    expect(gone(harness, images)).toEqual(answer.deleted.toSorted(byNumber));
    const { remaining = 0 } = answer;
    expect(answer.deleted.length + remaining).toBe(40);

    simulator.intercept = undefined;
    const rest = deletionsOf(await call(DELETE, { confirm: answer.confirm, count: remaining }));
    expect(rest.deleted).toHaveLength(remaining);
    expect(gone(harness, images)).toEqual(images.map(({ id }) => id));
  });

  test("and the code covers also those at which it was noticed", async () => {
    const { call, simulator, confirm, count } = await planned(40);
    simulator.intercept = readOnly;
    expect(deletionsOf(await call(DELETE, { confirm, count })).remaining).toBe(40);
  });
});

test("a fault in the very last request is no reason to say that nothing was deleted", async () => {
  const { harness, call, simulator, images, confirm, count } = await planned(5);
  simulator.intercept = onRequest(
    1,
    ({ path }) => path === "/pricing",
    (_, response) => {
      response.destroy();
      return "handled";
    },
  );
  expect(deletionsOf(await call(DELETE, { confirm, count })).deleted).toHaveLength(5);
  expect(gone(harness, images)).toHaveLength(5);
});
