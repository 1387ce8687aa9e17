/** How long a single read is tried while the API fails: three attempts, or 12 s. */

import { describe, expect, test } from "vitest";
import type { FaultRule } from "../../src/simulator/faults.ts";
import { answering, apiError, expectFailure, PROTECTED, SNAPSHOT, start } from "../support/answers.ts";
import { EVERY_IMAGE, many, PLAN } from "../support/cleanup.ts";
import { type Harness, NOON } from "../support/harness.ts";
import { OUTAGE_MS, outage, QUICK_ATTEMPT_MS, QUICK_MS, unavailable } from "../support/outages.ts";

const IMAGE = `hcloud://images/${SNAPSHOT}`;

/** What a request fails with, in words; null when it succeeds. */
type Ask = (harness: Harness) => Promise<string | null>;

const calling =
  (tool: string, args: Record<string, unknown> = {}): Ask =>
  async ({ call }) => {
    const { isError, text } = await call(tool, args);
    return isError ? text : null;
  };

const reading: Ask = ({ mcp }) =>
  mcp.readResource({ uri: IMAGE }).then(
    () => null,
    (error: Error) => error.message,
  );

const QUICK: [what: string, ask: Ask][] = [
  ["an image", calling("hcloud_get_image", { id: SNAPSHOT })],
  ["a list of images", calling("hcloud_list_images")],
  ["a list of actions", calling("hcloud_list_image_actions")],
  ["a list of the actions of an image", calling("hcloud_list_actions_for_image", { id: SNAPSHOT })],
  ["an action", calling("hcloud_get_image_action", { id: 1 })],
  ["an action of an image", calling("hcloud_get_action_for_image", { id: SNAPSHOT, action_id: 1 })],
  ["the preview of a deletion", calling("hcloud_delete_image", { id: SNAPSHOT })],
  ["the preview of many deletions", calling("hcloud_delete_images", { ids: [SNAPSHOT] })],
  ["the preview of an update", calling("hcloud_update_image", { id: SNAPSHOT, labels: {} })],
  ["the image before an update", calling("hcloud_update_image", { id: SNAPSHOT, description: "new" })],
  ["the preview of an edit", calling("hcloud_edit_image_labels", { ids: [SNAPSHOT], set: { env: "test" } })],
  [
    "the preview of lifting protection",
    calling("hcloud_change_image_protection", { id: PROTECTED, delete: false }),
  ],
  ["a resource", reading],
];

const FAULTS: [what: string, fault: FaultRule, code: string][] = [
  ["answers 503", { fault: "status", status: 503, code: "unavailable" }, "unavailable"],
  ["resets connections", { fault: "reset" }, "connection_lost"],
];

describe.each(QUICK)("%s", (_, ask) => {
  test.each(FAULTS)("a single read is sent three times while the API %s", async (_, fault, code) => {
    const harness = await start({ faults: [fault] });
    expect(await ask(harness)).toContain(`(${code}`);
    expect(harness.simulator.requests).toHaveLength(3);
    expect(harness.clock.now() - NOON).toBeLessThanOrEqual(QUICK_MS);
  });

  test("a single read is tried three times while connections are refused", async () => {
    const harness = await start();
    harness.simulator.refuse();
    expect(await ask(harness)).toContain("(connection_refused)");
    expect(harness.clock.slept).toHaveLength(2);
    expect(harness.clock.now() - NOON).toBeLessThanOrEqual(QUICK_MS);
  });

  test("a single read is sent twice, in 12 s, while the API does not answer", async () => {
    const harness = await start({ limits: { attemptMs: 200 } });
    harness.simulator.intercept = () => {
      harness.clock.pass(QUICK_ATTEMPT_MS);
      return "handled";
    };
    expect(await ask(harness)).toContain("(timed_out)");
    expect(harness.simulator.requests).toHaveLength(2);
    expect(harness.clock.now() - NOON).toBeLessThanOrEqual(QUICK_MS);
  });

  test("a single read is sent once more after two failures", async () => {
    const harness = await start({ faults: [{ fault: "reset", times: 2 }] });
    await ask(harness);
    expect(harness.simulator.requests[2]?.status).toBeLessThan(500);
  });
});

test("a read that fails slowly is tried for 12 s", async () => {
  const harness = await start();
  harness.simulator.intercept = (...args) => {
    harness.clock.pass(QUICK_ATTEMPT_MS - 1);
    return unavailable(...args);
  };
  expectFailure(await harness.call("hcloud_get_image", { id: SNAPSHOT }), "unavailable");
  expect(harness.simulator.requests).toHaveLength(2);
  expect(harness.clock.now() - NOON).toBeLessThanOrEqual(QUICK_MS);
});

test("a read may wait longer than 12 s for the rate limit", async () => {
  const harness = await start({ rateLimit: 120 });
  harness.simulator.state.bucket.tokens = 1;
  await harness.call("hcloud_get_image", { id: SNAPSHOT });
  expect((await harness.call("hcloud_get_image", { id: SNAPSHOT })).isError).toBe(false);
  expect(harness.clock.now() - NOON).toBeGreaterThan(QUICK_MS);
});

