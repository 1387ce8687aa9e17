import { expect, onTestFinished, test, vi } from "vitest";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../src/simulator/http.ts";
import { holdInBatches, reply } from "../support/cleanup.ts";
import { snapshot } from "../support/random-images.ts";
import { callMessage, INITIALIZE, spawnCommand } from "../support/spawned.ts";

vi.setConfig({ testTimeout: 60_000 });

const SLOTS = 16;
/** Identifies a call: the id of the message, and of the image. */
const numbers = (calls: number) => Array.from({ length: calls }, (_, i) => 1001 + i);

/** The built command in front of a simulated project. */
async function serve(options: SimulatorOptions = {}) {
  const simulator = await startSimulator({ rateLimit: 1_000_000, ...options });
  onTestFinished(() => simulator.close());
  const server = spawnCommand([], { HCLOUD_TOKEN: simulator.token, HCLOUD_ENDPOINT: simulator.endpoint });
  server.send(INITIALIZE);
  await server.nextLine();
  return {
    ...server,
    simulator,
    /** Sends all calls in one piece, and waits until there is a line for each; the results by the ids of the calls. */
    async callAll(messages: readonly object[]) {
      server.child.stdin.write(messages.map((message) => `${JSON.stringify(message)}\n`).join(""));
      const results = new Map<number, { structuredContent?: Record<string, unknown> }>();
      for (const _ of messages) {
        const { id, result } = JSON.parse(await server.nextLine());
        expect(results.has(id)).toBe(false);
        results.set(id, result);
      }
      server.send({ jsonrpc: "2.0", id: "no more", method: "ping" });
      expect(await server.nextLine()).toContain('"no more"');
      return results;
    },
  };
}

/** Calls that one request answers; which call a request belongs to can be seen in its path or query. */
const KINDS: ((n: number) => [tool: string, args: object])[] = [
  (n) => ["hcloud_get_image", { id: n }],
  (n) => ["hcloud_list_images", { name: `number-${n}` }],
  (n) => ["hcloud_get_image_action", { id: n }],
  (n) => ["hcloud_list_actions_for_image", { id: n }],
];

/** How many calls before it a request overtook on its way to the API, at most, by the numbers in the order they came. */
function mostOvertaken(numbers: readonly number[]): number {
  const late = numbers.map((number, at) => numbers.slice(at).filter((other) => other < number).length);
  return Math.max(...late);
}

test("a thousand concurrent calls are all answered in order of arrival, with sixteen requests at a time", async ({
  task,
}) => {
  const calls = numbers(1000);
  const { callAll, simulator, stderr } = await serve();
  const { intercept, most } = holdInBatches(SLOTS, { total: calls.length });
  simulator.intercept = intercept;
  const results = await callAll(
    calls.map((n) => callMessage(n, ...(KINDS[n % KINDS.length]?.(n) ?? ["", {}]))),
  );
  expect([...results.keys()].toSorted()).toEqual(calls);
  const asked = simulator.requests.map(({ rawUrl }) => Number(/\d{4}/.exec(rawUrl)?.[0]));
  expect(asked.toSorted()).toEqual(calls);
  // Each of the sixteen connections can be a little faster than the others.
  expect(mostOvertaken(asked)).toBeLessThan(SLOTS);
  expect(most()).toBe(SLOTS);
  expect(stderr()).toBe("");
  task.meta.figures = { "calls at once": results.size, "most requests at the API at a time": most() };
});

/** Counts the requests that are at the API at a time. */
function watch(simulator: Simulator): { most(): number } {
  let [now, most] = [0, 0];
  simulator.intercept = (request, response, apply) => {
    most = Math.max(most, ++now);
    response.once("close", () => now--);
    setImmediate(() => reply(request, response, apply));
    return "handled";
  };
  return { most: () => most };
}

test("four hundred concurrent calls that read, change and delete each do only their own work", async ({
  task,
}) => {
  const calls = numbers(400);
  const { callAll, simulator } = await serve({ images: calls.map((id) => snapshot(id)) });
  const { most } = watch(simulator);
  const results = await callAll(
    calls.map((n) => {
      if (n % 4 === 0) return callMessage(n, "hcloud_delete_image", { id: n });
      if (n % 4 === 1) return callMessage(n, "hcloud_update_image", { id: n, description: `now ${n}` });
      return callMessage(n, ...(KINDS[n % KINDS.length]?.(n) ?? ["", {}]));
    }),
  );
  const { images } = simulator.state;
  const deletions = calls.filter((n) => n % 4 === 0);
  expect(images.size).toBe(calls.length);
  for (const { id, description } of images.values()) {
    expect(description).toBe(id % 4 === 1 ? `now ${id}` : `snapshot ${id}`);
  }

  const confirmed = await callAll(
    deletions.map((id) => {
      const confirm = results.get(id)?.structuredContent?.["confirm"];
      return callMessage(1000 + id, "hcloud_delete_image", { id, confirm });
    }),
  );
  for (const { structuredContent } of confirmed.values())
    expect(structuredContent).toMatchObject({ status: "done" });
  expect([...images.keys()]).toEqual(calls.filter((n) => n % 4 !== 0));
  expect(simulator.writes()).toHaveLength(2 * deletions.length);
  expect(most()).toBeLessThanOrEqual(SLOTS);
  task.meta.figures = {
    "calls at once": results.size,
    "deletions shown, then confirmed at once": confirmed.size,
    "images deleted": calls.length - images.size,
  };
});
