import { getEventListeners } from "node:events";
import { describe, expect, test, vi } from "vitest";
import { bucket, CALL_MS, fakeTime, pass, settle, start } from "./request-queue-support.ts";

fakeTime();

describe("who is next", () => {
  test("is whoever came first, as many as may go at a time", async () => {
    const { ask, end, granted } = start(2);
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

  test("is a later request of a call that came earlier", async () => {
    const { turns, ask, end, granted } = start(1);
    const [first, second] = [turns.arrive(), turns.arrive()];
    ask("first call", { place: first });
    ask("second call", { place: second });
    ask("first call again", { place: first });
    await settle();
    end("first call");
    await settle();
    end("first call again");
    await settle();
    expect(granted).toEqual(["first call", "first call again", "second call"]);
  });

  test("is not one whose time is up, nor one that was cancelled", async () => {
    const { ask, end, granted, refused } = start(1);
    const cancel = new AbortController();
    ask("a");
    ask("late", { ms: 10 });
    ask("cancelled", { signal: cancel.signal });
    ask("d");
    await pass(9);
    expect(refused).toEqual([]);
    await pass(1);
    cancel.abort("enough");
    await settle();
    expect(refused).toEqual(["late: deadline_exceeded", "cancelled: enough"]);
    end("a");
    await settle();
    expect(granted).toEqual(["a", "d"]);
  });

  test("is not one that comes too late, cancelled, or after the end", async () => {
    const { turns, ask, granted, refused } = start();
    ask("late", { ms: 0 });
    ask("cancelled", { signal: AbortSignal.abort("enough") });
    await settle();
    turns.close();
    ask("after the end");
    await settle();
    expect(refused).toEqual([
      "late: deadline_exceeded",
      "cancelled: enough",
      "after the end: deadline_exceeded",
    ]);
    expect(granted).toEqual([]);
  });
});

describe("a clock", () => {
  test("that is put back by a day delays nobody by more than one request takes to come back", async () => {
    const { ask, end, granted } = start();
    ask("a");
    await settle();
    end("a", bucket(3600, 5));
    vi.setSystemTime(Date.now() - 86_400_000);
    ask("b");
    await settle();
    end("b", bucket(3600, 0));
    ask("c");
    vi.setSystemTime(Date.now() - 86_400_000);
    await pass(2000);
    expect(granted).toEqual(["a", "b", "c"]);
  });

  test("that is put forward by a day fills the bucket, and no further than to its limit", async () => {
    const { ask, end, granted } = start();
    ask("a");
    await settle();
    end("a", bucket(5, 0));
    vi.setSystemTime(Date.now() + 86_400_000);
    for (let i = 1; i <= 10; i++) ask(`${i}`);
    await settle();
    expect(granted).toHaveLength(1 + 5);
  });
});

describe("what is left behind", () => {
  /** One request under way that took the last there was, and three that wait for the bucket to fill, all on one signal. */
  async function queue() {
    const world = start(3);
    const { ask, end } = world;
    const cancel = new AbortController();
    ask("a", { signal: cancel.signal });
    await settle();
    end("a", bucket(3600, 1));
    for (const name of ["b", "c", "d", "e"]) ask(name, { signal: cancel.signal });
    await settle();
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    return { ...world, cancel };
  }
  const left = ({ signal }: AbortController) => [
    vi.getTimerCount(),
    getEventListeners(signal, "abort").length,
  ];

  test("is nothing when all had their turns", async () => {
    const { end, granted, cancel } = await queue();
    for (const name of ["b", "c", "d", "e"]) {
      await pass(1000);
      end(name, bucket(3600, 0));
    }
    expect(granted).toHaveLength(5);
    expect(left(cancel)).toEqual([0, 0]);
  });

  test("is nothing when all were cancelled", async () => {
    const { end, refused, cancel } = await queue();
    cancel.abort("enough");
    end("b");
    await settle();
    expect(refused).toEqual(["c: enough", "d: enough", "e: enough"]);
    expect(left(cancel)).toEqual([0, 0]);
  });

  test("is nothing when the time of some was up, also by a clock that was put back", async () => {
    const { end, refused, cancel } = await queue();
    vi.setSystemTime(Date.now() - 86_400_000);
    await pass(CALL_MS);
    expect(refused).toEqual(["e: deadline_exceeded"]);
    for (const name of ["b", "c", "d"]) end(name);
    expect(left(cancel)).toEqual([0, 0]);
  });

  test("is nothing when it was closed", async () => {
    const { turns, end, refused, cancel } = await queue();
    turns.close();
    turns.close();
    end("b");
    await settle();
    expect(refused).toHaveLength(3);
    expect(left(cancel)).toEqual([0, 0]);
  });
});
