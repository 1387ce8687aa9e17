/** Changes of protection while other clients change the image, or while the API fails. */

import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import type { Intercept } from "../../src/simulator/http.ts";
import {
  alter,
  expectFailure,
  lines,
  PROTECTED,
  question,
  SNAPSHOT,
  start,
  stored,
} from "../support/answers.ts";
import { isRead, onRequest } from "../support/cleanup.ts";
import { applyThen, lost, refuseWith } from "../support/cloud.ts";
import { failOnce, RETRIES } from "../support/retries.ts";

const PROTECTION = "hcloud_change_image_protection";
const LIFT = { id: PROTECTED, delete: false };
const PROTECT = { id: SNAPSHOT, delete: true };
const isPost = ({ method }: { method: string }) => method === "POST";

/** A lift of the protection of PROTECTED that was confirmed; actions end immediately. */
async function confirmed(actionMs = 0) {
  const harness = await start({ actionMs });
  const { confirm } = question(await harness.call(PROTECTION, LIFT));
  harness.simulator.requests.length = 0;
  return { ...harness, harness, lift: () => harness.call(PROTECTION, { ...LIFT, confirm }) };
}

const CHANGES: [change: Partial<Image>, told: string][] = [
  [{ description: "theirs" }, 'description was "golden web x86", is "theirs"'],
  [{ labels: { role: "golden", keep: "", legal: "hold" } }, 'label "legal" was not set, is "hold"'],
  [{ created_from: null }, 'created_from was {"id":42,"name":"web-1"}, is not set'],
];

describe.each(RETRIES)("a confirmed lift after %s", (_, isLost, fault) => {
  test("the change is sent again when the image is as shown", async () => {
    const { harness, lift, simulator } = await confirmed();
    failOnce(harness, fault, { beforeRetry: () => undefined });
    expect((await lift()).data).toMatchObject({ status: "done", protection: { delete: false } });
    expect(simulator.writes()).toHaveLength(fault === "refused" ? 1 : 2);
    expect(lines(simulator.requests).at(-3)).toBe(`GET /images/${PROTECTED}`);
    expect(stored(harness, PROTECTED).protection.delete).toBe(false);
  });

  test.each(CHANGES)("an image that has become %j keeps its protection", async (change, told) => {
    const { harness, lift, simulator, events } = await confirmed();
    failOnce(harness, fault, { beforeRetry: () => alter(harness, PROTECTED, change) });
    const code = isLost ? "outcome_unknown" : "conflict";
    expectFailure(await lift(), code, ...(isLost ? [] : [told]));
    expect(simulator.writes().length).toBeLessThanOrEqual(1);
    expect(stored(harness, PROTECTED)).toMatchObject({ ...change, protection: { delete: true } });
    expect(events.at(-1)).toMatchObject({ outcome: "failed", code, args: LIFT });
  });
});

describe("a confirmed lift of protection", () => {
  test.each(CHANGES)(
    "an image that becomes %j before the request keeps its protection",
    async (change, told) => {
      const { harness, lift, simulator, clock } = await confirmed();
      simulator.intercept = (request) => {
        if (!isRead(request)) return;
        if (simulator.requests.length === 1) clock.pass(501);
        else alter(harness, PROTECTED, change);
      };
      expectFailure(await lift(), "conflict", PROTECTED, `: ${told}.`);
      expect(simulator.writes()).toEqual([]);
      expect(stored(harness, PROTECTED).protection.delete).toBe(true);
    },
  );

  test("a lost lift is done without an action when the image is unprotected", async () => {
    const { lift, simulator } = await confirmed();
    simulator.intercept = onRequest(1, isPost, applyThen(lost));
    expect((await lift()).data).toEqual({ status: "done", id: PROTECTED, protection: { delete: false } });
    expect(simulator.writes()).toHaveLength(1);
  });

  test("a lift that is lost twice is unknown, with the time of the last read", async () => {
    const { harness, lift, simulator } = await confirmed();
    simulator.intercept = (...request) => (isPost(request[0]) ? lost(...request) : undefined);
    expectFailure(await lift(), "outcome_unknown", "12:00:");
    expect(simulator.writes()).toHaveLength(2);
    expect(stored(harness, PROTECTED).protection.delete).toBe(true);
  });

  test("a lost lift does not return another client's action", async () => {
    const { harness, lift, simulator } = await confirmed(10_000);
    simulator.intercept = onRequest(1, isPost, (request, response, apply) => {
      // Another client protects the image at the same time, which locks it.
      const body = JSON.stringify({ delete: true });
      fetch(`${simulator.endpoint}/images/${PROTECTED}/actions/change_protection`, {
        method: "POST",
        body,
        headers: { authorization: `Bearer ${simulator.token}` },
      }).then(() => lost(request, response, apply));
      return "handled";
    });
    expectFailure(await lift(), "outcome_unknown");
    expect(lines(simulator.requests).filter((line) => line.includes("/images/actions/"))).toEqual([]);
    expect(stored(harness, PROTECTED).protection.delete).toBe(true);
  });
});

