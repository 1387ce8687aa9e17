import { describe, expect, test } from "vitest";
import type { StoredAction } from "../../src/simulator/state.ts";
import { type Cloud, image, listedIds, startSimulated, withQuery } from "../support/simulated.ts";

const protect = (cloud: Cloud, id: number, wish: unknown = true) =>
  cloud.ask("POST", `/images/${id}/actions/change_protection`, { delete: wish });

const done = (id: number, imageId: number, rest: Partial<StoredAction> = {}): StoredAction => ({
  id,
  command: "create_image",
  status: "success",
  progress: 100,
  started: "2026-11-01T10:00:00Z",
  finished: "2026-11-01T10:01:00Z",
  resources: [{ id: imageId, type: "image" }],
  error: null,
  ...rest,
});

async function startWith(actions: StoredAction[]) {
  const cloud = await startSimulated({ images: [image(1), image(2)] });
  for (const action of actions) cloud.state.actions.set(action.id, action);
  return cloud;
}

describe("POST change_protection", () => {
  test("a change of protection returns a running action, and protects when the action ends", async () => {
    const cloud = await startSimulated({ images: [image(1)], actionMs: 5000 });
    const { ask, clock } = cloud;
    const reply = await protect(cloud, 1);
    const running = {
      id: 1,
      command: "change_protection",
      status: "running",
      progress: 0,
      started: "2026-11-23T14:05:00Z",
      finished: null,
      resources: [{ id: 1, type: "image" }],
      error: null,
    };
    expect(reply.status).toBe(201);
    expect(reply.body).toEqual({ action: running });
    clock.advance(4999);
    expect((await ask("GET", "/images/actions/1")).body.action).toEqual(running);
    expect((await ask("GET", "/images/1")).body.image.protection).toEqual({ delete: false });
    clock.advance(1);
    expect((await ask("GET", "/images/1")).body.image.protection).toEqual({ delete: true });
    expect((await ask("GET", "/images/actions/1")).body.action).toEqual({
      ...running,
      status: "success",
      progress: 100,
      finished: "2026-11-23T14:05:05Z",
    });
  });

  test("an action takes 300 ms by default, and no time when set so", async () => {
    const slow = await startSimulated({ images: [image(1)] });
    await protect(slow, 1);
    slow.clock.advance(299);
    expect((await slow.ask("GET", "/actions/1")).body.action.status).toBe("running");
    slow.clock.advance(1);
    expect((await slow.ask("GET", "/actions/1")).body.action.status).toBe("success");

    const fast = await startSimulated({ images: [image(1)], actionMs: 0 });
    expect((await protect(fast, 1)).body.action).toMatchObject({ status: "success", progress: 100 });
    expect(fast.state.images.get(1)?.protection.delete).toBe(true);
  });

  test("a protected image cannot be deleted until its protection is lifted", async () => {
    const cloud = await startSimulated({ images: [image(1)], actionMs: 0 });
    await protect(cloud, 1);
    expect((await cloud.ask("DELETE", "/images/1")).body.error.code).toBe("protected");
    await protect(cloud, 1, false);
    expect((await cloud.ask("DELETE", "/images/1")).status).toBe(204);
  });

  test("a request without delete is an action that changes nothing", async () => {
    const { ask, state } = await startSimulated({
      images: [image(1, { protection: { delete: true } })],
      actionMs: 0,
    });
    expect((await ask("POST", "/images/1/actions/change_protection", {})).status).toBe(201);
    expect(state.images.get(1)?.protection.delete).toBe(true);
  });

  test("an image with a running action is locked against another action and deletion, not against updates", async () => {
    const cloud = await startSimulated({ images: [image(1), image(2)] });
    const { ask, clock, state } = cloud;
    await protect(cloud, 1);
    expect((await protect(cloud, 1, false)).body.error.code).toBe("locked");
    const deleted = await ask("DELETE", "/images/1");
    expect([deleted.status, deleted.body.error.code]).toEqual([423, "locked"]);
    expect((await ask("PUT", "/images/1", { description: "meanwhile" })).status).toBe(200);
    expect((await protect(cloud, 2)).status).toBe(201);
    clock.advance(300);
    expect((await protect(cloud, 1, false)).status).toBe(201);
    expect(state.images.get(1)).toMatchObject({ description: "meanwhile", protection: { delete: true } });
  });

  test.each(["system", "app", "backup"])("images of type %s cannot be protected", async (type) => {
    const cloud = await startSimulated({ images: [image(1, { type })] });
    const reply = await protect(cloud, 1);
    expect([reply.status, reply.body.error.code]).toEqual([422, "service_error"]);
    expect(cloud.state.actions.size).toBe(0);
  });

  test("protection is refused for an image being created, a value that is no boolean, and a missing image", async () => {
    const cloud = await startSimulated({ images: [image(1, { status: "creating" }), image(2)] });
    expect((await protect(cloud, 1)).status).toBe(423);
    expect((await protect(cloud, 2, "yes")).body.error.message).toBe("invalid input in field 'delete'");
    expect((await protect(cloud, 3)).status).toBe(404);
    expect(cloud.state.actions.size).toBe(0);
  });
});

