import type { Progress } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, test } from "vitest";
import {
  answering,
  apiError,
  BACKUP,
  changes,
  expectUntouched,
  failure,
  lines,
  MISSING,
  overhear,
  PROTECTED,
  question,
  SNAPSHOT,
  SYSTEM,
  start,
  stored,
} from "../support/answers.ts";
import { NOON } from "../support/harness.ts";

const PROTECTION = "hcloud_change_image_protection";
const path = (id: number) => `/images/${id}/actions/change_protection`;

describe("switching protection on", () => {
  test.each([SNAPSHOT, PROTECTED])("asks nothing (image %i)", async (id) => {
    const harness = await start();
    const { data } = await harness.call(PROTECTION, { id, delete: true });
    expect(data).toMatchObject({
      status: "done",
      id,
      protection: { delete: true },
      action: { command: "change_protection", status: "success", progress: 100 },
    });
    expect(changes(harness)).toEqual([[`POST ${path(id)}`, { delete: true }]]);
    expect(stored(harness, id).protection.delete).toBe(true);
  });

  test.each([BACKUP, SYSTEM])(
    "is refused by the API for what is no snapshot, and says why (image %i)",
    async (id) => {
      const harness = await start();
      const told = failure(await harness.call(PROTECTION, { id, delete: true }));
      expect(told).toContain("service_error");
      expect(told).toContain("protection can only be changed on images of type snapshot");
      expect(stored(harness, id).protection.delete).toBe(false);
    },
  );
});

describe("switching protection off", () => {
  test("asks first, and does it with the code", async () => {
    const harness = await start();
    const before = stored(harness, PROTECTED);
    const args = { id: PROTECTED, delete: false };
    const { preview, confirm } = question(await harness.call(PROTECTION, args));
    expect(preview["will"]).toMatch(/^lift the delete protection of snapshot 371904418\b/);
    expect(preview["cannot_be_undone"]).toMatch(/deleted for good/);
    expect(preview["image"]).toMatchObject({ description: "golden web x86", protection: { delete: true } });
    expectUntouched(harness, before);

    const { data } = await harness.call(PROTECTION, { ...args, confirm });
    expect(data).toMatchObject({ status: "done", id: PROTECTED, protection: { delete: false } });
    expect(changes(harness)).toEqual([[`POST ${path(PROTECTED)}`, { delete: false }]]);
    expect(stored(harness, PROTECTED).protection.delete).toBe(false);
  });

  test("where it is off already asks nothing", async () => {
    const harness = await start();
    const { data } = await harness.call(PROTECTION, { id: SNAPSHOT, delete: false });
    expect(data).toMatchObject({ status: "done", protection: { delete: false } });
    expect(changes(harness)).toEqual([[`POST ${path(SNAPSHOT)}`, { delete: false }]]);
  });

  test("of a missing image is an error", async () => {
    const { call, simulator } = await start();
    expect(failure(await call(PROTECTION, { id: MISSING, delete: false }))).toContain("not_found");
    expect(simulator.writes()).toEqual([]);
  });
});

