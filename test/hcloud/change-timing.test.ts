import { describe, expect, test } from "vitest";
import type { Client } from "../../src/hcloud/client.ts";
import type { ImagesApi } from "../../src/hcloud/images.ts";
import type { Intercept, RecordedRequest, Simulator } from "../../src/simulator/http.ts";
import {
  CHANGE_KINDS,
  ChangedError,
  changeByOther,
  IF_UNCHANGED,
  methodsOf,
  onChanges,
  PROJECT,
} from "../support/changes.ts";
import { lost, newCall, refuseWith, startCloud } from "../support/cloud.ts";
import { type FakeClock, NOON } from "../support/harness.ts";

/** Records when each request arrives, by the fake clock; then `next` handles it. */
function recordTimes(simulator: Simulator, clock: FakeClock, next: Intercept = () => undefined) {
  const arrivals: { request: RecordedRequest; at: number }[] = [];
  simulator.intercept = (request, ...rest) => {
    arrivals.push({ request, at: clock.now() });
    return next(request, ...rest);
  };
  return {
    arrivals,
    /** Time from the last read of the image before its change, in ms. */
    age() {
      const changedAt = arrivals.findIndex(({ request }) => request.method !== "GET");
      const readAt = arrivals.findLastIndex(
        ({ request }, i) => i < changedAt && request.method === "GET" && request.path === "/images/1",
      );
      const [read, change] = [arrivals[readAt], arrivals[changedAt]];
      if (!read || !change) throw new Error("no change after a read");
      return change.at - read.at;
    },
  };
}

/** Lets reads number n (from 1) take as long as is given for them. */
function slowReads(clock: FakeClock, ...ms: number[]): Intercept {
  let reads = 0;
  return ({ method, path }) => {
    if (method === "GET" && path === "/images/1") clock.pass(ms[reads++] ?? 0);
    return undefined;
  };
}

describe.each(CHANGE_KINDS)("the time before $what", ({ what, method, run, isDone }) => {
  test(`${what} is sent after a read that took a second`, async () => {
    const { hcloud, simulator, clock } = await startCloud(PROJECT);
    const { age } = recordTimes(simulator, clock, slowReads(clock, 1000));
    expect(await run(hcloud)).toMatchObject({ outcome: "done" });
    expect(methodsOf(simulator)).toEqual(["GET", method]);
    expect(age()).toBe(1000);
  });

  test(`${what} is read again after a read that took longer than a second`, async () => {
    const { hcloud, simulator, clock } = await startCloud(PROJECT);
    const { age } = recordTimes(simulator, clock, slowReads(clock, 1001, 5000, 300));
    expect(await run(hcloud)).toMatchObject({ outcome: "done" });
    expect(methodsOf(simulator)).toEqual(["GET", "GET", "GET", method]);
    expect(age()).toBe(300);
  });

  test(`${what} is compared with the last of slow reads`, async () => {
    const { hcloud, simulator, clock } = await startCloud(PROJECT);
    const slow = slowReads(clock, 1001);
    simulator.intercept = (...args) => {
      if (simulator.requests.length === 2) changeByOther(simulator);
      return slow(...args);
    };
    expect(await run(hcloud)).toMatchObject({ outcome: "refused", error: expect.any(ChangedError) });
    expect(methodsOf(simulator)).toEqual(["GET", "GET"]);
  });

  test(`${what} is prepared again before each repetition of a slow read`, async () => {
    const { hcloud, simulator, clock } = await startCloud(PROJECT);
    simulator.intercept = slowReads(clock, 1001);
    let prepared = 0;
    const prepare = async () => (++prepared === 2 ? new Error("kept") : null);
    expect(await run(hcloud, { ...IF_UNCHANGED, prepare })).toMatchObject({ outcome: "refused" });
    expect(methodsOf(simulator)).toEqual(["GET", "GET"]);
  });

  test(`${what} is not sent when three reads took longer than a second`, async () => {
    const { hcloud, simulator, clock } = await startCloud(PROJECT);
    simulator.intercept = slowReads(clock, 1001, 1001, 1001);
    expect(await run(hcloud)).toMatchObject({
      outcome: "notSent",
      error: { code: "too_slow", message: "every read took more than a second" },
    });
    expect(methodsOf(simulator)).toEqual(["GET", "GET", "GET"]);
    expect(isDone(simulator)).toBe(false);
  });

  test(`${what} is not sent in the last ten seconds of its call, whatever took the time before`, async () => {
    const { hcloud, simulator, clock } = await startCloud(PROJECT);
    simulator.intercept = slowReads(clock, 20_000, 14_000, 1_000);
    expect(await run(hcloud)).toMatchObject({
      outcome: "notSent",
      error: { code: "deadline_exceeded", message: "the reads before took too long" },
    });
    expect(methodsOf(simulator)).toEqual(["GET", "GET", "GET"]);
  });

  test(`${what} that was lost has an unknown outcome when the reads before a retry are slow`, async () => {
    const { hcloud, simulator, clock } = await startCloud(PROJECT);
    const [slow, fault] = [slowReads(clock, 0, 1001, 1001, 1001), onChanges(lost)];
    simulator.intercept = (request, ...rest) => (request.method === "GET" ? slow : fault)(request, ...rest);
    expect(await run(hcloud)).toMatchObject({
      outcome: "unknown",
      error: { cause: { code: "connection_lost" } },
    });
    expect(methodsOf(simulator)).toEqual(["GET", method, "GET", "GET", "GET", "GET"]);
  });

  test(`${what} that was refused with 409 remains refused when the reads before a retry are slow`, async () => {
    const { hcloud, simulator, clock } = await startCloud(PROJECT);
    const [slow, fault] = [slowReads(clock, 0, 1001, 1001, 1001), onChanges(refuseWith(409, "conflict"))];
    simulator.intercept = (request, ...rest) => (request.method === "GET" ? slow : fault)(request, ...rest);
    expect(await run(hcloud)).toMatchObject({ outcome: "refused", error: { code: "conflict" } });
    expect(simulator.writes()).toHaveLength(1);
  });
});

