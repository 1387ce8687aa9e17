import { describe, expect, test } from "vitest";
import type { Action, Image } from "../../src/hcloud/types.ts";
import {
  alter,
  answering,
  apiError,
  BACKUP,
  CREATING,
  expectFailure,
  expectMistake,
  lines,
  MISSING,
  recordMessages,
  SNAPSHOT,
  start,
} from "../support/answers.ts";
import { type Harness, NOON } from "../support/harness.ts";

const WAIT = "hcloud_wait_for_image";
const ACTION = 77;

/** Changes the image that is being created just before it is read for the nth time. */
function atRead(harness: Harness, n: number, change: Partial<Image> | "gone"): void {
  let reads = 0;
  harness.simulator.intercept = ({ path }) => {
    if (path !== `/images/${CREATING}` || ++reads !== n) return;
    if (change === "gone") harness.simulator.state.images.delete(CREATING);
    else alter(harness, CREATING, change);
  };
}

/** An action on SNAPSHOT that runs for so many milliseconds, or for ever. */
function running(harness: Harness, ms?: number): void {
  const action: Action = {
    id: ACTION,
    command: "create_image",
    status: "running",
    progress: 10,
    started: "2026-11-23T11:59:00Z",
    finished: null,
    resources: [{ id: SNAPSHOT, type: "image" }],
    error: null,
  };
  const pending = ms === undefined ? {} : { pending: { endsAt: NOON + ms } };
  harness.simulator.state.actions.set(ACTION, { ...action, ...pending });
}

describe("hcloud_wait_for_image with an id", () => {
  test.each([SNAPSHOT, BACKUP])("the wait ends immediately when the image is available (%i)", async (id) => {
    const harness = await start({ readOnly: true });
    const { data } = await harness.call(WAIT, { id });
    expect(data).toMatchObject({ waiting: false, image: { id, status: "available" } });
    expect(data).not.toHaveProperty("next");
    expect(lines(harness.simulator.requests)).toEqual([`GET /images/${id}`]);
    expect(harness.clock.slept).toEqual([]);
  });

  test("the wait ends when the image becomes available", async () => {
    const harness = await start();
    atRead(harness, 4, { status: "available", image_size: 5.9 });
    const { data } = await harness.call(WAIT, { id: CREATING });
    expect(data).toMatchObject({ waiting: false, image: { status: "available", image_size: 5.9 } });
    expect(data).not.toHaveProperty("next");
    expect(harness.simulator.requests).toHaveLength(4);
  });

  test("the wait ends in time when the image is still being created, and says how to continue", async () => {
    const harness = await start();
    const { data } = await harness.call(WAIT, { id: CREATING });
    expect(data).toMatchObject({ waiting: true, image: { id: CREATING, status: "creating" } });
    expect(data["next"]).toContain("hcloud_wait_for_image");
    const waited = harness.clock.now() - NOON;
    expect(waited).toBeLessThan(45_000);
    expect(waited).toBeGreaterThan(35_000);
    expect(harness.simulator.requests.length).toBeLessThan(40);

    alter(harness, CREATING, { status: "available" });
    expect((await harness.call(WAIT, { id: CREATING })).data["waiting"]).toBe(false);
  });

  test.each([1, 3])("the wait fails when the image is unavailable at read %i", async (n) => {
    const harness = await start();
    atRead(harness, n, { status: "unavailable" });
    const answer = await harness.call(WAIT, { id: CREATING });
    expectFailure(answer, "unavailable", CREATING, "hcloud_list_actions_for_image");
    expect(harness.simulator.requests).toHaveLength(n);
  });

  test("the wait ends with an unknown status", async () => {
    const harness = await start();
    alter(harness, CREATING, { status: "archived" });
    const { data } = await harness.call(WAIT, { id: CREATING });
    expect(data).toMatchObject({ waiting: false, image: { status: "archived" } });
  });

  test("the wait fails when the image is missing, or vanishes", async () => {
    const harness = await start();
    expectFailure(await harness.call(WAIT, { id: MISSING }), "not_found");
    atRead(harness, 3, "gone");
    expectFailure(await harness.call(WAIT, { id: CREATING }), "not_found");
  });
});

