import { describe, expect, test } from "vitest";
import type { Intercept } from "../../src/simulator/http.ts";
import { methodsOf, onChanges, PROJECT } from "../support/changes.ts";
import { answerAsGateway, applyThen, lost, NO_GUARDS, refuseWith, startCloud } from "../support/cloud.ts";
import { image } from "../support/simulated.ts";

const TIMEOUT = refuseWith(504, "timeout");

/** What a page or another service in front of the API may answer. */
const json = (status: number, body: unknown) => answerAsGateway(status, JSON.stringify(body));

describe("updateImage", () => {
  test("returns the image after the update and right before it", async () => {
    const { hcloud } = await startCloud(PROJECT);
    expect(await hcloud.updateImage(1, { labels: { env: "prod" } }, NO_GUARDS)).toMatchObject({
      outcome: "done",
      value: {
        image: { description: "image 1", labels: { env: "prod" } },
        before: { description: "image 1", labels: { env: "dev", keep: "" } },
      },
    });
  });

  test("returns the image as it was right before the last sending", async () => {
    const { hcloud, simulator } = await startCloud(PROJECT);
    simulator.intercept = onChanges((...args) => {
      simulator.state.images.set(1, image(1, { description: "by another client" }));
      return refuseWith(409, "conflict")(...args);
    });
    expect(await hcloud.updateImage(1, { description: "new" }, NO_GUARDS)).toMatchObject({
      outcome: "done",
      value: { image: { description: "new" }, before: { description: "by another client" } },
    });
  });

  test.each([
    ["a label more", { env: "dev" }],
    ["another value", { env: "prod", keep: "" }],
    ["a label less", { env: "dev", keep: "", more: "1" }],
    ["another key", { env: "dev", kept: "" }],
    ["labels, and none are wanted", {}],
  ])("does not take a lost update for done while the image has %s", async (_, labels) => {
    const { hcloud, simulator } = await startCloud({ ...PROJECT, intercept: onChanges(TIMEOUT) });
    expect(await hcloud.updateImage(1, { labels }, NO_GUARDS)).toMatchObject({
      value: { image: { labels } },
    });
    expect(simulator.writes()).toHaveLength(2);
  });

  test.each([
    ["description", { description: "new", labels: { env: "prod" } }, { labels: { env: "prod" } }],
    ["labels", { description: "new", labels: { env: "prod" } }, { description: "new" }],
    ["type", { description: "new", type: "snapshot" }, { description: "new", type: "backup" }],
  ] as const)(
    "does not take a lost update for done while only its %s is missing",
    async (_, update, found) => {
      const { hcloud, simulator } = await startCloud({ images: [image(1, { type: "backup" })] });
      simulator.intercept = onChanges((...args) => {
        simulator.state.images.set(1, image(1, { type: "backup", ...found }));
        return answerAsGateway(500)(...args);
      });
      expect(await hcloud.updateImage(1, update, NO_GUARDS)).toMatchObject({ outcome: "unknown" });
    },
  );

  test("takes a lost conversion of a backup for done when the image is a snapshot", async () => {
    const { hcloud, simulator } = await startCloud({
      images: [image(1, { type: "backup", bound_to: 42 })],
      intercept: onChanges(applyThen(lost)),
    });
    expect(await hcloud.updateImage(1, { type: "snapshot" }, NO_GUARDS)).toMatchObject({
      outcome: "done",
      value: { image: { type: "snapshot", bound_to: null }, before: { type: "backup", bound_to: 42 } },
    });
    expect(simulator.writes()).toHaveLength(1);
  });

  test("takes a response with another image for a lost one", async () => {
    const other = json(200, { image: image(2, { description: "new" }) });
    const made = await startCloud({ ...PROJECT, intercept: onChanges(applyThen(other)) });
    expect(await made.hcloud.updateImage(1, { description: "new" }, NO_GUARDS)).toMatchObject({
      outcome: "done",
      value: { image: { id: 1, description: "new" } },
    });
    const notMade = await startCloud({ ...PROJECT, intercept: onChanges(other) });
    expect(await notMade.hcloud.updateImage(1, { description: "new" }, NO_GUARDS)).toMatchObject({
      outcome: "unknown",
      error: { cause: { code: "malformed_reply" } },
    });
  });

  test("returns unknown when the image is gone after the loss, with the time of that read", async () => {
    const { hcloud, simulator, clock } = await startCloud(PROJECT);
    clock.pass(10_000);
    simulator.intercept = onChanges((...args) => {
      simulator.state.images.delete(1);
      return TIMEOUT(...args);
    });
    expect(await hcloud.updateImage(1, { description: "new" }, NO_GUARDS)).toMatchObject({
      outcome: "unknown",
      error: { code: "outcome_unknown", message: "timeout: because; at 12:00:11 UTC the image was gone" },
    });
    expect(methodsOf(simulator)).toEqual(["GET", "PUT", "GET"]);
  });
});