/** Holds all permits but one permanently; the requests of an earlier call queue for the last, and each takes 400 ms. */
async function startBusy() {
  const { client, simulator, clock, hcloud: earlier } = await startCloud(PROJECT);
  const later = newCall(client);
  const queued: Promise<unknown>[] = [];
  const queue = (count: number) => {
    for (let i = 0; i < count; i++) queued.push(earlier.listImages({ page: i + 1 }).catch(() => undefined));
  };
  const hold: Intercept = ({ path }) => {
    if (path === "/images/2") return "handled";
    clock.pass(400);
    // More requests of the earlier call, which come before any further one of the later call.
    if (path === "/images/1") queue(10);
    return undefined;
  };
  const times = recordTimes(simulator, clock, hold);
  const held = Array.from({ length: 15 }, () => earlier.getImage(2).catch(() => undefined));
  await expect.poll(() => simulator.requests.length).toBe(15);
  return { client, simulator, clock, later, queue, times, end: () => endAll(client, [...held, ...queued]) };
}

async function endAll(client: Client, requests: Promise<unknown>[]): Promise<void> {
  await client.close();
  await Promise.all(requests);
}

describe.each(CHANGE_KINDS)("$what behind many requests", ({ what, method, run, isDone }) => {
  test(`${what} is sent within a second of its read when all 16 permits are used`, async () => {
    const { simulator, clock, later, queue, times, end } = await startBusy();
    await later.readImage(1);
    queue(30);
    expect(await run(later)).toMatchObject({ outcome: "done" });
    expect(clock.now()).toBeGreaterThan(NOON + 12_000);
    expect(times.age()).toBe(400);
    expect(simulator.writes().map(({ method }) => method)).toEqual([method]);
    await end();
  });

  test(`${what} is refused when another client changed the image while all 16 permits were used`, async () => {
    const { simulator, later, queue, end } = await startBusy();
    await later.getImage(1);
    queue(30);
    const outcome = run(later);
    changeByOther(simulator);
    expect(await outcome).toMatchObject({ outcome: "refused", error: expect.any(ChangedError) });
    expect(isDone(simulator)).toBe(false);
    await end();
  });

  test.each([
    [3600, 1000],
    [150, 24_000],
  ])(
    `${what} waits before its read when the rate limit of %i allows one more request`,
    async (rateLimit, ms) => {
      const { hcloud, simulator, clock } = await startCloud({ ...PROJECT, rateLimit });
      simulator.state.bucket.tokens = 2;
      const times = recordTimes(simulator, clock);
      await hcloud.getImage(2);
      expect(await run(hcloud)).toMatchObject({ outcome: "done" });
      expect(clock.now()).toBeGreaterThanOrEqual(NOON + ms);
      expect(times.age()).toBe(0);
      expect(simulator.requests.map(({ status }) => status)).not.toContain(429);
    },
  );

  test(`${what} reserves the requests of its preparation`, async () => {
    const { hcloud, simulator, clock } = await startCloud(PROJECT);
    simulator.state.bucket.tokens = 3;
    await hcloud.getImage(2);
    const guards = {
      ...IF_UNCHANGED,
      preparations: 2,
      async prepare(permit: Parameters<ImagesApi["readImage"]>[1]) {
        for (const id of [2, 3]) await hcloud.readImage(id, permit);
        return null;
      },
    };
    const times = recordTimes(simulator, clock);
    expect(await run(hcloud, guards)).toMatchObject({ outcome: "done" });
    expect(clock.slept).toEqual([2000]);
    expect(new Set(times.arrivals.map(({ at }) => at))).toEqual(new Set([NOON + 2000]));
  });

  test(`${what} returns its permit, whatever its outcome`, async () => {
    const { client, simulator } = await startCloud(PROJECT, { limits: { connections: 1 } });
    const defect = new TypeError("a defect");
    const mismatch = () => {
      throw defect;
    };
    await expect(run(newCall(client), { mismatch })).rejects.toBe(defect);
    for (const fault of [refuseWith(423, "locked"), refuseWith(500, "server_error"), lost]) {
      simulator.intercept = onChanges(fault);
      await run(newCall(client));
    }
    await newCall(client).getImage(2);
  });
});
