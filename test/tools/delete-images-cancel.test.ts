/** A bulk deletion that is cancelled, and the audit events of bulk deletions. */

import { describe, expect, test } from "vitest";
import type { Intercept } from "../../src/simulator/http.ts";
import {
  alter,
  answering,
  apiError,
  codeRefusal,
  question,
  recordCorrelationIds,
  start,
} from "../support/answers.ts";
import {
  byNumber,
  codeOf,
  DELETE,
  deletedIds,
  deletionsOf,
  idIn,
  isDelete,
  isRead,
  many,
  PLAN,
  reply,
  runEventLoop,
} from "../support/cleanup.ts";
import { refusalIn } from "../support/code-refusals.ts";
import { startPlanned } from "../support/deletion.ts";

/** A plan that selects twenty snapshots, 1002 to 1021, and a call of it that can be cancelled. */
async function planned() {
  const plan = await startPlanned(many(21), { keep_last: 1 });
  const cancel = new AbortController();
  const carryOut = () => plan.call(DELETE, { confirm: plan.confirm, count: 20 }, { signal: cancel.signal });
  return { ...plan, cancel, carryOut };
}

/** The ids that an event of the log names. */
const idsIn = (event: Record<string, unknown> | undefined, key: string) =>
  ((event?.[key] ?? []) as number[]).toSorted(byNumber);

const ids = many(21)
  .map(({ id }) => id)
  .slice(1);

/** Of a call with a code and this count. */
const counted = (count: number) => ({ tool: DELETE, args: { count } });

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

describe("a cancelled bulk deletion", () => {
  test("a cancelled call starts no further deletion, and logs exactly the deleted images", async () => {
    const { harness, simulator, events, images, cancel, carryOut } = await planned();
    const names = recordCorrelationIds(
      harness,
      inBatches(3, isRead, () => cancel.abort("enough")),
    );
    await expect(carryOut()).rejects.toThrow("enough");
    await expect.poll(() => events).toHaveLength(2);
    await runEventLoop();
    expect(simulator.writes()).toHaveLength(8);
    expect(deletedIds(harness, images)).toHaveLength(8);
    expect(events).toEqual([
      { ...counted(20), outcome: "confirmed", by: "code", ids: expect.any(Array) },
      { ...counted(20), outcome: "incomplete", deleted: expect.any(Array), correlation_ids: names },
    ]);
    expect(idsIn(events[0], "ids")).toEqual(ids);
    expect(idsIn(events[1], "deleted")).toEqual(deletedIds(harness, images));
  });

  test("a cancelled call does not delete an image that it was reading", async () => {
    const { harness, simulator, events, images, cancel, carryOut } = await planned();
    simulator.intercept = inBatches(1, isRead, async (held) => {
      for (const answer of held) answer();
      cancel.abort();
    });
    await expect(carryOut()).rejects.toThrow();
    await expect.poll(() => events).toHaveLength(2);
    await runEventLoop();
    expect(deletedIds(harness, images)).toEqual(idsIn(events[1], "deleted"));
    expect(simulator.writes().length).toBeLessThanOrEqual(4);
  });

  test("a cancelled call leaves the server usable, and the code used", async () => {
    const { harness, call, simulator, events, images, confirm, cancel, carryOut } = await planned();
    simulator.intercept = inBatches(2, isRead, () => cancel.abort());
    await expect(carryOut()).rejects.toThrow();
    await expect.poll(() => events).toHaveLength(2);
    simulator.intercept = undefined;
    expect(codeRefusal(await call(DELETE, { confirm, count: 20 }))).toBe("used");
    const left = ids.filter((id) => simulator.state.images.has(id));
    const again = codeOf(await call(PLAN, { keep_last: 1 }));
    const { deleted } = deletionsOf(await call(DELETE, { confirm: again, count: left.length }));
    expect(deleted.toSorted(byNumber)).toEqual(left);
    expect(deletedIds(harness, images)).toHaveLength(20);
  });

  test("a cancelled preview deletes nothing and logs no deletion", async () => {
    const { call, simulator, events, cancel } = await planned();
    simulator.intercept = inBatches(2, isRead, () => cancel.abort());
    await expect(call(DELETE, { ids }, { signal: cancel.signal })).rejects.toThrow();
    await expect.poll(() => events).toEqual([{ tool: DELETE, ids, args: { ids }, outcome: "cancelled" }]);
    expect(simulator.writes()).toEqual([]);
  });

  test("a cancelled call logs the deletions in flight that took effect", async () => {
    const { harness, simulator, events, images, cancel, carryOut } = await planned();
    simulator.intercept = inBatches(2, isDelete, async (held) => {
      cancel.abort();
      await runEventLoop();
      for (const answer of held) answer();
    });
    await expect(carryOut()).rejects.toThrow();
    await expect.poll(() => events).toHaveLength(2);
    await expect.poll(() => deletedIds(harness, images)).toHaveLength(8);
    const failed = events[1]?.["failed"] as { id: number; code: string }[];
    const logged = [...idsIn(events[1], "deleted"), ...failed.map(({ id }) => id)];
    expect(logged.sort(byNumber)).toEqual(deletedIds(harness, images));
    // Their responses never came: nobody knows more than that they were sent.
    expect(new Set(failed.map(({ code }) => code))).toEqual(new Set(["outcome_unknown"]));
  });

  test("a call that is cancelled while it reads the price logs its deletions", async () => {
    const { harness, simulator, events, images, cancel, carryOut } = await planned();
    simulator.intercept = ({ path }) => {
      if (path !== "/pricing") return undefined;
      cancel.abort();
      return "handled";
    };
    await expect(carryOut()).rejects.toThrow();
    await expect.poll(() => events).toHaveLength(2);
    expect(deletedIds(harness, images)).toHaveLength(20);
    expect(idsIn(events[1], "deleted")).toHaveLength(20);
  });
});

