import { describe, expect, test } from "vitest";
import { image } from "../simulator/support.ts";
import { answered, applied, failure, first, lost, startCloud } from "./support.ts";

/** Actions end at once, so that whatever was carried out shows. */
const PROJECT = { images: [image(1, { labels: { env: "dev", keep: "" } })], actionMs: 0 };

const OTHER = {
  id: 7,
  command: "create_image",
  progress: 50,
  started: "2026-11-23T11:59:00Z",
  finished: null,
  resources: [{ id: 1, type: "image" }],
  error: null,
};

describe("an update", () => {
  test.each([
    ["a label more", { env: "dev" }],
    ["another value", { env: "prod", keep: "" }],
    ["a label less", { env: "dev", keep: "", more: "1" }],
    ["another key", { env: "dev", kept: "" }],
    ["labels, and none are wanted", {}],
  ])("is sent again when its target still has %s", async (_, labels) => {
    const { hcloud, simulator } = await startCloud({ ...PROJECT, intercept: first(1, "PUT", lost) });
    expect((await hcloud.updateImage(1, { labels })).labels).toEqual(labels);
    expect(simulator.writes()).toHaveLength(2);
  });

  test("answered with another image is settled like one whose answer was lost", async () => {
    const other = answered(200, JSON.stringify({ image: image(2) }));
    const done = await startCloud({ ...PROJECT, intercept: first(1, "PUT", applied(other)) });
    expect(await done.hcloud.updateImage(1, { description: "new" })).toMatchObject({
      id: 1,
      description: "new",
    });
    const failed = await startCloud({ ...PROJECT, intercept: first(1, "PUT", other) });
    const error = await failure(failed.hcloud.updateImage(1, { description: "new" }));
    expect(error).toMatchObject({ code: "malformed_reply", unchanged: true });
  });

  test.each([1, 2])(
    "whose target is gone when it is read after attempt %i is told as that",
    async (attempt) => {
      const { hcloud, simulator } = await startCloud({ ...PROJECT });
      simulator.intercept = (request, ...rest) => {
        if (request.method !== "PUT") return undefined;
        if (simulator.writes().length === attempt) simulator.state.images.delete(1);
        return lost(request, ...rest);
      };
      const error = await failure(hcloud.updateImage(1, { description: "new" }));
      expect(error).toMatchObject({ code: "not_found", status: 404, unchanged: false });
      expect(simulator.writes()).toHaveLength(attempt);
    },
  );

  test("that makes a backup a snapshot is settled by the type", async () => {
    for (const [fault, sent] of [
      [lost, 2],
      [applied(lost), 1],
    ] as const) {
      const { hcloud, simulator } = await startCloud({
        images: [image(1, { type: "backup", bound_to: 42 })],
        intercept: first(1, "PUT", fault),
      });
      expect(await hcloud.updateImage(1, { type: "snapshot" })).toMatchObject({
        type: "snapshot",
        bound_to: null,
      });
      expect(simulator.writes()).toHaveLength(sent);
    }
  });
});

