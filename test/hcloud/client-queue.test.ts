import { expect, test } from "vitest";
import { unwrap } from "../../src/hcloud/change.ts";
import type { Permit } from "../../src/hcloud/request-queue.ts";
import type { Intercept } from "../../src/simulator/http.ts";
import { reply } from "../support/cleanup.ts";
import { NO_GUARDS, newCall, refuseWith, startCloud } from "../support/cloud.ts";
import { image } from "../support/simulated.ts";

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
  return {
    earlier: newCall(client),
    later: newCall(client),
    isHeld: () => expect.poll(() => held.length).toBe(1),
    goOn: (become: Intercept) => held[0]?.(become),
    asked: () => simulator.requests.map(({ method, path }) => `${method} ${path}`),
  };
}

test("the client sends all requests of a call, reads and changes, before those of any later call", async () => {
  const { earlier, later, isHeld, goOn, asked } = await start();
  const requests: Promise<unknown>[] = [later.getImage(3)];
  await isHeld();
  requests.push(later.getImage(2), later.updateImage(2, { description: "later" }, NO_GUARDS).then(unwrap));
  requests.push(
    earlier.getImage(1),
    earlier.updateImage(1, { description: "earlier" }, NO_GUARDS).then(unwrap),
  );
  goOn(reply);
  await Promise.all(requests);
  // The read of the same call serves as the read before the change.
  expect(asked()).toEqual([
    "GET /images/3",
    "GET /images/1",
    "PUT /images/1",
    "GET /images/2",
    "PUT /images/2",
  ]);
});

test("the client sends nothing between the last read and the change, even for an earlier call", async () => {
  const { earlier, later, isHeld, goOn, asked } = await start();
  const requests: Promise<unknown>[] = [
    later.updateImage(1, { description: "later" }, NO_GUARDS).then(unwrap),
  ];
  await isHeld();
  requests.push(earlier.getImage(2), earlier.getImage(3));
  goOn(reply);
  await Promise.all(requests);
  expect(asked()).toEqual(["GET /images/1", "PUT /images/1", "GET /images/2", "GET /images/3"]);
});

test("the client sends a retry at the place of its call", async () => {
  const { earlier, later, isHeld, goOn, asked } = await start();
  const requests = [earlier.getImage(1)];
  await isHeld();
  requests.push(later.getImage(2), later.getImage(3));
  goOn(refuseWith(503, "unavailable"));
  await Promise.all(requests);
  expect(asked()).toEqual(["GET /images/1", "GET /images/2", "GET /images/1", "GET /images/3"]);
});

test("the client sends a change immediately, however many requests another permit has in flight", async () => {
  const images = [1, 2, 3].map((id) => image(id));
  const { simulator, client, hcloud } = await startCloud({ images }, { limits: { connections: 2 } });
  const held: (() => void)[] = [];
  simulator.intercept = (request, response, apply) => {
    if (request.path !== "/images/3") return undefined;
    held.push(() => reply(request, response, apply));
    return "handled";
  };
  const prepare = async (permit: Permit) => {
    await Promise.all(Array.from({ length: 8 }, () => hcloud.readImage(3, permit)));
    return null;
  };
  const preparing = hcloud.updateImage(2, { description: "new" }, { ...NO_GUARDS, preparations: 8, prepare });
  await expect.poll(() => held.length).toBeGreaterThanOrEqual(2);
  expect(await newCall(client).updateImage(1, { description: "new" }, NO_GUARDS)).toMatchObject({
    outcome: "done",
  });
  await expect.poll(() => held.length).toBe(8);
  for (const goOn of held) goOn();
  expect(await preparing).toMatchObject({ outcome: "done" });
});