describe("audit events of hcloud_delete_images", () => {
  test("the audit events have the ids from the preview to the end", async () => {
    const harness = await start({ images: many(3) });
    const { call, events } = harness;
    const correlation_ids = recordCorrelationIds(harness);
    const asked = [1001, 1002, 1003];
    const { confirm } = question(await call(DELETE, { ids: asked }));
    await call(DELETE, { ids: asked, confirm: "made-up" });
    await call(DELETE, { ids: asked, confirm });
    const event = { tool: DELETE, ids: asked, args: { ids: asked } };
    expect(events).toEqual([
      { ...event, outcome: "preview" },
      { ...event, outcome: "refused", reason: expect.any(String) },
      { ...event, outcome: "confirmed", by: "code" },
      { ...event, outcome: "done", deleted: expect.arrayContaining(asked), correlation_ids },
    ]);
    expect(refusalIn(String(events[1]?.["reason"]))).toBe("unknown");
    expect(Object.keys(correlation_ids).map(Number)).toEqual(asked);
  });

  test("the audit events have the images of a plan's code, and then their outcomes", async () => {
    const { harness, simulator, events, carryOut } = await startPlanned(many(4));
    simulator.state.images.delete(1003);
    const locked = answering("DELETE", "/images/1004", apiError(423, "locked", "busy"));
    const names = recordCorrelationIds(harness, locked);
    await carryOut();
    expect(events).toEqual([
      { ...counted(3), outcome: "confirmed", by: "code", ids: [1002, 1003, 1004] },
      {
        ...counted(3),
        outcome: "incomplete",
        deleted: [1002],
        skipped: [1003],
        failed: [{ id: 1004, code: "locked" }],
        correlation_ids: { 1002: names[1002], 1004: "c0ffee1234567890" },
      },
    ]);
  });

  test("the audit events have a refused code's reason, and never contain a code", async () => {
    const { call, events, confirm } = await startPlanned(many(4));
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

  test("the audit event of a call that deletes nothing is unchanged", async () => {
    const { harness, events, carryOut } = await startPlanned(many(3));
    for (const id of [1002, 1003]) alter(harness, id, { protection: { delete: true } });
    await carryOut();
    expect(events.slice(1)).toEqual([
      { ...counted(2), outcome: "unchanged", deleted: [], skipped: [1003, 1002] },
    ]);
  });
});

test("each deletion that reaches the API is of an image logged as confirmed", async () => {
  const { simulator, events, carryOut } = await planned();
  await carryOut();
  const confirmed = idsIn(events[0], "ids");
  for (const request of simulator.writes()) expect(confirmed).toContain(idIn(request));
});
