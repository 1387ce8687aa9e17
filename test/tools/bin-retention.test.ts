/** A plan's policy is applied again while its images are moved to the bin. */

import { describe, expect, test } from "vitest";
import type { RecordedRequest } from "../../src/simulator/http.ts";
import { alter, expectMistake, start } from "../support/answers.ts";
import { BIN, binOf, labelsOf, RESTORE } from "../support/bin.ts";
import {
  aged,
  byNumber,
  codeOf,
  DELETE,
  deletionsOf,
  EVERY_IMAGE,
  isRead,
  many,
  onRequest,
  PLAN,
  reply,
} from "../support/cleanup.ts";
import { group, LOSSES, OF_GROUP, startPlanned } from "../support/deletion.ts";

const isPut = ({ method }: RecordedRequest) => method === "PUT";

describe("hcloud_bin_images with a plan whose policy selects less than before", () => {
  test.each([false, true])(
    "the image that is now the newest of its group is skipped with hide %j",
    async (hide) => {
      const labels = { role: "base" };
      const images = [aged(1, 40, { labels }), aged(2, 5, { labels })];
      const { harness, call, confirm, simulator } = await startPlanned(images);
      simulator.state.images.delete(2);
      expect(binOf(await call(BIN, { plan: confirm, count: 1, hide }))).toMatchObject({
        status: "unchanged",
        binned: [],
        skipped: [{ id: 1, why: "the policy now keeps it: keep_last" }],
      });
      expect(labelsOf(harness, 1)).toEqual(labels);
      expect(simulator.writes()).toEqual([]);
    },
  );

  test("an image that left the images of the plan is skipped", async () => {
    const { harness, call, confirm, count } = await startPlanned(group(3), { keep_last: 1, ...OF_GROUP });
    alter(harness, 1003, { labels: { role: "web" } });
    expect(binOf(await call(BIN, { plan: confirm, count }))).toMatchObject({
      binned: [1002],
      skipped: [{ id: 1003, why: expect.stringContaining('label "env" was "prod", is not set') }],
    });
  });

  test("a plan of chosen ids has no policy, and its images are moved whatever else is gone", async () => {
    const { call, simulator } = await start({ images: many(2) });
    const plan = codeOf(await call(PLAN, { ids: [1002] }));
    simulator.state.images.delete(1001);
    expect(binOf(await call(BIN, { plan, count: 1 })).binned).toEqual([1002]);
  });

  test.each(LOSSES)("another image is kept when a kept image is %s during the call", async (_, lose) => {
    const planned = await startPlanned(group(14), { keep_last: 1, ...OF_GROUP });
    const { harness, call, confirm, count, clock, simulator } = planned;
    simulator.intercept = onRequest(2, isPut, () => {
      lose(harness, 1001);
      clock.pass(2_001);
    });
    const answer = binOf(await call(BIN, { plan: confirm, count, hide: true }));
    expect(answer.skipped).toEqual([{ id: 1002, why: "the policy now keeps it: keep_last" }]);
    expect(answer.binned).toHaveLength(count - 1);
    expect(labelsOf(harness, 1002)).toEqual({ role: "web", env: "prod" });
  });

  test("a further call with the plan moves nothing in favour of images that are in the bin", async () => {
    const { call, confirm, simulator } = await startPlanned(many(4));
    await call(BIN, { plan: confirm, ids: [1002] });
    simulator.state.images.delete(1001);
    const answer = binOf(await call(BIN, { plan: confirm, count: 3 }));
    expect(answer.binned).toEqual([1004]);
    expect(answer.skipped?.map(({ id }) => id).toSorted(byNumber)).toEqual([1002, 1003]);
  });

  test("images that were restored count as kept again", async () => {
    const { call, confirm, count, carryOut, simulator } = await startPlanned(many(3));
    await call(BIN, { plan: confirm, count });
    await call(RESTORE, { ids: [1002, 1003] });
    simulator.state.images.delete(1001);
    expect(await carryOut()).toMatchObject({
      deleted: [1003],
      skipped: [{ id: 1002, why: "the policy now keeps it: keep_last" }],
    });
  });

  test("nothing is deleted in favour of an image that another call is moving to the bin", async () => {
    const { call, carryOut, simulator } = await startPlanned(many(3));
    const every = codeOf(await call(PLAN, EVERY_IMAGE));
    const held = new Promise<() => void>((resolve) => {
      simulator.intercept = (request, response, apply) => {
        if (!isPut(request)) return undefined;
        resolve(() => reply(request, response, apply));
        return "handled";
      };
    });
    const moving = call(BIN, { plan: every, ids: [1001] });
    const release = await held;
    const deleting = await carryOut();
    release();
    expect(binOf(await moving).binned).toEqual([1001]);
    expect(deleting).toMatchObject({
      deleted: [1003],
      skipped: [{ id: 1002, why: "the policy now keeps it: keep_last" }],
    });
  });
});

describe("hcloud_bin_images with a plan and ids", () => {
  test("only these images of the plan are moved, each while it is as the plan showed it", async () => {
    const { harness, call, confirm } = await startPlanned(many(5));
    alter(harness, 1003, { description: "in use" });
    expect(binOf(await call(BIN, { plan: confirm, ids: [1002, 1003], count: 2 }))).toMatchObject({
      binned: [1002],
      skipped: [{ id: 1003, why: expect.stringContaining("changed since it was shown") }],
    });
    expect([labelsOf(harness, 1004), labelsOf(harness, 1005)]).toEqual([{}, {}]);
  });

  test("an id that the plan does not select is refused, and nothing is moved", async () => {
    const { call, confirm, simulator } = await startPlanned(many(3));
    expectMistake(await call(BIN, { plan: confirm, ids: [1001, 1002] }), "ids", " 1001.");
    expect(simulator.writes()).toEqual([]);
  });

  test("nothing is deleted in favour of an image that another call moved to the bin after it was read", async () => {
    const { call, confirm, count, simulator, clock } = await startPlanned(many(3));
    const plan = codeOf(await call(PLAN, EVERY_IMAGE));
    let isFirst = true;
    simulator.intercept = (request, response, apply) => {
      if (!isFirst || request.path !== "/images") return undefined;
      isFirst = false;
      const end = response.end.bind(response);
      const endLater = (...args: Parameters<typeof end>) => {
        clock.pass(300);
        void call(BIN, { plan, ids: [1001] }).then(() => end(...args));
        return response;
      };
      Object.assign(response, { end: endLater });
      reply(request, response, apply);
      return "handled";
    };
    expect(deletionsOf(await call(DELETE, { confirm, count }))).toMatchObject({
      deleted: [1003],
      skipped: [{ id: 1002, why: "the policy now keeps it: keep_last" }],
    });
  });

  test.each([false, true])("many kept images are read again by pages, with hide %j", async (hide) => {
    // The kept images have the highest ids, so that those that leave move them to other pages.
    const images = group(200).map((image, i) => ({ ...image, id: 2000 - i }));
    const planned = await startPlanned(images, { keep_last: 100, ...OF_GROUP }, { callMs: 3_600_000 });
    const { call, confirm, count, simulator, clock } = planned;
    let moved = 0;
    simulator.intercept = (request) => {
      if (isPut(request) && ++moved % 10 === 0) clock.pass(1_001);
      return undefined;
    };
    const before = simulator.requests.length;
    expect(binOf(await call(BIN, { plan: confirm, count, hide })).binned).toHaveLength(100);
    const alone = simulator.requests
      .slice(before)
      .filter((one) => isRead(one) && Number(one.path.slice(8)) > 1900);
    expect(alone.length).toBeLessThan(10);
  });
});
