import { expect, onTestFinished, test } from "vitest";
import { type SimulatorOptions, startSimulator } from "../../src/simulator/http.ts";
import { EVERY_IMAGE, many, PLAN } from "../support/cleanup.ts";
import { callMessage, INITIALIZE, spawnCommand } from "../support/spawned.ts";

const GET = "hcloud_get_image";

/** The built command in front of a simulated project, with what it writes; the ids of the tests begin at 0. */
async function serve(options: SimulatorOptions) {
  const simulator = await startSimulator({ rateLimit: 1_000_000, ...options });
  onTestFinished(() => simulator.close());
  const server = spawnCommand([], { HCLOUD_TOKEN: simulator.token, HCLOUD_ENDPOINT: simulator.endpoint });
  server.send({ ...INITIALIZE, id: "hello" });
  await server.nextLine();
  return {
    ...server,
    simulator,
    cancel(requestId: number) {
      server.send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId } });
    },
    /** The ids of all lines after the first; notifications have none. */
    ids: () => server.lines.slice(1).map((line) => (JSON.parse(line) as { id?: number | string }).id),
  };
}

test("the server answers every call of a hundred concurrent ones, except those that are cancelled", async ({
  task,
}) => {
  const { simulator, send, cancel, ids, stderr, nextLine } = await serve({ images: many(1) });
  const [image] = simulator.state.images.keys();
  const held: (() => void)[] = [];
  let cut = 0;
  simulator.intercept = (_, response, apply) => {
    held.push(() => response.end(JSON.stringify(apply().body)));
    response.once("close", () => {
      if (!response.writableFinished) cut++;
    });
    return "handled";
  };
  for (let id = 0; id < 100; id++) send(callMessage(id, GET, { id: image }));
  await expect.poll(() => held.length).toBe(16);
  const odd = Array.from({ length: 50 }, (_, i) => 2 * i + 1);
  for (const id of odd) cancel(id);
  // Eight of the sixteen were cancelled, and eight from the queue took their places.
  await expect.poll(() => [cut, held.length]).toEqual([8, 24]);
  simulator.intercept = undefined;
  for (const answer of held) answer();
  for (let i = 0; i < 50; i++) await nextLine();
  send({ jsonrpc: "2.0", id: "end", method: "ping" });
  await nextLine();
  const even = odd.map((id) => id - 1);
  expect(ids().toSorted()).toEqual([...even, "end"].toSorted());
  expect(simulator.requests).toHaveLength(50 + 8);
  expect(stderr()).toBe("");
  task.meta.figures = { "calls at once": 100, "cancelled among them": 50, "answers to a cancelled call": 0 };
});

test("a call with the request id 0 can be cancelled", async ({ task }) => {
  const { simulator, send, cancel, ids, nextLine } = await serve({ images: many(1) });
  const [image] = simulator.state.images.keys();
  const held: (() => void)[] = [];
  simulator.intercept = (_, response, apply) => {
    held.push(() => response.end(JSON.stringify(apply().body)));
    return "handled";
  };
  send(callMessage(0, GET, { id: image }));
  await expect.poll(() => held.length).toBe(1);
  cancel(0);
  simulator.intercept = undefined;
  for (const id of [1, 2]) {
    send(callMessage(id, GET, { id: image }));
    await nextLine();
    for (const answer of held) answer();
  }
  expect(ids()).toEqual([1, 2]);
  task.meta.figures = { "answers to a cancelled call": ids().filter((id) => id === 0).length };
});

test("a cancelled call reports no further progress", async ({ task }) => {
  const { simulator, send, cancel, nextLine, lines } = await serve({ images: many(1000) });
  let [held, cut] = [0, 0];
  simulator.intercept = (_, response) => {
    if (simulator.requests.length <= 3) return undefined;
    held++;
    response.once("close", () => cut++);
    return "handled";
  };
  const { params, ...message } = callMessage(1, PLAN, EVERY_IMAGE) as { params: object };
  send({ ...message, params: { ...params, _meta: { progressToken: "so far" } } });
  for (let i = 0; i < 3; i++) expect(await nextLine()).toContain('"progressToken":"so far"');
  await expect.poll(() => held).toBe(4);
  cancel(1);
  await expect.poll(() => cut).toBe(4);
  simulator.intercept = undefined;
  const told = lines.length;
  send(callMessage(2, PLAN, EVERY_IMAGE));
  expect(await nextLine()).toContain('"id":2');
  expect(lines).toHaveLength(told + 1);
  task.meta.figures = { "messages of progress after the cancel": lines.length - told - 1 };
});
