import { getEventListeners } from "node:events";
import { describe, expect, test, vi } from "vitest";
import { CALL_MS } from "../support/cloud.ts";
import { pass, rateLimit, settle, startQueue, useFakeTime } from "../support/request-queue.ts";

useFakeTime();

describe("createRequestQueue", () => {
  test("grants permits in order of arrival, as many as may be in flight", async () => {
    const { ask, end, granted } = startQueue(2);
    for (const name of ["a", "b", "c", "d"]) ask(name);
    await settle();
    expect(granted).toEqual(["a", "b"]);
    end("b");
    await settle();
    expect(granted).toEqual(["a", "b", "c"]);
    end("a");
    end("c");
    await settle();
    expect(granted).toEqual(["a", "b", "c", "d"]);
  });

  test("grants a permit to an earlier call before all later calls", async () => {
    const { queue, ask, end, granted } = startQueue(1);
    const [first, second] = [queue.nextTicket(), queue.nextTicket()];
    ask("first call", { ticket: first });
    ask("second call", { ticket: second });
    ask("first call again", { ticket: first });
    await settle();
    end("first call");
    await settle();
    end("first call again");
    await settle();
    expect(granted).toEqual(["first call", "first call again", "second call"]);
  });

  test("rejects a request at its deadline, and when it is cancelled", async () => {
    const { ask, end, granted, rejected } = startQueue(1);
    const cancel = new AbortController();
    ask("a");
    ask("late", { ms: 10 });
    ask("cancelled", { signal: cancel.signal });
    ask("d");
    await pass(9);
    expect(rejected).toEqual([]);
    await pass(1);
    cancel.abort("enough");
    await settle();
    expect(rejected).toEqual(["late: deadline_exceeded", "cancelled: enough"]);
    end("a");
    await settle();
    expect(granted).toEqual(["a", "d"]);
  });

  test("rejects a request that comes after its deadline, cancelled, or after closing", async () => {
    const { queue, ask, granted, rejected } = startQueue();
    ask("late", { ms: 0 });
    ask("cancelled", { signal: AbortSignal.abort("enough") });
    await settle();
    queue.close();
    ask("after closing");
    await settle();
    expect(rejected).toEqual([
      "late: deadline_exceeded",
      "cancelled: enough",
      "after closing: deadline_exceeded",
    ]);
    expect(granted).toEqual([]);
  });
});

describe("rate limit of the queue", () => {
  test("the rate limit delays no request by more than one refill when the clock is set back by a day", async () => {
    const { ask, end, granted } = startQueue();
    ask("a");
    await settle();
    end("a", rateLimit(3600, 5));
    vi.setSystemTime(Date.now() - 86_400_000);
    ask("b");
    await settle();
    end("b", rateLimit(3600, 0));
    ask("c");
    vi.setSystemTime(Date.now() - 86_400_000);
    await pass(2000);
    expect(granted).toEqual(["a", "b", "c"]);
  });

  test("the rate limit refills no further than its maximum when the clock is set forward by a day", async () => {
    const { ask, end, granted } = startQueue();
    ask("a");
    await settle();
    end("a", rateLimit(5, 0));
    vi.setSystemTime(Date.now() + 86_400_000);
    for (let i = 1; i <= 10; i++) ask(`${i}`);
    await settle();
    expect(granted).toHaveLength(1 + 5);
  });
});

describe("timers and listeners of the queue", () => {
  /** One request in flight, the last that the rate limit allows, and three that wait, all on one signal. */
  async function startFull() {
    const world = startQueue(3);
    const { ask, end } = world;
    const cancel = new AbortController();
    ask("a", { signal: cancel.signal });
    await settle();
    end("a", rateLimit(3600, 1));
    for (const name of ["b", "c", "d", "e"]) ask(name, { signal: cancel.signal });
    await settle();
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    return { ...world, cancel };
  }
  const left = ({ signal }: AbortController) => [
    vi.getTimerCount(),
    getEventListeners(signal, "abort").length,
  ];

  test("leaves no timer or listener when all requests have ended", async () => {
    const { end, granted, cancel } = await startFull();
    for (const name of ["b", "c", "d", "e"]) {
      await pass(1000);
      end(name, rateLimit(3600, 0));
    }
    expect(granted).toHaveLength(5);
    expect(left(cancel)).toEqual([0, 0]);
  });

  test("leaves no timer or listener when all requests were cancelled", async () => {
    const { end, rejected, cancel } = await startFull();
    cancel.abort("enough");
    end("b");
    await settle();
    expect(rejected).toEqual(["c: enough", "d: enough", "e: enough"]);
    expect(left(cancel)).toEqual([0, 0]);
  });

  test("leaves no timer or listener after deadlines, even when the clock was set back", async () => {
    const { end, rejected, cancel } = await startFull();
    vi.setSystemTime(Date.now() - 86_400_000);
    await pass(CALL_MS);
    expect(rejected).toEqual(["e: deadline_exceeded"]);
    for (const name of ["b", "c", "d"]) end(name);
    expect(left(cancel)).toEqual([0, 0]);
  });

  test("leaves no timer or listener when it was closed", async () => {
    const { queue, end, rejected, cancel } = await startFull();
    queue.close();
    queue.close();
    end("b");
    await settle();
    expect(rejected).toHaveLength(3);
    expect(left(cancel)).toEqual([0, 0]);
  });
});
