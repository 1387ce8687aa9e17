import { describe, expect, test } from "vitest";
import { CALL_MS } from "../support/cloud.ts";
import { pass, rateLimit, settle, startQueue, useFakeTime } from "../support/request-queue.ts";

useFakeTime();

describe("RateLimit", () => {
  test("lets requests pass while no response has stated the limit", async () => {
    const { queue, ask, granted } = startQueue();
    for (let i = 1; i <= 20; i++) ask(`${i}`);
    await settle();
    expect(granted).toHaveLength(16);
    expect(queue.rateLimit()).toBeNull();
  });

  test("returns the values of the last response", async () => {
    const { queue, ask, end } = startQueue();
    ask("a");
    await settle();
    end("a", rateLimit(3600, 17));
    expect(queue.rateLimit()).toEqual({ limit: 3600, remaining: 17 });
  });

  test("lets one request pass each time the used-up limit has refilled by one", async () => {
    const { ask, end, granted } = startQueue();
    ask("a");
    await settle();
    end("a", rateLimit(3600, 0));
    for (const name of ["b", "c"]) ask(name);
    await pass(999);
    expect(granted).toEqual(["a"]);
    await pass(1);
    expect(granted).toEqual(["a", "b"]);
    end("b", rateLimit(3600, 0));
    await pass(999);
    expect(granted).toEqual(["a", "b"]);
    await pass(1);
    expect(granted).toEqual(["a", "b", "c"]);
  });

  test("lets no more requests pass than are left, whatever is still in flight", async () => {
    const { ask, end, granted } = startQueue();
    ask("a");
    await settle();
    end("a", rateLimit(3600, 3));
    for (const name of ["b", "c", "d", "e", "f"]) ask(name);
    await settle();
    expect(granted).toEqual(["a", "b", "c", "d"]);
    end("b", rateLimit(3600, 2));
    end("d", rateLimit(3600, 1));
    await settle();
    expect(granted).toEqual(["a", "b", "c", "d"]);
    end("c", rateLimit(3600, 0));
    await pass(1000);
    expect(granted).toEqual(["a", "b", "c", "d", "e"]);
  });

  test("does not rise when a response arrives after a later one", async () => {
    const { ask, end, granted } = startQueue();
    ask("counted first");
    ask("counted second");
    await settle();
    end("counted second", rateLimit(3600, 1));
    end("counted first", rateLimit(3600, 2));
    for (const name of ["c", "d"]) ask(name);
    await settle();
    expect(granted).toEqual(["counted first", "counted second", "c"]);
  });

  test("rises to the value of a response whose request ran alone", async () => {
    const { ask, end, granted } = startQueue();
    ask("a");
    await settle();
    end("a", rateLimit(3600, 0));
    for (const name of ["b", "c", "d"]) ask(name);
    await pass(1000);
    expect(granted).toEqual(["a", "b"]);
    end("b", rateLimit(3600, 100));
    await settle();
    expect(granted).toEqual(["a", "b", "c", "d"]);
  });

  test("falls by one for a request without a response, and not for one that was never sent", async () => {
    const { queue, ask, end, granted } = startQueue();
    ask("a");
    await settle();
    end("a", rateLimit(3600, 2));
    ask("lost");
    await settle();
    end("lost");
    const permit = await queue.acquire({
      ticket: queue.nextTicket(),
      signal: new AbortController().signal,
      deadline: Date.now() + CALL_MS,
    });
    permit.markSent().end(true);
    permit.end();
    for (const name of ["d", "e"]) ask(name);
    await settle();
    expect(granted).toEqual(["a", "lost", "d"]);
  });

  test("becomes zero after a 429, whatever its headers are", async () => {
    const { queue, ask, end, granted } = startQueue();
    ask("a");
    await settle();
    end("a", {}, 429);
    expect(queue.rateLimit()).toBeNull();
    ask("b");
    await pass(999);
    expect(granted).toEqual(["a"]);
    await pass(1);
    expect(granted).toEqual(["a", "b"]);
    end("b", rateLimit(3600, 50), 429);
    ask("c");
    await pass(999);
    expect(granted).toEqual(["a", "b"]);
    await pass(1);
    expect(granted).toEqual(["a", "b", "c"]);
  });

  test.each([
    ["nothing", {}],
    ["no limit", rateLimit("", 0)],
    ["a limit of zero", rateLimit(0, 0)],
    ["a negative limit", rateLimit(-1, 0)],
    ["an infinite limit", rateLimit("Infinity", 0)],
    ["a limit of 400 digits", rateLimit("9".repeat(400), 0)],
    ["a limit in words", rateLimit("many", 0)],
    ["a fraction as limit", rateLimit("0.5", 0)],
    ["a limit with a unit", rateLimit("3600;w=3600", 0)],
    ["a negative rest", rateLimit(3600, -1)],
    ["a rest that is not a number", rateLimit(3600, "NaN")],
    ["several values of each", { "ratelimit-limit": ["3600", "1"], "ratelimit-remaining": ["0", "0"] }],
    ["only the rest", { "ratelimit-remaining": "0" }],
    ["only the limit", { "ratelimit-limit": "1" }],
  ])("ignores headers that say %s", async (_, headers) => {
    const { queue, ask, end, granted } = startQueue();
    ask("a");
    await settle();
    end("a", headers);
    ask("b");
    await settle();
    expect(granted).toEqual(["a", "b"]);
    expect(queue.rateLimit()).toBeNull();
  });

  test.each([
    ["the smallest limit", 1, 60_000],
    ["the largest limit", 999_999_999, 1],
  ])("lets a request pass within a minute with %s", async (_, limit, ms) => {
    const { ask, end, granted } = startQueue();
    ask("a");
    await settle();
    end("a", rateLimit(limit, 0));
    ask("b", { ms: 100_000 });
    await pass(ms - 1);
    expect(granted).toEqual(["a"]);
    await pass(1);
    expect(granted).toEqual(["a", "b"]);
  });

  test("accepts a response with more requests left than the limit", async () => {
    const { ask, end, granted } = startQueue();
    ask("a");
    await settle();
    end("a", rateLimit(1, 3));
    for (const name of ["b", "c", "d", "e"]) ask(name, { ms: 100_000 });
    await settle();
    expect(granted).toEqual(["a", "b", "c", "d"]);
  });
});

describe("acquire", () => {
  test("rejects immediately a request that cannot be sent before its deadline, and sends the others", async () => {
    const { ask, end, granted, rejected } = startQueue();
    ask("a");
    await settle();
    end("a", rateLimit(3600, 0));
    ask("soon", { ms: 1500 });
    ask("hopeless", { ms: 2000 });
    ask("later", { ms: 2001 });
    await settle();
    expect(rejected).toEqual(["hopeless: deadline_exceeded"]);
    await pass(1000);
    end("soon", rateLimit(3600, 0));
    await pass(1000);
    expect(granted).toEqual(["a", "soon", "later"]);
  });

  test("rejects waiting requests as soon as a response shows that they would be too late", async () => {
    const { ask, end, rejected } = startQueue(1);
    ask("a");
    for (let i = 1; i <= 100; i++) ask(`${i}`);
    await settle();
    expect(rejected).toEqual([]);
    end("a", rateLimit(3600, 0));
    await settle();
    // One comes back each second, and the 45th would come too late.
    expect(rejected).toHaveLength(56);
    expect(rejected[0]).toBe("45: deadline_exceeded");
  });
});