describe("switching protection on", () => {
  test("protecting does not depend on other changes by other clients", async () => {
    const harness = await start({ actionMs: 0 });
    failOnce(harness, refuseWith(409, "conflict"), {
      beforeRetry: () => alter(harness, SNAPSHOT, { description: "theirs" }),
    });
    expect((await harness.call(PROTECTION, PROTECT)).data["status"]).toBe("done");
    expect(stored(harness, SNAPSHOT)).toMatchObject({ description: "theirs", protection: { delete: true } });
  });

  test("a lost request to protect is done when the image is protected", async () => {
    const harness = await start({ actionMs: 0 });
    harness.simulator.intercept = onRequest(1, isPost, applyThen(lost));
    const { data } = await harness.call(PROTECTION, PROTECT);
    expect(data).toEqual({ status: "done", id: SNAPSHOT, protection: { delete: true } });
  });

  test("protecting an image that is gone is an error", async () => {
    const harness = await start();
    failOnce(harness, refuseWith(409, "conflict"), {
      beforeRetry: () => void harness.simulator.state.images.delete(SNAPSHOT),
    });
    expectFailure(await harness.call(PROTECTION, PROTECT), "not_found");
  });
});

test("an image that another client protects remains protected when the preview was unnecessary", async () => {
  const harness = await start();
  const { simulator, clock, events } = harness;
  simulator.intercept = (request) => {
    if (!isRead(request)) return;
    if (simulator.requests.length === 1) clock.pass(501);
    else alter(harness, SNAPSHOT, { protection: { delete: true } });
  };
  expectFailure(await harness.call(PROTECTION, { id: SNAPSHOT, delete: false }), "conflict", SNAPSHOT);
  expect(simulator.writes()).toEqual([]);
  expect(stored(harness, SNAPSHOT).protection.delete).toBe(true);
  expect(events.map(({ outcome }) => outcome)).toEqual(["started", "failed"]);
});

describe("last read of hcloud_change_image_protection", () => {
  /** Acts on the last read, which follows the change. */
  const atTheEnd = (act: Intercept): Intercept => {
    let sent = false;
    return (request, response, apply) => {
      sent ||= isPost(request);
      return sent && isRead(request) ? act(request, response, apply) : undefined;
    };
  };

  test.each([
    [PROTECT, "protected"],
    [LIFT, "unprotected"],
  ])("a call is incomplete when another client has changed the protection: %j", async (args, word) => {
    const harness = await start();
    const { confirm } = (await harness.call(PROTECTION, LIFT)).data;
    harness.events.length = 0;
    harness.simulator.intercept = atTheEnd(() =>
      alter(harness, args.id, { protection: { delete: !args.delete } }),
    );
    const { data } = await harness.call(PROTECTION, { ...args, ...(args.delete ? {} : { confirm }) });
    expect(data).toEqual({
      status: "incomplete",
      id: args.id,
      protection: { delete: !args.delete },
      action: expect.objectContaining({ status: "success" }),
      next: `The action has ended, and the image is not ${word}: another client changed it. Read it with hcloud_get_image, then decide again.`,
    });
    expect(harness.events.at(-1)).toMatchObject({ outcome: "incomplete" });
  });

  test.each([
    [403, "forbidden"],
    [404, "not_found"],
    [500, "server_error"],
  ])("a call is incomplete when the last read fails with %i %s", async (status, code) => {
    const harness = await start();
    harness.simulator.intercept = atTheEnd(refuseWith(status, code));
    const { data } = await harness.call(PROTECTION, PROTECT);
    expect(data).toEqual({
      status: "incomplete",
      id: SNAPSHOT,
      action: expect.objectContaining({ status: "success" }),
      next: "The image could not be read afterwards: read it with hcloud_get_image.",
    });
    expect(stored(harness, SNAPSHOT).protection.delete).toBe(true);
  });

  test("a call that is cancelled during the last read is logged as cancelled", async () => {
    const harness = await start();
    const cancel = new AbortController();
    harness.simulator.intercept = atTheEnd(() => {
      cancel.abort();
      return "handled";
    });
    await expect(harness.call(PROTECTION, PROTECT, { signal: cancel.signal })).rejects.toThrow();
    await expect.poll(() => harness.events.at(-1)).toMatchObject({ outcome: "cancelled", args: PROTECT });
  });
});
