/** What a plan's confirmed call leaves of a group when the images that are kept of it are lost during the call. */

import { describe, expect, test } from "vitest";
import type { Intercept, RecordedRequest } from "../../src/simulator/http.ts";
import { alter } from "../support/answers.ts";
import { idIn, isDelete, isRead, onRequest, reply, runEventLoop } from "../support/cleanup.ts";
import { failFirst, refuseWith } from "../support/cloud.ts";
import { group, LOSSES, OF_GROUP, startPlanned, usable } from "../support/deletion.ts";
import { whileTimePasses } from "../support/idle-clock.ts";

/** How long ago kept images may have been read when a deletion is sent, in ms. */
const MAX_AGE_MS = 2_000;

describe.each(LOSSES)("when a kept image is %s during the call, its group keeps another one", (_, lose) => {
  test.each<[policy: object, lost: number, next: number]>([
    [{ created_before: "2026-11-23" }, 1001, 1002],
    [{ keep_last: 3 }, 1001, 1004],
    [{ keep_last: 3 }, 1003, 1004],
    [{ keep_last: 1, keep_daily: 3 }, 1002, 1004],
    [{ keep_within_days: 3, allow_empty_groups: true }, 1001, 1004],
  ])("another image is kept by %j without image %i", async (policy, lost, next) => {
    const { harness, carryOut, clock, simulator, count } = await startPlanned(group(14), {
      ...policy,
      ...OF_GROUP,
    });
    simulator.intercept = onRequest(2, isDelete, () => {
      lose(harness, lost);
      clock.pass(MAX_AGE_MS + 1);
    });
    const answer = await carryOut();
    expect(answer.skipped).toEqual([
      { id: next, why: expect.stringMatching(/: (newest of its group|keep_)/) },
    ]);
    expect(answer.deleted).toHaveLength(count - 1);
    expect(usable(harness)).toHaveLength(14 - count);
  });

  test("a third image is kept when the replacement is lost as well", async () => {
    const { harness, carryOut, clock, simulator } = await startPlanned(group(14), {
      keep_last: 1,
      ...OF_GROUP,
    });
    let deletions = 0;
    simulator.intercept = (request) => {
      if (!isDelete(request)) return;
      deletions++;
      if (deletions === 2) lose(harness, 1001);
      if (deletions === 6) lose(harness, 1002);
      if (deletions === 2 || deletions === 6) clock.pass(MAX_AGE_MS + 1);
    };
    const answer = await carryOut();
    expect(answer.skipped).toContainEqual({ id: 1003, why: "the policy now keeps it: keep_last" });
    expect(answer.deleted).toHaveLength(11);
    expect(usable(harness)).toEqual([1003]);
  });

  test("another image is kept whichever request the loss precedes", async () => {
    let requests = Number.POSITIVE_INFINITY;
    // Four deletions may be on their way at the end, for which the loss comes too late.
    for (let n = 1; n < requests - 8; n++) {
      const { harness, carryOut, clock, simulator } = await startPlanned(group(12), {
        keep_last: 2,
        ...OF_GROUP,
      });
      const asked = simulator.requests.length;
      simulator.intercept = onRequest(n, isOfImages, () => {
        lose(harness, 1001);
        clock.pass(MAX_AGE_MS + 1);
      });
      const { deleted, skipped = [] } = await carryOut();
      requests = simulator.requests.slice(asked).filter(isOfImages).length;
      expect(usable(harness).length, `request ${n}`).toBeGreaterThanOrEqual(2);
      expect(deleted.length + skipped.length).toBe(10);
    }
  });
});

const isOfImages = ({ path }: RecordedRequest) => path.startsWith("/images");

test("a backup that becomes a snapshot during the call no longer counts as kept", async () => {
  const images = group(10, () => ({ type: "backup", bound_to: 42 }));
  const policy = { type: "backup", keep_last: 1, ...OF_GROUP };
  const { harness, carryOut, clock, simulator } = await startPlanned(images, policy);
  simulator.intercept = onRequest(2, isDelete, () => {
    alter(harness, 1001, { type: "snapshot", bound_to: null });
    clock.pass(MAX_AGE_MS + 1);
  });
  expect((await carryOut()).skipped).toMatchObject([{ id: 1002 }]);
  expect(usable(harness)).toEqual([1001, 1002]);
});

describe("a kept image that cannot be read", () => {
  /** The list is too old by the time of the deletions, and reads of 1001 are answered so. */
  async function unreadable(fault: Intercept) {
    const plan = await startPlanned(group(4), { keep_last: 1, ...OF_GROUP }, { callMs: 3_600_000 });
    plan.simulator.intercept = (request, ...rest) => {
      if (request.path === "/images") plan.clock.pass(1_001);
      return isRead(request) && idIn(request) === 1001 ? fault(request, ...rest) : undefined;
    };
    return { ...plan, answer: await whileTimePasses(plan.harness, plan.carryOut()) };
  }

  test("a kept image that cannot be read does not count as gone, and nothing of its group is deleted", async () => {
    const { harness, simulator, answer } = await unreadable(refuseWith(500, "server_error"));
    expect(answer).toMatchObject({ status: "incomplete", deleted: [] });
    expect(answer).not.toHaveProperty("skipped");
    expect(answer.failed?.map(({ id, code }) => [id, code]).sort()).toEqual([
      [1002, "server_error"],
      [1003, "server_error"],
      [1004, "server_error"],
    ]);
    expect(simulator.writes()).toEqual([]);
    expect(usable(harness)).toEqual([1001, 1002, 1003, 1004]);
  });

  test("a kept image is read again after a temporary failure", async () => {
    const fails = failFirst(2, "GET", refuseWith(503, "unavailable"));
    const { harness, answer } = await unreadable(fails);
    expect(answer).toMatchObject({ status: "done" });
    expect(usable(harness)).toEqual([1001]);
  });
});

test("an image whose deletion is in flight does not count as kept", async () => {
  const { harness, carryOut, clock, simulator } = await startPlanned(group(3), { keep_last: 1, ...OF_GROUP });
  let answerRead = () => {};
  let answerDeletion = () => {};
  simulator.intercept = (request, response, apply) => {
    const id = idIn(request);
    const answer = () => void reply(request, response, apply);
    if (isRead(request) && id === 1003 && simulator.writes().length === 0) {
      answerRead = answer;
      return "handled";
    }
    if (isDelete(request) && id === 1002) {
      answerDeletion = answer;
      simulator.state.images.delete(1001);
      // The read of 1003 is too old now: it is decided on again, while 1002 can still be read.
      clock.pass(1_001);
      answerRead();
      return "handled";
    }
    if (isRead(request) && id === 1001) void runEventLoop(300).then(answerDeletion);
    return undefined;
  };
  const answer = await carryOut();
  expect(answer.deleted).toEqual([1002]);
  expect(answer.skipped).toEqual([{ id: 1003, why: "the policy now keeps it: keep_last" }]);
  expect(usable(harness)).toEqual([1003]);
});