describe("deleteImage", () => {
  test("returns the image right before the deletion", async () => {
    const { hcloud } = await startCloud(PROJECT);
    expect(await hcloud.deleteImage(1, NO_GUARDS)).toMatchObject({
      outcome: "done",
      value: { id: 1, labels: { env: "dev", keep: "" } },
    });
  });

  test("takes a DELETE answered 404 after a lost one for done", async () => {
    const { hcloud, simulator } = await startCloud(PROJECT);
    simulator.intercept = onChanges(lost, () => {
      simulator.state.images.delete(1);
      return undefined;
    });
    expect(await hcloud.deleteImage(1, NO_GUARDS)).toMatchObject({ outcome: "done", value: { id: 1 } });
    expect(methodsOf(simulator)).toEqual(["GET", "DELETE", "GET", "DELETE", "GET"]);
  });

  test("returns refused as not_found when the first DELETE is answered 404", async () => {
    const { hcloud, simulator } = await startCloud(PROJECT);
    simulator.intercept = onChanges(() => {
      simulator.state.images.delete(1);
      return undefined;
    });
    expect(await hcloud.deleteImage(1, NO_GUARDS)).toMatchObject({
      outcome: "refused",
      error: { code: "not_found", status: 404 },
    });
    expect(methodsOf(simulator)).toEqual(["GET", "DELETE"]);
  });

  test("returns refused as not_found when another client deletes the image after a 409", async () => {
    const { hcloud, simulator } = await startCloud(PROJECT);
    simulator.intercept = onChanges((...args) => {
      simulator.state.images.delete(1);
      return refuseWith(409, "conflict")(...args);
    });
    expect(await hcloud.deleteImage(1, NO_GUARDS)).toMatchObject({
      outcome: "refused",
      error: { code: "not_found" },
    });
    expect(methodsOf(simulator)).toEqual(["GET", "DELETE", "GET"]);
  });

  test("takes a lost DELETE for done when the image is marked as deleted", async () => {
    const { hcloud, simulator } = await startCloud(PROJECT);
    simulator.intercept = onChanges((...args) => {
      simulator.state.images.set(1, image(1, { deleted: "2026-11-23T12:00:00Z" }));
      return lost(...args);
    });
    expect(await hcloud.deleteImage(1, NO_GUARDS)).toMatchObject({ outcome: "done" });
    expect(simulator.writes()).toHaveLength(1);
  });

  test.each([
    [200, {}],
    [200, { image: image(1) }],
    [201, {}],
    [202, { action: { id: 7 } }],
  ])("does not take a %i with %j for a deletion", async (status, body) => {
    const { hcloud, simulator } = await startCloud({ ...PROJECT, intercept: onChanges(json(status, body)) });
    expect(await hcloud.deleteImage(1, NO_GUARDS)).toMatchObject({
      outcome: "unknown",
      error: { cause: { code: "malformed_reply", status } },
    });
    expect(methodsOf(simulator)).toEqual(["GET", "DELETE", "GET"]);
  });

  test("does not take a page's 404 for a deletion, neither of the second DELETE nor of the next read", async () => {
    const { hcloud, simulator } = await startCloud(PROJECT);
    const page = answerAsGateway(404);
    const changes = onChanges(lost, page);
    simulator.intercept = (request, ...rest) => {
      if (request.method !== "GET") return changes(request, ...rest);
      return simulator.writes().length === 2 ? page(request, ...rest) : undefined;
    };
    expect(await hcloud.deleteImage(1, NO_GUARDS)).toMatchObject({
      outcome: "unknown",
      error: { message: expect.stringMatching(/\(http_404\)$/) },
    });
    expect(simulator.state.images.has(1)).toBe(true);
  });

  test("does not take a failing API's not_found for a deletion", async () => {
    const broken = refuseWith(500, "not_found");
    const { hcloud } = await startCloud({ ...PROJECT, intercept: afterFirst(broken) });
    expect(await hcloud.deleteImage(1, NO_GUARDS)).toMatchObject({ outcome: "unknown" });
  });
});

describe("changeImageProtection", () => {
  test("returns the action, which may still be running", async () => {
    const { hcloud } = await startCloud({ ...PROJECT, actionMs: 60_000 });
    expect(await hcloud.changeImageProtection(1, { delete: true }, NO_GUARDS)).toMatchObject({
      outcome: "done",
      value: { command: "change_protection", status: "running" },
    });
  });

  test("returns no action when its response was lost and the image shows the protection", async () => {
    const { hcloud } = await startCloud({ ...PROJECT, intercept: onChanges(applyThen(lost)) });
    expect(await hcloud.changeImageProtection(1, { delete: true }, NO_GUARDS)).toEqual({
      outcome: "done",
      value: null,
    });
  });

  test("never returns a running action that another client started", async () => {
    const { hcloud, simulator } = await startCloud({
      ...PROJECT,
      actionMs: 60_000,
      intercept: onChanges(applyThen(lost)),
    });
    expect(await hcloud.changeImageProtection(1, { delete: true }, NO_GUARDS)).toMatchObject({
      outcome: "unknown",
    });
    expect(methodsOf(simulator)).toEqual(["GET", "POST", "GET", "POST", "GET"]);
    expect(simulator.requests.every(({ path }) => !path.endsWith("/actions"))).toBe(true);
  });

  test("returns unknown when the image is gone after the loss", async () => {
    const { hcloud, simulator } = await startCloud(PROJECT);
    simulator.intercept = onChanges((...args) => {
      simulator.state.images.delete(1);
      return lost(...args);
    });
    expect(await hcloud.changeImageProtection(1, { delete: false }, NO_GUARDS)).toMatchObject({
      outcome: "unknown",
    });
    expect(simulator.writes()).toHaveLength(1);
  });
});

/** Answers all requests but the first with the fault. */
function afterFirst(fault: Intercept): Intercept {
  let requests = 0;
  return (...args) => (++requests === 1 ? undefined : fault(...args));
}
