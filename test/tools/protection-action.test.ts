/** The action that changes protection, and how the tool waits for it. */

import type { Progress } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, test } from "vitest";
import {
  answering,
  apiError,
  expectFailure,
  lines,
  recordMessages,
  SNAPSHOT,
  start,
  stored,
} from "../support/answers.ts";
import { claimsUnchanged } from "../support/claims.ts";
import { NOON } from "../support/harness.ts";

const PROTECTION = "hcloud_change_image_protection";

describe("action of hcloud_change_image_protection", () => {
  test("a change of protection waits until its action has ended", async () => {
    const harness = await start({ actionMs: 7_000 });
    const { data } = await harness.call(PROTECTION, { id: SNAPSHOT, delete: true });
    expect(data).toMatchObject({
      status: "done",
      action: { status: "success", finished: "2026-11-23T12:00:07Z" },
    });
    expect(harness.clock.time).toBeGreaterThanOrEqual(NOON + 7_000);
    expect(harness.clock.slept).toEqual([...harness.clock.slept].sort((a, b) => a - b));
    const polls = lines(harness.simulator.requests).slice(2, -1);
    expect(polls).toHaveLength(harness.clock.slept.length);
    expect(new Set(polls).size).toBe(1);
    expect(polls[0]).toMatch(/^GET \/images\/actions\/\d+$/);
  });

  test("a call does not wait beyond its time, and returns the status running with the action", async () => {
    const harness = await start({ actionMs: 3_600_000 });
    const { data, isError } = await harness.call(PROTECTION, { id: SNAPSHOT, delete: true });
    const [id] = [...harness.simulator.state.actions.keys()].slice(-1);
    expect(isError).toBe(false);
    expect(data).toMatchObject({ status: "running", id: SNAPSHOT, action: { id, status: "running" } });
    expect(data).not.toHaveProperty("protection");
    expect(harness.clock.time - NOON).toBeLessThan(45_000);
    expect(harness.clock.time - NOON).toBeGreaterThan(30_000);

    harness.clock.pass(3_600_000);
    expect((await harness.call("hcloud_get_image_action", { id })).data["status"]).toBe("success");
  });

  test("the wait for an action reports progress to a client that requests progress", async () => {
    const harness = await start({ actionMs: 5_000 });
    const seen: Progress[] = [];
    await harness.call(PROTECTION, { id: SNAPSHOT, delete: true }, { onprogress: (one) => seen.push(one) });
    for (const { total, message } of seen) {
      expect(total).toBe(43_000);
      expect(message).toBe(`changing the protection of image ${SNAPSHOT}`);
    }
    expect(seen.map(({ progress }) => progress)).toEqual([0, 500, 1250, 2375, 4062.5]);
  });

  test("the wait for an action reports no progress to a client that does not request it", async () => {
    const harness = await start({ actionMs: 5_000 });
    const heard = recordMessages(harness);
    await harness.call(PROTECTION, { id: SNAPSHOT, delete: true });
    expect(heard).toHaveLength(1);
    expect(heard[0]).toHaveProperty("result");
  });

  test("the progress of an action only grows, although the API's does not", async () => {
    const harness = await start({ actionMs: 20_000 });
    const steps: number[] = [];
    const onprogress = ({ progress }: Progress) => steps.push(progress);
    await harness.call(PROTECTION, { id: SNAPSHOT, delete: true }, { onprogress });
    expect(steps.length).toBeGreaterThan(5);
    expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
  });

  test("an action that cannot be read is reported as running", async () => {
    const intercept = answering("GET", "/images/actions/", apiError(403, "forbidden"));
    const harness = await start({ actionMs: 5_000, intercept });
    const answer = await harness.call(PROTECTION, { id: SNAPSHOT, delete: true });
    harness.clock.pass(5_000);
    harness.simulator.intercept = undefined;
    const { data } = await harness.call("hcloud_get_image", { id: SNAPSHOT });
    expect(data["protection"]).toEqual({ delete: true });
    const [id] = [...harness.simulator.state.actions.keys()].slice(-1);
    expect(answer.data).toMatchObject({ status: "running", id: SNAPSHOT, action: { id, status: "running" } });
    expect(claimsUnchanged(answer.text)).toBe(false);
  });

  test("an action with an unknown final status is not reported as done", async () => {
    const action = { id: 7, command: "change_protection", status: "cancelled", resources: [] };
    const harness = await start({
      intercept: answering("POST", "/images/", { status: 201, body: { action } }),
    });
    const { data } = await harness.call(PROTECTION, { id: SNAPSHOT, delete: true });
    expect(data).toEqual({
      status: "running",
      id: SNAPSHOT,
      action: expect.objectContaining({ id: 7, status: "cancelled" }),
    });
  });

  test("an action that ends in an error is an error with the quoted code and message", async () => {
    const harness = await start({ actionMs: 2_000 });
    const { state } = harness.simulator;
    harness.simulator.intercept = ({ method }) => {
      const [action] = [...state.actions.values()].slice(-1);
      if (method !== "GET" || action?.pending === undefined) return;
      const { pending: _, ...rest } = action;
      const error = { code: "action_failed", message: 'Action\nfailed "badly"' };
      state.actions.set(action.id, { ...rest, status: "error", error });
    };
    const answer = await harness.call(PROTECTION, { id: SNAPSHOT, delete: true });
    const [id = 0] = [...state.actions.keys()].slice(-1);
    const quoted = '"action_failed: Action failed \\"badly\\""';
    expectFailure(answer, "action_failed", SNAPSHOT, id, quoted, "hcloud_get_image");
    expect(stored(harness, SNAPSHOT).protection.delete).toBe(false);
    expect(harness.events.at(-1)).toMatchObject({ outcome: "failed", code: "action_failed" });
  });

  test("an action that ends in an error without a reason is an error", async () => {
    const action = { id: 7, command: "change_protection", status: "error", resources: [], error: null };
    const { call } = await start({
      intercept: answering("POST", "/images/", { status: 201, body: { action } }),
    });
    const answer = await call(PROTECTION, { id: SNAPSHOT, delete: true });
    expectFailure(answer, "action_failed", "action 7 ", '"error"');
  });
});
