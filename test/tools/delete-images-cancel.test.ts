import { describe, expect, test } from "vitest";
import type { Intercept } from "../../src/simulator/http.ts";
import { answering, apiError, correlations, failure, question, start } from "../support/answers.ts";
import {
  byNumber,
  codeOf,
  DELETE,
  deletionsOf,
  EVERY_IMAGE,
  gone,
  idIn,
  isDelete,
  isRead,
  many,
  PLAN,
  reply,
  turns,
} from "../support/cleanup.ts";

/** Twenty snapshots that a plan takes all, and a call of it that can be cancelled; its events begin after the plan. */
async function planned() {
  const images = many(20);
  const harness = await start({ images });
  const confirm = codeOf(await harness.call(PLAN, EVERY_IMAGE));
  const cancel = new AbortController();
  const carryOut = () => harness.call(DELETE, { confirm, count: 20 }, { signal: cancel.signal });
  return { ...harness, harness, images, confirm, cancel, carryOut };
}

/** The ids that an event of the log names. */
const idsIn = (event: Record<string, unknown> | undefined, key: string) =>
  ((event?.[key] ?? []) as number[]).toSorted(byNumber);

const ids = many(20).map(({ id }) => id);

/** Holds what `picks` picks until there are four, then answers all; the batch with this number goes to `then` instead. */
function inBatches(number: number, picks: typeof isRead, then: (held: (() => void)[]) => void): Intercept {
  const held: (() => void)[] = [];
  let batch = 0;
  return (request, response, apply) => {
    if (!picks(request)) return undefined;
    held.push(() => void reply(request, response, apply));
    if (held.length === 4) {
      const all = held.splice(0);
      if (++batch === number) then(all);
      else for (const answer of all) answer();
    }
    return "handled";
  };
}

describe("a cancelled call", () => {
  test("starts no further deletion, and the log names exactly what was deleted", async () => {
    const { harness, simulator, events, images, cancel, carryOut } = await planned();
    const names = correlations(
      harness,
      inBatches(3, isRead, () => cancel.abort("enough")),
    );
    await expect(carryOut()).rejects.toThrow("enough");
    await expect.poll(() => events).toHaveLength(2);
    await turns();
    expect(simulator.writes()).toHaveLength(8);
    expect(gone(harness, images)).toHaveLength(8);
    expect(events).toEqual([
      { tool: DELETE, outcome: "confirmed", ids: expect.any(Array) },
      { tool: DELETE, outcome: "incomplete", deleted: expect.any(Array), correlation_ids: names },
    ]);
    expect(idsIn(events[0], "ids")).toEqual(ids);
    expect(idsIn(events[1], "deleted")).toEqual(gone(harness, images));
  });

  test("does not delete what was read when it was cancelled", async () => {
    const { harness, simulator, events, images, cancel, carryOut } = await planned();
    simulator.intercept = inBatches(1, isRead, async (held) => {
      for (const answer of held) answer();
      cancel.abort();
    });
    await expect(carryOut()).rejects.toThrow();
    await expect.poll(() => events).toHaveLength(2);
    await turns();
    expect(gone(harness, images)).toEqual(idsIn(events[1], "deleted"));
    expect(simulator.writes().length).toBeLessThanOrEqual(4);
  });

  test("leaves the server usable, and its code used up", async () => {
    const { harness, call, simulator, events, images, confirm, cancel, carryOut } = await planned();
    simulator.intercept = inBatches(2, isRead, () => cancel.abort());
    await expect(carryOut()).rejects.toThrow();
    await expect.poll(() => events).toHaveLength(2);
    simulator.intercept = undefined;
    expect(failure(await call(DELETE, { confirm, count: 20 }))).toMatch(/^This code has been used already\./);
    const left = images.map(({ id }) => id).filter((id) => simulator.state.images.has(id));
    const again = codeOf(await call(PLAN, EVERY_IMAGE));
    const { deleted } = deletionsOf(await call(DELETE, { confirm: again, count: left.length }));
    expect(deleted.toSorted(byNumber)).toEqual(left);
    expect(gone(harness, images)).toHaveLength(20);
  });

  test("that only made a preview deletes nothing, and logs nothing as deleted", async () => {
    const { call, simulator, events, cancel } = await planned();
    simulator.intercept = inBatches(2, isRead, () => cancel.abort());
    await expect(call(DELETE, { ids }, { signal: cancel.signal })).rejects.toThrow();
    await expect.poll(() => events).toEqual([{ tool: DELETE, ids, outcome: "cancelled" }]);
    expect(simulator.writes()).toEqual([]);
  });

  test("logs also the deletions that were under way and went through", async () => {
    const { harness, simulator, events, images, cancel, carryOut } = await planned();
    simulator.intercept = inBatches(2, isDelete, async (held) => {
      cancel.abort();
      await turns();
      for (const answer of held) answer();
    });
    await expect(carryOut()).rejects.toThrow();
    await expect.poll(() => events).toHaveLength(2);
    await expect.poll(() => gone(harness, images)).toHaveLength(8);
    const logged = new Set(JSON.stringify(events[1]).match(/\d{4}/g)?.map(Number));
    for (const id of gone(harness, images)) expect(logged).toContain(id);
  });

  test("logs what was deleted also when only the money was still to be found out", async () => {
    const { harness, simulator, events, images, cancel, carryOut } = await planned();
    simulator.intercept = ({ path }) => {
      if (path !== "/pricing") return undefined;
      cancel.abort();
      return "handled";
    };
    await expect(carryOut()).rejects.toThrow();
    await expect.poll(() => events).toHaveLength(2);
    expect(gone(harness, images)).toHaveLength(20);
    expect(idsIn(events[1], "deleted")).toHaveLength(20);
  });
});

