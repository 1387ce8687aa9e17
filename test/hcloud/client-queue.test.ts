import { expect, test } from "vitest";
import { createImagesApi } from "../../src/hcloud/images.ts";
import type { Intercept } from "../../src/simulator/http.ts";
import { image } from "../simulator/support.ts";
import { reply } from "../support/cleanup.ts";
import { NOON } from "../support/harness.ts";
import { CALL_MS, refusal, startCloud } from "./support.ts";

/** Two calls of a client that sends one request at a time; the first of all is held, until `goOn` says what becomes of it. */
async function start() {
  const images = [1, 2, 3].map((id) => image(id));
  const { simulator, client } = await startCloud({ images }, { limits: { connections: 1 } });
  const held: ((become: Intercept) => void)[] = [];
  simulator.intercept = (request, response, apply) => {
    if (simulator.requests.length > 1) return undefined;
    held.push((become) => become(request, response, apply));
    return "handled";
  };
  const newCall = () => createImagesApi(client, new AbortController().signal, NOON + CALL_MS);
  return {
    earlier: newCall(),
    later: newCall(),
    isHeld: () => expect.poll(() => held.length).toBe(1),
    goOn: (become: Intercept) => held[0]?.(become),
    asked: () => simulator.requests.map(({ method, path }) => `${method} ${path}`),
  };
}

test("all requests of a call, reads and writes, go before those of any later call", async () => {
  const { earlier, later, isHeld, goOn, asked } = await start();
  const requests: Promise<unknown>[] = [later.getImage(3)];
  await isHeld();
  requests.push(later.getImage(2), later.updateImage(2, { description: "later" }));
  requests.push(earlier.getImage(1), earlier.updateImage(1, { description: "earlier" }));
  goOn(reply);
  await Promise.all(requests);
  expect(asked()).toEqual([
    "GET /images/3",
    "GET /images/1",
    "PUT /images/1",
    "GET /images/2",
    "PUT /images/2",
  ]);
});

test("a request that is sent again keeps the place of its call", async () => {
  const { earlier, later, isHeld, goOn, asked } = await start();
  const requests = [earlier.getImage(1)];
  await isHeld();
  requests.push(later.getImage(2), later.getImage(3));
  goOn(refusal(503, "unavailable"));
  await Promise.all(requests);
  expect(asked()).toEqual(["GET /images/1", "GET /images/2", "GET /images/1", "GET /images/3"]);
});
