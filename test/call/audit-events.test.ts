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

describe("the events of a gated call", () => {
  test("are preview, refused, confirmed and the end, with the arguments and without any code", async () => {
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
      { ...event, outcome: "refused", reason: expect.stringContaining("not issued") },
      { ...event, outcome: "refused", reason: expect.stringMatching(/: description was ".*", is "b"\.$/) },
      { ...event, outcome: "confirmed", by: "code" },
      { ...event, outcome: "done", deleted: [SNAPSHOT], correlation_id: names[SNAPSHOT] },
    ]);
    for (const code of [confirm, fresh]) expect(JSON.stringify(events)).not.toContain(code.slice(-12));
  });

  test("are started and the end when nothing is lost", async () => {
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

  test("say that an action is still running", async () => {
    const harness = await start({ actionMs: 3_600_000 });
    const names = recordCorrelationIds(harness);
    const args = { id: SNAPSHOT, delete: true };
    await harness.call(PROTECTION, args);
    expect(harness.events).toEqual([
      { ...aboutOne(PROTECTION, args), outcome: "started" },
      { ...aboutOne(PROTECTION, args), outcome: "running", correlation_id: names[SNAPSHOT] },
    ]);
  });

  test("say that there was nothing to change", async () => {
    const { call, events } = await start();
    const args = { id: SNAPSHOT, delete: false };
    await call(PROTECTION, args);
    expect(events.map(({ outcome }) => outcome)).toEqual(["started", "unchanged"]);
  });

  test("tell protection that is switched on from protection that is switched off", async () => {
    const harness = await start({ actionMs: 0 });
    await harness.call(PROTECTION, { id: SNAPSHOT, delete: true });
    await confirm(harness, PROTECTION, { id: PROTECTED, delete: false });
    const done = harness.events.filter(({ outcome }) => outcome === "done");
    expect(done).toMatchObject([
      { ids: [SNAPSHOT], args: { delete: true } },
      { ids: [PROTECTED], args: { delete: false } },
    ]);
  });

  test("have arguments as they were understood: without nulls", async () => {
    const { call, events } = await start();
    await call(UPDATE, { id: SNAPSHOT, description: "x", labels: null, confirm: null });
    expect(events[0]?.["args"]).toEqual({ id: SNAPSHOT, description: "x" });
  });
});

describe("what was lost", () => {
  test.each<[args: { id: number }, previous: object]>([
    [{ id: SNAPSHOT, labels: {} } as { id: number }, { labels: { env: "staging", app: "shop" } }],
    [{ id: SNAPSHOT, description: "x" } as { id: number }, { description: "before checkout rewrite" }],
    [{ id: BACKUP, type: "snapshot" } as { id: number }, { type: "backup" }],
  ])("is recorded of an update: %j", async (args, previous) => {
    const harness = await start();
    const answer = await harness.call(UPDATE, { ...args });
    if (answer.data["status"] === "confirmation_required") await confirm(harness, UPDATE, args);
    expect(harness.events.at(-1)).toMatchObject({ ...aboutOne(UPDATE, args), outcome: "done", previous });
  });

  test("is not recorded of a label edit that finds nothing to change", async () => {
    const harness = await start();
    const { env = "" } = harness.simulator.state.images.get(SNAPSHOT)?.labels ?? {};
    const { data } = await harness.call(EDIT, { ids: [SNAPSHOT], set: { env } });
    expect(data["status"]).toBe("unchanged");
    expect(harness.events.at(-1)).toMatchObject({ outcome: "unchanged", edited: [] });
    expect(harness.simulator.writes()).toEqual([]);
  });

  test("is recorded of each image of a label edit", async () => {
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

describe("the audit events", () => {
  test("never contain the token, whether the arguments, an image or the API repeat it", async () => {
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

  test("say nothing of reading, nor of calls whose arguments are wrong", async () => {
    const { call, events } = await start();
    await call("hcloud_list_images");
    await call("hcloud_get_image", { id: 1 });
    await call(DELETE, { id: "x" });
    await call(DELETE, { id: SNAPSHOT, confirm: 1 });
    expect(events).toEqual([]);
  });
});