describe("a deletion", () => {
  test("sent again that finds nothing left is done", async () => {
    const { hcloud, simulator } = await startCloud({ ...PROJECT, intercept: first(1, "DELETE", lost) });
    simulator.intercept = (request, response, apply) => {
      if (request.method !== "DELETE") return undefined;
      if (simulator.writes().length === 1) return lost(request, response, apply);
      simulator.state.images.delete(1);
      return undefined;
    };
    await expect(hcloud.deleteImage(1)).resolves.toBeUndefined();
    expect(simulator.writes().map(({ method }) => method)).toEqual(["DELETE", "DELETE"]);
  });

  test("is done when its target says when it was deleted", async () => {
    const { hcloud, simulator } = await startCloud({ ...PROJECT, intercept: first(1, "DELETE", lost) });
    simulator.state.images.set(1, image(1, { deleted: "2026-11-23T12:00:00Z" }));
    await hcloud.deleteImage(1);
    expect(simulator.writes()).toHaveLength(1);
  });

  test.each([
    [200, "{}"],
    [200, JSON.stringify({ image: image(1) })],
    [201, "{}"],
    [202, JSON.stringify({ action: OTHER })],
  ])("is not taken for done because something in front of the API says %i %s", async (status, body) => {
    const { hcloud, simulator } = await startCloud({
      ...PROJECT,
      intercept: first(1, "DELETE", answered(status, body)),
    });
    expect(await failure(hcloud.deleteImage(1))).toMatchObject({
      code: "malformed_reply",
      message: "a deletion was not answered with 204",
      status,
      unchanged: true,
    });
    expect(simulator.writes()).toHaveLength(1);
    expect(simulator.state.images.has(1)).toBe(true);
  });

  test("sent again is not taken for done because a page in front of the API says 404", async () => {
    const { hcloud, simulator } = await startCloud({ ...PROJECT });
    simulator.intercept = (request, ...rest) => {
      if (request.method !== "DELETE") return undefined;
      return (simulator.writes().length === 1 ? lost : answered(404))(request, ...rest);
    };
    expect(await failure(hcloud.deleteImage(1))).toMatchObject({
      code: "http_404",
      unchanged: true,
    });
    expect(simulator.writes()).toHaveLength(2);
    expect(simulator.state.images.has(1)).toBe(true);
  });

  test("is not taken for done because a page in front of the API says 404", async () => {
    const { hcloud, simulator } = await startCloud({
      ...PROJECT,
      intercept: (request, ...rest) => (request.method === "GET" ? answered(404) : lost)(request, ...rest),
    });
    const error = await failure(hcloud.deleteImage(1));
    expect(error.code).toBe("outcome_unknown");
    expect(simulator.state.images.has(1)).toBe(true);
  });
});

describe("a change of protection", () => {
  test("whose target is gone when it is read is told as that", async () => {
    const { hcloud, simulator } = await startCloud({ ...PROJECT });
    simulator.intercept = (request, ...rest) => {
      if (request.method !== "POST") return undefined;
      simulator.state.images.delete(1);
      return lost(request, ...rest);
    };
    expect(await failure(hcloud.changeImageProtection(1, { delete: true }))).toMatchObject({
      code: "not_found",
      unchanged: false,
    });
    expect(simulator.writes()).toHaveLength(1);
  });

  test("whose lost request started an action is that action, which is waited for", async () => {
    const { hcloud, simulator, clock } = await startCloud({
      images: PROJECT.images,
      actionMs: 2000,
      intercept: first(1, "POST", applied(lost)),
    });
    const action = await hcloud.changeImageProtection(1, { delete: true });
    expect(action).toMatchObject({ command: "change_protection", status: "running" });
    if (!action) throw new Error("an action was expected");
    const ended = await hcloud.waitForAction(action, clock.now() + 30_000, () => undefined);
    expect(ended).toMatchObject({ id: action.id, status: "success" });
    expect(simulator.writes()).toHaveLength(1);
    expect(simulator.state.images.get(1)?.protection).toEqual({ delete: true });
  });

  test("that shows in its target already has no action to wait for", async () => {
    const { hcloud } = await startCloud({ ...PROJECT, intercept: first(1, "POST", applied(lost)) });
    expect(await hcloud.changeImageProtection(1, { delete: true })).toBeNull();
  });

  test("is sent again when only something else runs on the image, which may be the first of the two", async () => {
    const { hcloud, simulator } = await startCloud({
      images: PROJECT.images,
      intercept: first(1, "POST", (request, response, apply) => {
        simulator.state.actions.set(7, { ...OTHER, status: "running" });
        return lost(request, response, apply);
      }),
    });
    const error = await failure(hcloud.changeImageProtection(1, { delete: true }));
    expect(error).toMatchObject({ code: "outcome_unknown", unchanged: false });
    expect(error.message).toMatch(/; sent again it was refused \(locked: .+\)$/);
    expect(error.cause).toMatchObject({ code: "connection_lost" });
    expect(simulator.writes()).toHaveLength(2);
  });
});