test("many reads of a preview that all succeed may take longer than 12 s", async () => {
  const images = many(8);
  const harness = await start({ images });
  harness.simulator.intercept = () => harness.clock.pass(3_000);
  const ids = images.map(({ id }) => id);
  expect((await harness.call("hcloud_delete_images", { ids })).data["status"]).toBe("confirmation_required");
  expect(harness.clock.now() - NOON).toBeGreaterThan(QUICK_MS);
});

test("a completion offers nothing after three attempts", async () => {
  const harness = await start({ intercept: unavailable });
  const ref = { type: "ref/resource" as const, uri: "hcloud://images/{id}" };
  const { completion } = await harness.mcp.complete({ ref, argument: { name: "id", value: "1" } });
  expect(completion.values).toEqual([]);
  expect(harness.simulator.requests).toHaveLength(3);
});

test("the preview of a bulk deletion is shown without money after three failed reads of the prices", async () => {
  const intercept = answering("GET", "/pricing", apiError(503, "unavailable"));
  const harness = await start({ intercept });
  const { data } = await harness.call("hcloud_delete_images", { ids: [SNAPSHOT] });
  expect(data).toMatchObject({ status: "confirmation_required", preview: { money: expect.any(String) } });
  expect(harness.simulator.requests.filter(({ path }) => path === "/pricing")).toHaveLength(3);
});

describe("an outage of 15 s", () => {
  const RUNNING = {
    id: 77,
    command: "create_image",
    status: "running",
    progress: 10,
    started: "2026-11-23T11:59:00Z",
    finished: null,
    resources: [{ id: SNAPSHOT, type: "image" }],
    error: null,
    pending: { endsAt: NOON },
  };

  test.each<[what: string, ask: Ask]>([
    ["a plan", calling(PLAN, { keep_last: 1 })],
    ["a report", calling("hcloud_report_images")],
    ["a wait for an image", calling("hcloud_wait_for_image", { id: SNAPSHOT })],
    ["a wait for an action", calling("hcloud_wait_for_image", { action_id: RUNNING.id })],
    [
      "the resource of all images",
      async ({ mcp }) => {
        await mcp.readResource({ uri: "hcloud://images" });
        return null;
      },
    ],
  ])("an outage of 15 s is survived by %s", async (_, ask) => {
    const harness = await start();
    harness.simulator.state.actions.set(RUNNING.id, RUNNING);
    harness.simulator.intercept = outage(harness);
    expect(await ask(harness)).toBeNull();
    expect(harness.clock.now() - NOON).toBeGreaterThanOrEqual(OUTAGE_MS);
  });

  test("an outage of 15 s is survived by an edit of labels, whose read after the change fails", async () => {
    const harness = await start();
    harness.simulator.intercept = outage(harness, () => harness.simulator.writes().length > 0);
    const { data } = await harness.call("hcloud_edit_image_labels", { ids: [SNAPSHOT], set: { a: "b" } });
    expect(data).toMatchObject({ status: "done", rows: [[SNAPSHOT, expect.objectContaining({ a: "b" })]] });
    expect(harness.simulator.requests.at(-1)).toMatchObject({ method: "GET", status: 200 });
    expect(harness.clock.now() - NOON).toBeGreaterThanOrEqual(OUTAGE_MS);
  });

  test.each([
    ["action", (path: string) => path.startsWith("/images/actions/")],
    ["image", (path: string) => path === `/images/${SNAPSHOT}`],
  ])(
    "an outage of 15 s is survived by a change of protection, whose %s cannot be read after the change",
    async (_, isHit) => {
      const harness = await start({ actionMs: 1_000 });
      const begins = (path: string) => harness.simulator.writes().length > 0 && isHit(path);
      harness.simulator.intercept = outage(harness, begins);
      const { data } = await harness.call("hcloud_change_image_protection", { id: SNAPSHOT, delete: true });
      expect(data).toMatchObject({ status: "done", protection: { delete: true } });
      expect(harness.clock.now() - NOON).toBeGreaterThanOrEqual(OUTAGE_MS);
    },
  );

  test.each<[what: string, begins: (harness: Harness) => (path: string) => boolean]>([
    ["listing the project", () => (path) => path === "/images"],
    ["the read before the first", () => (path) => path.startsWith("/images/")],
    [
      "the read before a later one",
      ({ simulator }) =>
        (path) =>
          simulator.writes().length > 0 && path.startsWith("/images/"),
    ],
  ])("an outage of 15 s is survived by the deletions of a plan, at %s", async (_, begins) => {
    const harness = await start();
    const { confirm, total } = (await harness.call(PLAN, EVERY_IMAGE)).data;
    const began = harness.clock.now();
    harness.simulator.intercept = outage(harness, begins(harness));
    const { data } = await harness.call("hcloud_delete_images", { confirm, count: total });
    expect(data).toMatchObject({ status: "done", saves_per_month: expect.anything() });
    expect(data["deleted"]).toHaveLength(Number(total));
    expect(harness.clock.now() - began).toBeGreaterThanOrEqual(OUTAGE_MS);
  });
});