describe("GET actions", () => {
  const actions = [
    done(30, 1, { started: "2026-11-03T00:00:00Z", finished: "2026-11-03T00:00:09Z" }),
    done(10, 1, {
      command: "change_protection",
      started: "2026-11-02T00:00:00Z",
      status: "running",
      finished: null,
    }),
    done(20, 2, { status: "error", error: { code: "action_failed", message: "Action failed" } }),
    done(40, 9, { finished: "2026-11-01T10:00:30Z" }),
    done(50, 1, { resources: [{ id: 1, type: "server" }] }),
  ];

  test.each<[string, number[]]>([
    ["/images/actions", [10, 20, 30, 40]],
    ["/images/actions?id=30&id=10&id=77", [10, 30]],
    ["/images/actions?status=running&status=error", [10, 20]],
    ["/images/actions?sort=command:desc&sort=id:desc", [40, 30, 20, 10]],
    ["/images/actions?sort=status", [20, 10, 30, 40]],
    ["/images/actions?sort=started", [20, 40, 10, 30]],
    ["/images/actions?sort=finished", [10, 40, 20, 30]],
    ["/images/actions?per_page=3&page=2", [40]],
    ["/images/1/actions", [10, 30]],
    ["/images/1/actions?status=success", [30]],
    ["/images/1/actions?id=10", [10, 30]],
    ["/actions?id=10&id=50", [10, 50]],
    ["/actions?id=10&page=1&sort=status&sort=id", [10]],
  ])("GET %s lists %j", async (path, expected) => {
    const { ask } = await startWith(actions);
    const reply = await ask("GET", path);
    expect(reply.status).toBe(200);
    expect(listedIds(reply)).toEqual(expected);
  });

  test.each([
    ["/images/actions/30", 30],
    ["/images/1/actions/10", 10],
    ["/actions/50", 50],
  ])("GET %s returns the action", async (path, id) => {
    const { ask } = await startWith(actions);
    const reply = await ask("GET", path);
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({ action: actions.find((action) => action.id === id) });
  });

  test.each([
    ["/images/actions/50", "action with ID '50' not found"],
    ["/images/actions/abc", "action with ID 'abc' not found"],
    ["/images/1/actions/20", "action with ID '20' not found"],
    ["/images/9/actions/40", "image with ID '9' not found"],
    ["/images/9/actions", "image with ID '9' not found"],
    ["/actions/77", "action with ID '77' not found"],
  ])("GET %s fails: %s", async (path, message) => {
    const { ask } = await startWith(actions);
    const reply = await ask("GET", path);
    expect(reply.status).toBe(404);
    expect(reply.body.error).toEqual({ code: "not_found", message, details: null });
  });

  test.each([
    ["sort", "progress"],
    ["sort", "created"],
    ["status", "failed"],
    ["per_page", "100"],
  ])("actions with %s=%s are refused", async (name, value) => {
    const { ask } = await startWith(actions);
    for (const path of ["/images/actions", "/images/1/actions"]) {
      const reply = await ask("GET", withQuery(path, [[name, value]]));
      expect([reply.status, reply.body.error.message]).toEqual([422, `invalid input in field '${name}'`]);
    }
  });

  test("the list of all actions of the API is gone", async () => {
    const { ask } = await startWith(actions);
    const reply = await ask("GET", "/actions?status=running");
    expect(reply.status).toBe(410);
    expect(reply.body.error).toMatchObject({
      code: "deprecated_api_endpoint",
      details: { announcement: expect.stringContaining("https://docs.hetzner.cloud/changelog") },
    });
  });

  test("the actions of a deleted image remain in the list of all images", async () => {
    const cloud = await startSimulated({ images: [image(1)], actionMs: 0 });
    await protect(cloud, 1, false);
    await cloud.ask("DELETE", "/images/1");
    expect((await cloud.ask("GET", "/images/1/actions/1")).status).toBe(404);
    expect(listedIds(await cloud.ask("GET", "/images/actions"))).toEqual([1]);
    expect((await cloud.ask("GET", "/images/actions/1")).status).toBe(200);
  });
});
