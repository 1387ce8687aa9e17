import { describe, expect, test } from "vitest";
import {
  alter,
  answering,
  apiError,
  BACKUP,
  PROTECTED,
  question,
  recordCorrelationIds,
  SNAPSHOT,
  start,
  stored,
  TOKEN,
  UNLABELLED,
} from "../support/answers.ts";
import { aboutOne } from "../support/audit.ts";
import { aged } from "../support/cleanup.ts";
import { refusalIn } from "../support/code-refusals.ts";
import type { Harness } from "../support/harness.ts";

const UPDATE = "hcloud_update_image";
const DELETE = "hcloud_delete_image";
const PROTECTION = "hcloud_change_image_protection";
const EDIT = "hcloud_edit_image_labels";

/** Calls the tool, and again with the code when it returned one. */
async function confirm(harness: Harness, tool: string, args: object): Promise<void> {
  const { confirm } = question(await harness.call(tool, { ...args }));
  await harness.call(tool, { ...args, confirm });
}

describe("audit events of a gated call", () => {
  test("a confirmed call has the events preview, refused, confirmed and done, with arguments and without a code", async () => {
    const harness = await start();
    const { call, events } = harness;
    const names = recordCorrelationIds(harness);
    const args = { id: SNAPSHOT };
    const event = aboutOne(DELETE, args);
    const { confirm } = question(await call(DELETE, args));
    await call(DELETE, { ...args, confirm: "made-up" });
    alter(harness, SNAPSHOT, { description: "b" });
    const fresh = question(await call(DELETE, { ...args, confirm })).confirm;
    await call(DELETE, { ...args, confirm: fresh });
    expect(events).toEqual([
      { ...event, outcome: "preview" },
      { ...event, outcome: "refused", reason: expect.any(String) },
      { ...event, outcome: "refused", reason: expect.stringMatching(/ description .*"b"/) },
      { ...event, outcome: "confirmed", by: "code" },
      { ...event, outcome: "done", deleted: [SNAPSHOT], correlation_id: names[SNAPSHOT] },
    ]);
    expect(events.flatMap(({ reason }) => (reason ? refusalIn(String(reason)) : []))).toEqual([
      "unknown",
      "changed",
    ]);
    for (const code of [confirm, fresh]) expect(JSON.stringify(events)).not.toContain(code.slice(-12));
  });

  test("a call that loses nothing has the events started and done", async () => {
    const harness = await start();
    const names = recordCorrelationIds(harness);
    const args = { id: UNLABELLED, labels: { a: "b" } };
    await harness.call(UPDATE, args);
    expect(harness.events).toEqual([
      { ...aboutOne(UPDATE, args), outcome: "started" },
      {
        ...aboutOne(UPDATE, args),
        outcome: "done",
        previous: { labels: {} },
        correlation_id: names[UNLABELLED],
      },
    ]);
  });

  test("an audit event states that an action is still running", async () => {
    const harness = await start({ actionMs: 3_600_000 });
    const names = recordCorrelationIds(harness);
    const args = { id: SNAPSHOT, delete: true };
    await harness.call(PROTECTION, args);
    expect(harness.events).toEqual([
      { ...aboutOne(PROTECTION, args), outcome: "started" },
      { ...aboutOne(PROTECTION, args), outcome: "running", correlation_id: names[SNAPSHOT] },
    ]);
  });

  test("an audit event states that there was nothing to change", async () => {
    const { call, events } = await start();
    const args = { id: SNAPSHOT, delete: false };
    await call(PROTECTION, args);
    expect(events.map(({ outcome }) => outcome)).toEqual(["started", "unchanged"]);
  });

  test("audit events distinguish switching protection on from switching it off", async () => {
    const harness = await start({ actionMs: 0 });
    await harness.call(PROTECTION, { id: SNAPSHOT, delete: true });
    await confirm(harness, PROTECTION, { id: PROTECTED, delete: false });
    const done = harness.events.filter(({ outcome }) => outcome === "done");
    expect(done).toMatchObject([
      { ids: [SNAPSHOT], args: { delete: true } },
      { ids: [PROTECTED], args: { delete: false } },
    ]);
  });

  test("an audit event has the arguments as they were parsed, without nulls", async () => {
    const { call, events } = await start();
    await call(UPDATE, { id: SNAPSHOT, description: "x", labels: null, confirm: null });
    expect(events[0]?.["args"]).toEqual({ id: SNAPSHOT, description: "x" });
  });
});