describe("hcloud_wait_for_image with an action", () => {
  test("the wait ends immediately when the action has ended", async () => {
    const harness = await start();
    running(harness, -1);
    const { data } = await harness.call(WAIT, { action_id: ACTION });
    expect(data).toMatchObject({ waiting: false, action: { id: ACTION, status: "success", progress: 100 } });
    expect(lines(harness.simulator.requests)).toEqual([`GET /images/actions/${ACTION}`]);
  });

  test("the wait ends when the action succeeds", async () => {
    const harness = await start();
    running(harness, 20_000);
    const { data } = await harness.call(WAIT, { action_id: ACTION });
    expect(data).toMatchObject({ waiting: false, action: { status: "success" } });
    expect(data).not.toHaveProperty("next");
  });

  test("the wait ends with the reason when the action fails", async () => {
    const harness = await start();
    running(harness);
    harness.simulator.intercept = () => {
      const action = harness.simulator.state.actions.get(ACTION);
      if (!action || harness.simulator.requests.length < 3) return;
      const error = { code: "action_failed", message: "the server\u202e was deleted" };
      harness.simulator.state.actions.set(ACTION, { ...action, status: "error", error });
    };
    const { data } = await harness.call(WAIT, { action_id: ACTION });
    expect(data).toMatchObject({
      waiting: false,
      action: { status: "error", error: "action_failed: the server was deleted" },
    });
  });

  test("the wait ends in time when the action still runs, and says how to continue", async () => {
    const harness = await start();
    running(harness);
    const { data } = await harness.call(WAIT, { action_id: ACTION });
    expect(data).toMatchObject({ waiting: true, action: { id: ACTION, status: "running" } });
    expect(data["next"]).toContain("hcloud_wait_for_image");
    expect(harness.clock.now() - NOON).toBeLessThan(45_000);
    expect(harness.clock.now() - NOON).toBeGreaterThan(35_000);
  });

  test("the wait ends with the last read when the action can no longer be read", async () => {
    const harness = await start();
    running(harness);
    harness.simulator.intercept = (request, response, apply) => {
      if (harness.simulator.requests.length < 4) return;
      return answering("GET", "/images/actions", apiError(503, "unavailable"))(request, response, apply);
    };
    expect((await harness.call(WAIT, { action_id: ACTION })).data["waiting"]).toBe(true);
  });

  test("the wait fails when the action is missing", async () => {
    const { call } = await start();
    expectFailure(await call(WAIT, { action_id: 1 }), "not_found");
  });
});

describe("progress of hcloud_wait_for_image", () => {
  test.each<[what: string, args: Record<string, number>, message: string]>([
    ["an image", { id: CREATING }, `image ${CREATING} is being created`],
    ["an action", { action_id: ACTION }, `action ${ACTION} is running`],
  ])("progress grows with every notification while waiting for %s", async (_, args, message) => {
    const harness = await start();
    running(harness);
    const seen: { progress: number; total?: number | undefined; message?: string | undefined }[] = [];
    await harness.call(WAIT, args, { onprogress: (one) => void seen.push(one) });
    expect(seen.length).toBeGreaterThan(5);
    seen.reduce((last, { progress }) => {
      expect(progress).toBeGreaterThan(last);
      return progress;
    }, -1);
    for (const one of seen) {
      expect(one.message).toBe(message);
      expect(one.progress).toBeLessThanOrEqual(one.total ?? 0);
    }
    expect(new Set(seen.map(({ total }) => total)).size).toBe(1);
  });

  test("progress is not sent to a client that did not request it", async () => {
    const harness = await start();
    const heard = recordMessages(harness);
    await harness.call(WAIT, { id: CREATING });
    expect(heard.filter((message) => !("method" in message))).toHaveLength(1);
  });
});

test.each([{ id: CREATING }, { action_id: ACTION }])(
  "a cancelled call ends the wait for %j",
  async (args) => {
    const harness = await start();
    running(harness);
    const cancel = new AbortController();
    const gone = new Promise<void>((resolve) => {
      harness.simulator.intercept = (_, response) => {
        if (harness.simulator.requests.length < 3) return;
        response.once("close", resolve);
        cancel.abort();
        return "handled";
      };
    });
    await expect(harness.call(WAIT, args, { signal: cancel.signal })).rejects.toThrow();
    await gone;
    harness.simulator.intercept = undefined;
    await harness.call("hcloud_get_image", { id: SNAPSHOT });
    expect(harness.simulator.requests).toHaveLength(4);
  },
);

test.each<[args: Record<string, unknown>, argument: string, ...facts: string[]]>([
  [{}, "", "id or action_id"],
  [{ id: 1, action_id: 2 }, "", "id or action_id"],
  [{ id: null }, "", "id or action_id"],
  [{ id: 0 }, "id", "0"],
  [{ action_id: "-7" }, "action_id", '"-7"'],
  [{ id: 1, timeout: 90 }, "", "unknown", '"timeout"'],
])("%j is refused before anything is sent", async (args, argument, ...facts) => {
  const { call, simulator } = await start();
  expectMistake(await call(WAIT, args), argument, ...facts);
  expect(simulator.requests).toEqual([]);
});
