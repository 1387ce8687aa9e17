import { expect, test } from "vitest";
import { pass, rateLimit, settle, startQueue, useFakeTime } from "../support/request-queue.ts";

useFakeTime();

/** A queue that knows how many requests are left of 3,600 an hour, so that one more is allowed each second. */
async function startWith(remaining: number, { limit = 3600, maxInFlight = 16 } = {}) {
  const world = startQueue(maxInFlight);
  world.ask("first");
  await settle();
  world.end("first", rateLimit(limit, remaining));
  world.granted.length = 0;
  return world;
}

test("a permit waits until the rate limit allows all its requests, and keeps its position", async () => {
  const { ask, granted } = await startWith(1);
  ask("three", { requests: 3 });
  ask("one");
  await pass(1999);
  expect(granted).toEqual([]);
  await pass(1);
  expect(granted).toEqual(["three"]);
  await pass(1000);
  expect(granted).toEqual(["three", "one"]);
});

test("the requests of a permit are reserved while it has not sent them", async () => {
  const { ask, granted } = await startWith(3);
  ask("two", { requests: 2 });
  for (const name of ["a", "b"]) ask(name);
  await settle();
  expect(granted).toEqual(["two", "a"]);
});

test("a request that a permit sends is no longer reserved", async () => {
  const { ask, granted, sendAndAnswer } = await startWith(3);
  ask("two", { requests: 2 });
  await settle();
  sendAndAnswer("two", rateLimit(3600, 2));
  for (const name of ["a", "b"]) ask(name);
  await settle();
  // Two are left: one is reserved for the second request of the permit.
  expect(granted).toEqual(["two", "a"]);
});

test("the end of a permit releases the requests that it has not sent", async () => {
  const { ask, granted, permitOf, sendAndAnswer } = await startWith(4);
  ask("three", { requests: 3 });
  for (const name of ["a", "b", "c"]) ask(name);
  await settle();
  expect(granted).toEqual(["three", "a"]);
  sendAndAnswer("three", rateLimit(3600, 3));
  permitOf("three").end();
  await settle();
  expect(granted).toEqual(["three", "a", "b", "c"]);
});

test("a permit may send more requests than it is for, and each of them counts", async () => {
  const { ask, granted, sendAndAnswer } = await startWith(3);
  ask("two", { requests: 2 });
  await settle();
  for (const left of [2, 1, 0]) sendAndAnswer("two", rateLimit(3600, left));
  ask("a");
  await pass(999);
  expect(granted).toEqual(["two"]);
  await pass(1);
  expect(granted).toEqual(["two", "a"]);
});

test("a permit for more requests than the limit itself is granted when the limit is full", async () => {
  const { ask, granted, sendAndAnswer, permitOf } = await startWith(0, { limit: 2 });
  ask("five", { requests: 5, ms: 300_000 });
  // One more request is assumed to be allowed after a minute.
  await pass(119_999);
  expect(granted).toEqual([]);
  await pass(1);
  expect(granted).toEqual(["five"]);
  sendAndAnswer("five", rateLimit(2, 1));
  permitOf("five").end();
  ask("one", { ms: 300_000 });
  await settle();
  expect(granted).toEqual(["five", "one"]);
});

test("a permit counts as one until it ends, however many requests it sends", async () => {
  const { ask, granted, permitOf, sendAndAnswer } = await startWith(100, { maxInFlight: 2 });
  ask("three", { requests: 3 });
  for (const name of ["a", "b"]) ask(name);
  await settle();
  for (const left of [98, 97]) sendAndAnswer("three", rateLimit(3600, left));
  await settle();
  expect(granted).toEqual(["three", "a"]);
  permitOf("three").end();
  await settle();
  expect(granted).toEqual(["three", "a", "b"]);
});

test("a request is rejected immediately when earlier permits use up the rate limit until its deadline", async () => {
  const { ask, granted, rejected } = await startWith(0);
  ask("three", { requests: 3, ms: 3001 });
  ask("hopeless", { ms: 4000 });
  ask("hopeful", { ms: 4001 });
  await settle();
  expect(rejected).toEqual(["hopeless: deadline_exceeded"]);
  await pass(4000);
  expect(granted).toEqual(["three", "hopeful"]);
});

test("a permit is rejected immediately when only some of its requests could be sent before its deadline", async () => {
  const { ask, granted, rejected } = await startWith(1);
  ask("three", { requests: 3, ms: 2000 });
  ask("two", { requests: 2, ms: 2000 });
  await settle();
  expect(rejected).toEqual(["three: deadline_exceeded"]);
  await pass(1000);
  expect(granted).toEqual(["two"]);
});