describe("previous values in audit events", () => {
  test.each<[args: { id: number }, previous: object]>([
    [{ id: SNAPSHOT, labels: {} } as { id: number }, { labels: { env: "staging", app: "shop" } }],
    [{ id: SNAPSHOT, description: "x" } as { id: number }, { description: "before checkout rewrite" }],
    [{ id: BACKUP, type: "snapshot" } as { id: number }, { type: "backup" }],
  ])("the audit event of the update %j has the values that were lost", async (args, previous) => {
    const harness = await start();
    const answer = await harness.call(UPDATE, { ...args });
    if (answer.data["status"] === "confirmation_required") await confirm(harness, UPDATE, args);
    expect(harness.events.at(-1)).toMatchObject({ ...aboutOne(UPDATE, args), outcome: "done", previous });
  });

  test("the audit event of a label edit that changes nothing has no previous values", async () => {
    const harness = await start();
    const { env = "" } = harness.simulator.state.images.get(SNAPSHOT)?.labels ?? {};
    const { data } = await harness.call(EDIT, { ids: [SNAPSHOT], set: { env } });
    expect(data["status"]).toBe("unchanged");
    expect(harness.events.at(-1)).toMatchObject({ outcome: "unchanged", edited: [] });
    expect(harness.simulator.writes()).toEqual([]);
  });

  test("the audit event of a label edit names only the images that were written", async () => {
    const { call, events, simulator } = await start({
      images: [aged(1, 30, { labels: { env: "prod" } }), aged(2, 20)],
    });
    const { data } = await call(EDIT, { ids: [1, 2], set: { env: "prod" } });
    expect(simulator.writes().map(({ path }) => path)).toEqual(["/images/2"]);
    expect(events.at(-1)).toMatchObject({ outcome: "done", edited: [2] });
    expect(data).not.toHaveProperty("edited");
  });

  test("the audit event of a label edit has the previous labels of each image", async () => {
    const harness = await start();
    const names = recordCorrelationIds(harness);
    const args = { ids: [SNAPSHOT, UNLABELLED], set: { env: "dev", new: "" }, remove: ["app"] };
    await confirm(harness, EDIT, args);
    expect(harness.events.at(-1)).toEqual({
      tool: EDIT,
      ids: args.ids,
      args,
      outcome: "done",
      edited: args.ids,
      previous: [{ id: SNAPSHOT, labels: { env: "staging", app: "shop" } }],
      correlation_ids: names,
    });
  });
});

describe("audit events", () => {
  test("audit events never contain the token, whether arguments, an image or the API repeat it", async () => {
    const headers = { "X-Correlation-Id": TOKEN };
    const harness = await start();
    const { call, events, simulator } = harness;
    alter(harness, UNLABELLED, { description: `uses ${TOKEN}` });
    await call(UPDATE, {
      id: UNLABELLED,
      description: `uses ${TOKEN}!`,
      labels: { [TOKEN.slice(0, 32)]: TOKEN.slice(9, 40) },
    });
    const { confirm } = question(await call(DELETE, { id: SNAPSHOT }));
    alter(harness, SNAPSHOT, { description: TOKEN });
    const fresh = question(await call(DELETE, { id: SNAPSHOT, confirm }));
    simulator.intercept = answering("DELETE", "/images/", { ...apiError(423, "locked", TOKEN), headers });
    await call(DELETE, { id: SNAPSHOT, confirm: fresh.confirm });
    expect(events.map(({ outcome }) => outcome)).toEqual([
      "started",
      "done",
      "preview",
      "refused",
      "confirmed",
      "failed",
    ]);
    expect(stored(harness, UNLABELLED).description).toContain(TOKEN);
    const recorded = JSON.stringify(events) + harness.told.join();
    for (let i = 0; i + 8 <= TOKEN.length; i++) expect(recorded).not.toContain(TOKEN.slice(i, i + 8));
    expect(recorded).toContain("[redacted]");
  });

  test("audit events omit reads and calls with invalid arguments", async () => {
    const { call, events } = await start();
    await call("hcloud_list_images");
    await call("hcloud_get_image", { id: 1 });
    await call(DELETE, { id: "x" });
    await call(DELETE, { id: SNAPSHOT, confirm: 1 });
    expect(events).toEqual([]);
  });
});