describe("the log", () => {
  test("names the ids from the question to the end", async () => {
    const harness = await start({ images: many(3) });
    const { call, events } = harness;
    const correlation_ids = correlations(harness);
    const asked = [1001, 1002, 1003];
    const { confirm } = question(await call(DELETE, { ids: asked }));
    await call(DELETE, { ids: asked, confirm: "made-up" });
    await call(DELETE, { ids: asked, confirm });
    const event = { tool: DELETE, ids: asked };
    expect(events).toEqual([
      { ...event, outcome: "preview" },
      { ...event, outcome: "refused", reason: expect.stringMatching(/^This code does not stand for/) },
      { ...event, outcome: "confirmed" },
      { ...event, outcome: "done", deleted: expect.arrayContaining(asked), correlation_ids },
    ]);
    expect(Object.keys(correlation_ids).map(Number)).toEqual(asked);
  });

  test("names what a plan's code stands for, and then what was deleted of it", async () => {
    const harness = await start({ images: many(3) });
    const { call, simulator, events } = harness;
    const confirm = codeOf(await call(PLAN, EVERY_IMAGE));
    simulator.state.images.delete(1002);
    const locked = answering("DELETE", "/images/1003", apiError(423, "locked", "busy"));
    const names = correlations(harness, locked);
    await call(DELETE, { confirm, count: 3 });
    expect(events).toEqual([
      { tool: DELETE, outcome: "confirmed", ids: [1003, 1002, 1001].toSorted(byNumber) },
      {
        tool: DELETE,
        outcome: "incomplete",
        deleted: [1001],
        skipped: [1002],
        failed: [1003],
        correlation_ids: { 1001: names[1001], 1003: "c0ffee1234567890" },
      },
    ]);
  });

  test("tells of a refused code, and never shows one", async () => {
    const { call, events } = await start({ images: many(3) });
    const confirm = codeOf(await call(PLAN, EVERY_IMAGE));
    await call(DELETE, { confirm: `${confirm}x`, count: 3 });
    await call(DELETE, { confirm, count: 2 });
    await call(DELETE, { confirm, count: 3 });
    expect(events.map(({ outcome, code }) => [outcome, code])).toEqual([
      ["failed", "code_refused"],
      ["failed", "invalid_input"],
      ["confirmed", undefined],
      ["done", undefined],
    ]);
    expect(JSON.stringify(events)).not.toContain(confirm);
  });
});

test("each deletion that reached the cloud is of an image the log said was confirmed", async () => {
  const { simulator, events, carryOut } = await planned();
  await carryOut();
  const confirmed = idsIn(events[0], "ids");
  for (const request of simulator.writes()) expect(confirmed).toContain(idIn(request));
});
