import { describe, expect, test } from "vitest";
import type { Intercept } from "../../src/simulator/http.ts";
import { CHANGE_KINDS, IF_UNCHANGED, methodsOf, onChanges, PROJECT } from "../support/changes.ts";
import { answerAsGateway, applyThen, lost, newCall, refuseWith, startCloud } from "../support/cloud.ts";

/** A call that can be cancelled, and an intercept that cancels it when a request is the n-th; the rest goes as `next` says. */
async function start(n: number, next: Intercept = () => undefined) {
  const { client, simulator, clock } = await startCloud(PROJECT);
  const cancel = new AbortController();
  simulator.intercept = (...args) => {
    if (simulator.requests.length < n) return next(...args);
    cancel.abort("enough");
    return "handled";
  };
  return { call: newCall(client, cancel.signal), client, cancel, simulator, clock };
}

const NOT_SENT = { outcome: "notSent", error: { code: "cancelled", message: "" } };
const UNKNOWN = {
  outcome: "unknown",
  error: { code: "outcome_unknown", message: "cancelled", cause: { code: "cancelled" } },
};

describe.each(CHANGE_KINDS)("cancelling $what", ({ what, method, run, isDone }) => {
  test(`${what} is not sent when it was cancelled before it began`, async () => {
    const { client, simulator } = await startCloud(PROJECT);
    expect(await run(newCall(client, AbortSignal.abort("enough")))).toMatchObject(NOT_SENT);
    expect(simulator.requests).toEqual([]);
  });

  test(`${what} is not sent when it is cancelled in the queue`, async () => {
    const { client, simulator, hcloud } = await startCloud(PROJECT, { limits: { connections: 1 } });
    const cancel = new AbortController();
    let isHeld = false;
    simulator.intercept = () => {
      isHeld = true;
      return "handled";
    };
    const first = hcloud.getImage(2).catch(() => undefined);
    await expect.poll(() => isHeld).toBe(true);
    const outcome = run(newCall(client, cancel.signal));
    cancel.abort("enough");
    expect(await outcome).toMatchObject(NOT_SENT);
    expect(simulator.requests).toHaveLength(1);
    await client.close();
    await first;
  });

  test(`${what} is not sent when it is cancelled during its read`, async () => {
    const { call, simulator } = await start(1);
    expect(await run(call)).toMatchObject(NOT_SENT);
    expect(methodsOf(simulator)).toEqual(["GET"]);
  });

  test(`${what} is not sent when it is cancelled between its read and its sending`, async () => {
    const { call, cancel, simulator } = await start(3);
    const mismatch = () => {
      cancel.abort("enough");
      return null;
    };
    expect(await run(call, { mismatch })).toMatchObject(NOT_SENT);
    expect(methodsOf(simulator)).toEqual(["GET"]);
  });

  test(`${what} is not sent when it is cancelled during its preparation`, async () => {
    const { call, simulator } = await start(1);
    const prepare = async () => {
      await call.readImage(2);
      return null;
    };
    expect(await run(call, { ...IF_UNCHANGED, prepare })).toMatchObject(NOT_SENT);
    expect(methodsOf(simulator)).toEqual(["GET"]);
  });

  test(`${what} has an unknown outcome when it is cancelled before its response`, async () => {
    const { call, simulator } = await start(2);
    expect(await run(call)).toMatchObject(UNKNOWN);
    expect(methodsOf(simulator)).toEqual(["GET", method]);
  });

  test(`${what} has an unknown outcome when it is cancelled before its response although it was made`, async () => {
    const { client, simulator } = await startCloud(PROJECT);
    const cancel = new AbortController();
    simulator.intercept = onChanges(
      applyThen(() => {
        cancel.abort("enough");
        return "handled";
      }),
    );
    expect(await run(newCall(client, cancel.signal))).toMatchObject(UNKNOWN);
    expect(methodsOf(simulator)).toEqual(["GET", method]);
    expect(isDone(simulator)).toBe(true);
  });

  test.each([
    ["was lost", lost, UNKNOWN],
    ["was refused with 409", refuseWith(409, "conflict"), NOT_SENT],
    ["was refused with 429", refuseWith(429, "rate_limit_exceeded"), NOT_SENT],
  ])(`${what} that %s can be cancelled in the wait before its retry`, async (_, fault, expected) => {
    const { call, cancel, simulator, clock } = await start(9, onChanges(fault));
    const { sleep } = clock;
    clock.sleep = (ms, signal) => {
      cancel.abort("enough");
      return sleep(ms, signal);
    };
    expect(await run(call)).toMatchObject(expected);
    expect(methodsOf(simulator)).toEqual(["GET", method]);
  });

  test.each([
    ["was lost", lost, UNKNOWN],
    ["was refused with 409", refuseWith(409, "conflict"), NOT_SENT],
    ["failed", answerAsGateway(500), UNKNOWN],
  ])(`${what} that %s can be cancelled during the read after it`, async (_, fault, expected) => {
    const { call, simulator } = await start(3, onChanges(fault));
    expect(await run(call)).toMatchObject(expected);
    expect(methodsOf(simulator)).toEqual(["GET", method, "GET"]);
  });

  test(`${what} that was lost has an unknown outcome when its second sending is cancelled`, async () => {
    const { call, simulator } = await start(4, onChanges(lost));
    expect(await run(call)).toMatchObject(UNKNOWN);
    expect(methodsOf(simulator)).toEqual(["GET", method, "GET", method]);
  });

  test(`${what} that was refused has an unknown outcome when its second sending is cancelled`, async () => {
    const { call, simulator } = await start(4, onChanges(refuseWith(409, "conflict")));
    expect(await run(call)).toMatchObject(UNKNOWN);
    expect(methodsOf(simulator)).toEqual(["GET", method, "GET", method]);
  });
});
