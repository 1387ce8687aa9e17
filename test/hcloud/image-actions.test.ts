import { describe, expect, test } from "vitest";
import { unwrap } from "../../src/hcloud/change.ts";
import type { Action } from "../../src/hcloud/types.ts";
import type { Intercept } from "../../src/simulator/http.ts";
import { answerAsGateway, catchError, NO_GUARDS, newCall, refuseWith, startCloud } from "../support/cloud.ts";
import { NOON } from "../support/harness.ts";
import { image } from "../support/simulated.ts";

/** A project in which protecting image 1 takes so long, and the action that has just begun. */
async function startWaiting(actionMs: number) {
  const cloud = await startCloud({ images: [image(1)], actionMs });
  const action = unwrap(await cloud.hcloud.changeImageProtection(1, { delete: true }, NO_GUARDS));
  if (!action) throw new Error("no action was returned");
  cloud.simulator.requests.length = 0;
  return { ...cloud, action };
}

const ignore = () => undefined;

describe("waitForAction", () => {
  test("polls after growing pauses until the action has ended", async () => {
    const { hcloud, simulator, clock, action } = await startWaiting(20_000);
    expect(await hcloud.waitForAction(action, NOON + 43_000, ignore)).toMatchObject({
      id: action.id,
      status: "success",
      progress: 100,
    });
    expect(clock.slept).toEqual([500, 750, 1125, 1687.5, 2531.25, 3796.875, 5000, 5000]);
    expect(simulator.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(
      clock.slept.map(() => `GET /images/actions/${action.id}`),
    );
  });

  test("sends nothing when the action has ended already", async () => {
    const { hcloud, simulator, clock, action } = await startWaiting(0);
    expect(action.status).toBe("success");
    expect(await hcloud.waitForAction(action, NOON + 43_000, ignore)).toBe(action);
    expect(simulator.requests).toEqual([]);
    expect(clock.slept).toEqual([]);
  });

  test("returns the running action when its time is up", async () => {
    const { hcloud, clock, action } = await startWaiting(3_600_000);
    expect(await hcloud.waitForAction(action, NOON + 43_000, ignore)).toMatchObject({ status: "running" });
    expect(clock.now()).toBeLessThan(NOON + 43_000);
    expect(clock.now()).toBeGreaterThan(NOON + 37_000);
  });

  test("sends nothing when its time is up already", async () => {
    const { hcloud, simulator, action } = await startWaiting(1000);
    expect(await hcloud.waitForAction(action, NOON + 500, ignore)).toBe(action);
    expect(simulator.requests).toEqual([]);
  });

  test("reports before each wait how long it has waited, and how long it waits at most", async () => {
    const { hcloud, simulator, action } = await startWaiting(3_600_000);
    simulator.intercept = (_, response) => {
      const polled = simulator.requests.length;
      const status = polled === 4 ? "error" : "running";
      response.end(JSON.stringify({ action: { ...action, progress: 20 * polled, status } }));
      return "handled";
    };
    const told: [waited: number, atMost: number][] = [];
    const ended = await hcloud.waitForAction(action, NOON + 43_000, (...step) => told.push(step));
    expect(ended).toMatchObject({ status: "error", progress: 80 });
    expect(told).toEqual([0, 500, 1250, 2375].map((waited) => [waited, 43_000]));
  });

  test("never reports that it has waited longer than it waits at most", async () => {
    const { hcloud, simulator, clock, action } = await startWaiting(3_600_000);
    clock.random = () => 0.99;
    const fault = refuseWith(503, "unavailable");
    let failures = 2;
    simulator.intercept = (...args) =>
      clock.now() > NOON + 40_000 && failures-- > 0 ? fault(...args) : undefined;
    const told: number[] = [];
    await hcloud.waitForAction(action, NOON + 43_000, (waited) => told.push(waited));
    expect(Math.max(...told)).toBeLessThanOrEqual(43_000);
  });

  test.each<[string, Partial<Action>]>([
    [
      "success, whatever its error says",
      { status: "success", error: { code: "action_failed", message: "" } },
    ],
    ["error", { status: "error", error: { code: "action_failed", message: "no" } }],
    ["a status that is not known yet", { status: "abandoned" }],
  ])("returns an action that ended with %s", async (_, members) => {
    const { hcloud, simulator, action } = await startWaiting(3_600_000);
    simulator.state.actions.set(action.id, { ...action, ...members });
    expect(await hcloud.waitForAction(action, NOON + 43_000, ignore)).toMatchObject(members);
    expect(simulator.requests).toHaveLength(1);
  });

  test("continues after a poll that failed once", async () => {
    const { hcloud, simulator, action } = await startWaiting(3000);
    const fault = refuseWith(503, "unavailable");
    simulator.intercept = (...args) => (simulator.requests.length === 1 ? fault(...args) : undefined);
    expect(await hcloud.waitForAction(action, NOON + 43_000, ignore)).toMatchObject({ status: "success" });
  });

  test.each<[string, Intercept, number]>([
    ["cannot be found", refuseWith(404, "not_found"), 1],
    ["may not be read", refuseWith(403, "forbidden"), 1],
    ["cannot be understood", answerAsGateway(200), 2],
    ["is not available for long", refuseWith(503, "unavailable"), 6],
  ])("returns the last known state when the action %s any more", async (_, fault, asked) => {
    const { hcloud, simulator, action } = await startWaiting(3_600_000);
    simulator.intercept = (...args) => (simulator.requests.length > 1 ? fault(...args) : undefined);
    simulator.state.actions.set(action.id, { ...action, progress: 10 });
    const last = await hcloud.waitForAction(action, NOON + 43_000, ignore);
    expect(last).toEqual({ ...action, progress: 10 });
    expect(simulator.requests).toHaveLength(1 + asked);
  });

  test("rejects with the signal's reason when the call is cancelled", async () => {
    const { client, simulator, action } = await startWaiting(3_600_000);
    const cancel = new AbortController();
    const hcloud = newCall(client, cancel.signal);
    const waiting = hcloud.waitForAction(action, NOON + 43_000, () => {
      if (simulator.requests.length === 2) cancel.abort("enough");
    });
    await expect(waiting).rejects.toBe("enough");
    expect(simulator.requests).toHaveLength(2);
  });
});

const ACTION = {
  id: 13,
  command: "change_protection",
  status: "success",
  progress: 100,
  started: "2026-11-01T10:10:00Z",
  finished: "2026-11-01T10:10:01Z",
  resources: [{ id: 1, type: "image" }],
  error: null,
};

/** Two images; the first was protected once. */
async function startProject(intercept?: Intercept) {
  const cloud = await startCloud({
    images: [image(1), image(2)],
    ...(intercept && { intercept }),
  });
  cloud.simulator.state.actions.set(13, ACTION);
  return cloud;
}

describe("getActionForImage, when its route is gone,", () => {
  const gone = (fault: Intercept): Intercept => {
    return (request, ...rest) =>
      /^\/images\/\d+\/actions\/\d+$/.test(request.path) ? fault(request, ...rest) : undefined;
  };
  const routes: [string, Intercept][] = [
    ["404", refuseWith(404, "not_found")],
    ["410", refuseWith(410, "deprecated_api_endpoint")],
    [
      "410 without a body",
      (_, response) => {
        response.writeHead(410).end();
        return "handled";
      },
    ],
  ];

  test.each(routes)("finds the action among all actions after %s", async (_, fault) => {
    const { hcloud, simulator } = await startProject(gone(fault));
    expect(await hcloud.getActionForImage(1, 13)).toEqual(ACTION);
    expect(simulator.requests.map(({ path }) => path)).toEqual([
      "/images/1/actions/13",
      "/images/actions/13",
    ]);
  });

  test.each(routes)("rejects an action of another image as not_found after %s", async (_, fault) => {
    const { hcloud } = await startProject(gone(fault));
    expect(await catchError(hcloud.getActionForImage(2, 13))).toMatchObject({
      code: "not_found",
      status: 404,
      message: "action 13 does not belong to image 2",
    });
  });

  test("rejects an action of a server with the image's id as not_found", async () => {
    const { hcloud, simulator } = await startProject(gone(refuseWith(410, "deprecated_api_endpoint")));
    const resources = [
      { id: 2, type: "server" },
      { id: 1, type: "image" },
    ];
    simulator.state.actions.set(13, { ...ACTION, resources });
    expect(await catchError(hcloud.getActionForImage(2, 13))).toMatchObject({ code: "not_found" });
  });

  test("rejects an action that does not exist as not_found", async () => {
    const { hcloud } = await startProject();
    expect(await catchError(hcloud.getActionForImage(1, 99))).toMatchObject({
      code: "not_found",
      status: 404,
    });
  });

  test("sends no further request after any other error", async () => {
    const { hcloud, simulator } = await startProject(gone(refuseWith(403, "forbidden")));
    expect(await catchError(hcloud.getActionForImage(1, 13))).toMatchObject({ code: "forbidden" });
    expect(simulator.requests).toHaveLength(1);
  });
});
