import { describe, expect, test } from "vitest";
import { bucket, CALL_MS, fakeTime, pass, settle, start } from "./request-queue-support.ts";

fakeTime();

describe("the bucket", () => {
  test("is unknown before the first answer, and assumed to have room", async () => {
    const { turns, ask, granted } = start();
    for (let i = 1; i <= 20; i++) ask(`${i}`);
    await settle();
    expect(granted).toHaveLength(16);
    expect(turns.bucket()).toBeNull();
  });

  test("is what the last answer said", async () => {
    const { turns, ask, end } = start();
    ask("a");
    await settle();
    end("a", bucket(3600, 17));
    expect(turns.bucket()).toEqual({ limit: 3600, remaining: 17 });
  });

  test("once empty, lets one go each time that a request has come back", async () => {
    const { ask, end, granted } = start();
    ask("a");
    await settle();
    end("a", bucket(3600, 0));
    for (const name of ["b", "c"]) ask(name);
    await pass(999);
    expect(granted).toEqual(["a"]);
    await pass(1);
    expect(granted).toEqual(["a", "b"]);
    end("b", bucket(3600, 0));
    await pass(999);
    expect(granted).toEqual(["a", "b"]);
    await pass(1);
    expect(granted).toEqual(["a", "b", "c"]);
  });

  test("nearly empty, is not drawn from for more than it holds, whatever is still under way", async () => {
    const { ask, end, granted } = start();
    ask("a");
    await settle();
    end("a", bucket(3600, 3));
    for (const name of ["b", "c", "d", "e", "f"]) ask(name);
    await settle();
    expect(granted).toEqual(["a", "b", "c", "d"]);
    end("b", bucket(3600, 2));
    end("d", bucket(3600, 1));
    await settle();
    expect(granted).toEqual(["a", "b", "c", "d"]);
    end("c", bucket(3600, 0));
    await pass(1000);
    expect(granted).toEqual(["a", "b", "c", "d", "e"]);
  });

  test("is not taken for fuller by an answer that was overtaken", async () => {
    const { ask, end, granted } = start();
    ask("counted first");
    ask("counted second");
    await settle();
    end("counted second", bucket(3600, 1));
    end("counted first", bucket(3600, 2));
    for (const name of ["c", "d"]) ask(name);
    await settle();
    expect(granted).toEqual(["counted first", "counted second", "c"]);
  });

  test("is as full as an answer says that nothing overtook, however empty it was thought", async () => {
    const { ask, end, granted } = start();
    ask("a");
    await settle();
    end("a", bucket(3600, 0));
    for (const name of ["b", "c", "d"]) ask(name);
    await pass(1000);
    expect(granted).toEqual(["a", "b"]);
    end("b", bucket(3600, 100));
    await settle();
    expect(granted).toEqual(["a", "b", "c", "d"]);
  });

  test("has one less for a request that got no answer, and none less for one that never left", async () => {
    const { turns, ask, end, granted } = start();
    ask("a");
    await settle();
    end("a", bucket(3600, 2));
    ask("lost");
    await settle();
    end("lost");
    const turn = await turns.take({
      place: turns.arrive(),
      signal: new AbortController().signal,
      deadline: Date.now() + CALL_MS,
    });
    turn.end(true);
    for (const name of ["d", "e"]) ask(name);
    await settle();
    expect(granted).toEqual(["a", "lost", "d"]);
  });

  test("is empty after a 429, also when that says nothing else", async () => {
    const { turns, ask, end, granted } = start();
    ask("a");
    await settle();
    end("a", {}, 429);
    expect(turns.bucket()).toBeNull();
    ask("b");
    await pass(999);
    expect(granted).toEqual(["a"]);
    await pass(1);
    expect(granted).toEqual(["a", "b"]);
    end("b", bucket(3600, 50), 429);
    ask("c");
    await pass(999);
    expect(granted).toEqual(["a", "b"]);
    await pass(1);
    expect(granted).toEqual(["a", "b", "c"]);
  });

  test.each([
    ["none", {}],
    ["no limit", bucket("", 0)],
    ["a limit of nothing", bucket(0, 0)],
    ["a limit below nothing", bucket(-1, 0)],
    ["a limit without end", bucket("Infinity", 0)],
    ["a limit beyond all bounds", bucket("9".repeat(400), 0)],
    ["a limit in words", bucket("many", 0)],
    ["a limit in parts", bucket("0.5", 0)],
    ["a limit with a unit", bucket("3600;w=3600", 0)],
    ["less than nothing left", bucket(3600, -1)],
    ["not a number left", bucket(3600, "NaN")],
    ["several of each", { "ratelimit-limit": ["3600", "1"], "ratelimit-remaining": ["0", "0"] }],
    ["only what is left", { "ratelimit-remaining": "0" }],
    ["only the limit", { "ratelimit-limit": "1" }],
  ])("is not learnt from headers that say %s", async (_, headers) => {
    const { turns, ask, end, granted } = start();
    ask("a");
    await settle();
    end("a", headers);
    ask("b");
    await settle();
    expect(granted).toEqual(["a", "b"]);
    expect(turns.bucket()).toBeNull();
  });

  test.each([
    ["the smallest limit", 1, 60_000],
    ["the largest", 999_999_999, 1],
  ])("with %s, is asked again within a minute", async (_, limit, ms) => {
    const { ask, end, granted } = start();
    ask("a");
    await settle();
    end("a", bucket(limit, 0));
    ask("b", { ms: 100_000 });
    await pass(ms - 1);
    expect(granted).toEqual(["a"]);
    await pass(1);
    expect(granted).toEqual(["a", "b"]);
  });

  test("that holds more than its limit is believed", async () => {
    const { ask, end, granted } = start();
    ask("a");
    await settle();
    end("a", bucket(1, 3));
    for (const name of ["b", "c", "d", "e"]) ask(name, { ms: 100_000 });
    await settle();
    expect(granted).toEqual(["a", "b", "c", "d"]);
  });
});

describe("those for whom the bucket will not have filled in time", () => {
  test("hear so at once, and the others are served", async () => {
    const { ask, end, granted, refused } = start();
    ask("a");
    await settle();
    end("a", bucket(3600, 0));
    ask("soon", { ms: 1500 });
    ask("hopeless", { ms: 2000 });
    ask("later", { ms: 2001 });
    await settle();
    expect(refused).toEqual(["hopeless: deadline_exceeded"]);
    await pass(1000);
    end("soon", bucket(3600, 0));
    await pass(1000);
    expect(granted).toEqual(["a", "soon", "later"]);
  });

  test("hear so too when it is an answer that tells", async () => {
    const { ask, end, refused } = start(1);
    ask("a");
    for (let i = 1; i <= 100; i++) ask(`${i}`);
    await settle();
    expect(refused).toEqual([]);
    end("a", bucket(3600, 0));
    await settle();
    // One comes back each second, and the 45th would come too late.
    expect(refused).toHaveLength(56);
    expect(refused[0]).toBe("45: deadline_exceeded");
  });
});
