import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import type { Intercept } from "../../src/simulator/http.ts";
import { many, runEventLoop } from "../support/cleanup.ts";
import { type Harness, type HarnessOptions, startHarness } from "../support/harness.ts";
import { expectFreeSlots, SLOTS } from "../support/slots.ts";

const HUNDRED = 100;
const GET = "hcloud_get_image";
const [IMAGE] = many(1).map(({ id }) => id);

/** A harness that also collects what its client got without having asked for it. */
async function start(options: HarnessOptions = {}) {
  const harness = await startHarness({ images: many(1), rateLimit: 1_000_000, ...options });
  const unasked: string[] = [];
  harness.mcp.onerror = ({ message }) => void unasked.push(message);
  return { ...harness, harness, unasked };
}

/** The calls that each test cancelled. */
const cancelledByTest: number[] = [];

/** Calls a hundred times, and cancels each call at the moment of `reached`. */
async function cancelHundred(harness: Harness, reached: (number: number) => Promise<unknown>) {
  let cancelled = 0;
  for (let number = 1; number <= HUNDRED; number++) {
    const cancel = new AbortController();
    const call = harness.call(GET, { id: IMAGE }, { signal: cancel.signal });
    const ended = expect(call).rejects.toThrow("enough");
    await reached(number);
    cancel.abort("enough");
    await ended;
    cancelled++;
  }
  await runEventLoop();
  cancelledByTest.push(cancelled);
}

/** Counts the connections that end before their answer does. */
function countCut(intercept: Intercept): { intercept: Intercept; cut(): number } {
  let cut = 0;
  return {
    cut: () => cut,
    intercept(request, response, apply) {
      response.once("close", () => {
        if (!response.writableFinished) cut++;
      });
      return intercept(request, response, apply);
    },
  };
}

test("a cancelled call that waits for its response closes the connection and returns nothing", async () => {
  const { harness, simulator, unasked } = await start();
  const { intercept, cut } = countCut(() => "handled");
  simulator.intercept = intercept;
  await cancelHundred(harness, (number) =>
    expect.poll(() => simulator.requests.length, { interval: 1 }).toBe(number),
  );
  await expect.poll(cut).toBe(HUNDRED);
  await expectFreeSlots(harness, IMAGE);
  expect(unasked).toEqual([]);
});

test("a cancelled call that has received half of its response closes the connection and returns nothing", async () => {
  const { harness, simulator, unasked } = await start();
  const sent: ServerResponse[] = [];
  const { intercept, cut } = countCut((_, response) => {
    response.writeHead(200, { "Content-Type": "application/json" });
    response.write('{"image":', () => sent.push(response));
    return "handled";
  });
  simulator.intercept = intercept;
  await cancelHundred(harness, async (number) => {
    await expect.poll(() => sent.length, { interval: 1 }).toBe(number);
    await runEventLoop();
  });
  await expect.poll(cut).toBe(HUNDRED);
  await expectFreeSlots(harness, IMAGE);
  expect(unasked).toEqual([]);
});

test("a cancelled call that is still connecting leaves the next call to connect again", async () => {
  let connections = 0;
  let hang = true;
  const held: (() => void)[] = [];
  const server = createServer((socket) => {
    connections++;
    socket.on("error", () => undefined);
    if (!hang) socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
    else held.push(() => socket.destroy());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const { harness, call, unasked } = await start({ endpoint: `https://127.0.0.1:${port}/v1` });

  await cancelHundred(harness, (number) =>
    number > SLOTS ? runEventLoop() : expect.poll(() => connections, { interval: 1 }).toBe(number),
  );
  hang = false;
  for (const cut of held) cut();
  const before = connections;
  // No certificate, so no more than a refusal; but one that only an attempt of its own can have got.
  expect((await call(GET, { id: IMAGE })).text).toContain("tls_failed");
  expect(connections).toBe(before + 1);
  expect(unasked).toEqual([]);
});

test("a cancelled call in the queue is never sent, and the calls before it are answered", async () => {
  const { harness, simulator, call, unasked } = await start();
  const held: (() => void)[] = [];
  simulator.intercept = (_, response, apply) => {
    held.push(() => response.end(JSON.stringify(apply().body)));
    return "handled";
  };
  const before = Array.from({ length: SLOTS }, () => call(GET, { id: IMAGE }));
  await expect.poll(() => held.length).toBe(SLOTS);
  await cancelHundred(harness, () => runEventLoop());
  for (const answer of held) answer();
  for (const { data } of await Promise.all(before)) expect(data).toMatchObject({ id: IMAGE });
  expect(simulator.requests).toHaveLength(SLOTS);
  await expectFreeSlots(harness, IMAGE);
  expect(unasked).toEqual([]);
});

/** Stops the harness's clock: a sleep lasts until it is cancelled. Counts the sleeps. */
function stopTime({ clock }: Harness): { asleep(): number; goOn(): void } {
  const { sleep } = clock;
  let asleep = 0;
  clock.sleep = (_, signal) => {
    asleep++;
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  };
  return {
    asleep: () => asleep,
    goOn() {
      clock.sleep = sleep;
    },
  };
}

test("a cancelled call that waits for its retry is never sent again", async () => {
  const { harness, simulator, unasked } = await start();
  const { asleep, goOn } = stopTime(harness);
  simulator.inject([{ fault: "status", status: 503, code: "unavailable" }]);
  await cancelHundred(harness, (number) => expect.poll(asleep, { interval: 1 }).toBe(number));
  expect(simulator.requests).toHaveLength(HUNDRED);
  goOn();
  await expectFreeSlots(harness, IMAGE);
  expect(unasked).toEqual([]);
});

test("a cancelled call that waits for the rate limit is never sent", async () => {
  const { harness, simulator, clock, call, unasked } = await start({ rateLimit: 3600 });
  simulator.state.bucket.tokens = 1;
  await call(GET, { id: IMAGE });
  const { asleep, goOn } = stopTime(harness);
  await cancelHundred(harness, (number) => expect.poll(asleep, { interval: 1 }).toBe(number));
  expect(simulator.requests).toHaveLength(1);
  goOn();
  clock.pass(60_000);
  await expectFreeSlots(harness, IMAGE);
  expect(unasked).toEqual([]);
});

test("a hundred calls that are cancelled at each moment of a call change nothing", ({ task }) => {
  const [cancelled = 0] = cancelledByTest;
  expect(cancelledByTest).toEqual(Array(6).fill(HUNDRED));
  task.meta.figures = {
    "calls cancelled, one after the other, at each moment": cancelled,
    moments: cancelledByTest.length,
  };
});