describe("the action is waited for", () => {
  test("until it has ended", async () => {
    const harness = await start({ actionMs: 7_000 });
    const { data } = await harness.call(PROTECTION, { id: SNAPSHOT, delete: true });
    expect(data).toMatchObject({
      status: "done",
      action: { status: "success", finished: "2026-11-23T12:00:07Z" },
    });
    expect(harness.clock.time).toBeGreaterThanOrEqual(NOON + 7_000);
    expect(harness.clock.slept).toEqual([...harness.clock.slept].sort((a, b) => a - b));
    const polls = lines(harness.simulator.requests).slice(1);
    expect(polls).toHaveLength(harness.clock.slept.length);
    expect(new Set(polls).size).toBe(1);
    expect(polls[0]).toMatch(/^GET \/images\/actions\/\d+$/);
  });

  test("but not beyond the time of a call: then it says running, and which action to look at", async () => {
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

  test("with progress, for a client that asks for it", async () => {
    const harness = await start({ actionMs: 5_000 });
    const seen: Progress[] = [];
    await harness.call(PROTECTION, { id: SNAPSHOT, delete: true }, { onprogress: (one) => seen.push(one) });
    for (const { total, message } of seen) {
      expect(total).toBe(43_000);
      expect(message).toBe(`changing the protection of image ${SNAPSHOT}`);
    }
    expect(seen.map(({ progress }) => progress)).toEqual([0, 500, 1250, 2375, 4062.5]);
  });

  test("without progress for a client that does not ask for it", async () => {
    const harness = await start({ actionMs: 5_000 });
    const heard = overhear(harness);
    await harness.call(PROTECTION, { id: SNAPSHOT, delete: true });
    expect(heard).toHaveLength(1);
    expect(heard[0]).toHaveProperty("result");
  });

  test("with progress that only ever grows, also where the API's does not", async () => {
    const harness = await start({ actionMs: 20_000 });
    const steps: number[] = [];
    const onprogress = ({ progress }: Progress) => steps.push(progress);
    await harness.call(PROTECTION, { id: SNAPSHOT, delete: true }, { onprogress });
    expect(steps.length).toBeGreaterThan(5);
    expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
  });

  test("and a failure of asking for it is not told as a failure of the change", async () => {
    const intercept = answering("GET", "/images/actions/", apiError(403, "forbidden"));
    const harness = await start({ actionMs: 5_000, intercept });
    const answer = await harness.call(PROTECTION, { id: SNAPSHOT, delete: true });
    harness.clock.pass(5_000);
    harness.simulator.intercept = undefined;
    const { data } = await harness.call("hcloud_get_image", { id: SNAPSHOT });
    expect(data["protection"]).toEqual({ delete: true });
    const [id] = [...harness.simulator.state.actions.keys()].slice(-1);
    expect(answer.data).toMatchObject({ status: "running", id: SNAPSHOT, action: { id, status: "running" } });
    expect(answer.text).not.toContain("Nothing was changed");
  });

  test("an action that ends in a status nobody knows is not told as done", async () => {
    const action = { id: 7, command: "change_protection", status: "cancelled", resources: [] };
    const harness = await start({
      intercept: answering("POST", "/images/", { status: 201, body: { action } }),
    });
    const answer = await harness.call(PROTECTION, { id: SNAPSHOT, delete: true });
    expect(answer.text).toContain("cancelled");
    expect(answer.text).not.toContain('"done"');
  });

  test("an action that ends in an error is an error, with its code and message quoted", async () => {
    const harness = await start({ actionMs: 2_000 });
    const { state } = harness.simulator;
    harness.simulator.intercept = ({ method }) => {
      const [action] = [...state.actions.values()].slice(-1);
      if (method !== "GET" || action?.pending === undefined) return;
      const { pending: _, ...rest } = action;
      const error = { code: "action_failed", message: 'Action\nfailed "badly"' };
      state.actions.set(action.id, { ...rest, status: "error", error });
    };
    const told = failure(await harness.call(PROTECTION, { id: SNAPSHOT, delete: true }));
    const [id] = [...state.actions.keys()].slice(-1);
    expect(told).toContain(`could not change the protection of image ${SNAPSHOT}: action ${id} ended with`);
    expect(told).toContain('"action_failed: Action failed \\"badly\\""');
    expect(told).toContain("hcloud_get_image");
    expect(stored(harness, SNAPSHOT).protection.delete).toBe(false);
  });
});

test("an image on which another action runs is locked, and nothing is changed", async () => {
  const harness = await start({
    intercept: answering("POST", "/images/", apiError(423, "locked", "image is locked")),
  });
  const told = failure(await harness.call(PROTECTION, { id: SNAPSHOT, delete: true }));
  expect(told).toContain("locked");
  expect(told).toContain("hcloud_list_actions_for_image");
  expect(changes(harness)).toHaveLength(1);
});

test.each<[args: Record<string, unknown>, sentence: RegExp]>([
  [{ id: SNAPSHOT }, /^delete\b/],
  [{ delete: true }, /^id: is required/],
  [{ id: SNAPSHOT, delete: "no" }, /^delete\b/],
  [{ id: SNAPSHOT, delete: null }, /^delete: is required$/],
  [{ id: SNAPSHOT, protection: { delete: true } }, /unknown argument "protection"/],
  [{ id: SNAPSHOT, delete: true, rebuild: true }, /^unknown argument "rebuild"/],
])("%j is refused before anything is sent", async (args, sentence) => {
  const { call, simulator } = await start();
  const told = failure(await call(PROTECTION, args));
  expect(
    told.split("\n").some((line) => sentence.test(line)),
    told,
  ).toBe(true);
  expect(simulator.requests).toEqual([]);
});
