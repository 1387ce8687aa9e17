import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import type { Intercept } from "../../src/simulator/http.ts";
import {
  alter,
  changes,
  expectFailure,
  lines,
  question,
  recordCorrelationIds,
  rows,
  SNAPSHOT,
  start,
  stored,
  UNLABELLED,
} from "../support/answers.ts";
import { onRequest } from "../support/cleanup.ts";
import { applyThen, lost } from "../support/cloud.ts";
import type { Harness } from "../support/harness.ts";
import { failOnce, RETRIES } from "../support/retries.ts";

const EDIT = "hcloud_edit_image_labels";
const LABELS = { env: "staging", app: "shop" };
const PATH = `/images/${SNAPSHOT}`;

/** Another client writes just before the read that follows our nth write, for every given set of labels. */
function meanwhile(harness: Harness, ...sets: Record<string, string>[]): Intercept {
  let written = false;
  return ({ method, path }) => {
    if (path !== PATH) return;
    if (method === "PUT") written = true;
    else if (written) {
      const labels = sets.shift();
      if (labels) alter(harness, SNAPSHOT, { labels });
      written = false;
    }
  };
}

describe("another client's edit between our write and our next read", () => {
  test("another client's edit is merged: both edits are kept", async () => {
    const harness = await start();
    harness.simulator.intercept = meanwhile(harness, { ...LABELS, theirs: "1" });
    const { data } = await harness.call(EDIT, { ids: [SNAPSHOT], set: { ours: "2" } });
    const merged = { ...LABELS, theirs: "1", ours: "2" };
    expect(data).toMatchObject({ status: "done", rows: [[SNAPSHOT, merged]] });
    expect(stored(harness, SNAPSHOT).labels).toEqual(merged);
    expect(changes(harness)).toEqual([
      [`PUT ${PATH}`, { labels: { ...LABELS, ours: "2" } }],
      [`PUT ${PATH}`, { labels: merged }],
    ]);
  });

  test("another client's edit that keeps our labels is left unchanged, and shown", async () => {
    const harness = await start();
    const both = { ...LABELS, ours: "2", theirs: "1" };
    harness.simulator.intercept = meanwhile(harness, both);
    const answer = await harness.call(EDIT, { ids: [SNAPSHOT], set: { ours: "2" } });
    expect(rows(answer)).toEqual([{ id: SNAPSHOT, labels: both }]);
    expect(harness.simulator.writes()).toHaveLength(1);
  });

  test("another client's edit that restores a removed label is a conflict, since the image is no longer as shown", async () => {
    const harness = await start();
    const args = { ids: [SNAPSHOT], set: { env: "prod" }, remove: ["app"] };
    const { confirm } = question(await harness.call(EDIT, args));
    const theirs = { ...LABELS, theirs: "1" };
    harness.simulator.intercept = meanwhile(harness, theirs);
    const { data } = await harness.call(EDIT, { ...args, confirm });
    expect(data).toMatchObject({ status: "incomplete", previous: [{ id: SNAPSHOT, labels: LABELS }] });
    expect(data["failed"]).toMatchObject([{ id: SNAPSHOT, code: "conflict" }]);
    expect(stored(harness, SNAPSHOT).labels).toEqual(theirs);
    expect(harness.simulator.writes()).toHaveLength(1);
  });

  test("another client's edit that loses ours is repaired after a confirmed edit when nothing is lost", async () => {
    const harness = await start();
    const args = { ids: [SNAPSHOT], set: { env: "prod" }, remove: ["app"] };
    const { confirm } = question(await harness.call(EDIT, args));
    harness.simulator.intercept = meanwhile(harness, { theirs: "1" });
    expect((await harness.call(EDIT, { ...args, confirm })).data["status"]).toBe("done");
    expect(stored(harness, SNAPSHOT).labels).toEqual({ theirs: "1", env: "prod" });
  });

  test("another client's value for our label is a conflict, and not overwritten", async () => {
    const harness = await start();
    const theirs = { ...LABELS, ours: "theirs" };
    const names = recordCorrelationIds(harness, meanwhile(harness, theirs));
    const args = { ids: [SNAPSHOT, UNLABELLED], set: { ours: "2" } };
    const { data } = await harness.call(EDIT, args);
    expect(data).toMatchObject({ status: "incomplete", rows: [[UNLABELLED, { ours: "2" }]] });
    expect(data["failed"]).toEqual([
      { id: SNAPSHOT, code: "conflict", why: expect.stringContaining("hcloud_get_image") },
    ]);
    expect(stored(harness, SNAPSHOT).labels).toEqual(theirs);
    expect(stored(harness, UNLABELLED).labels).toEqual({ ours: "2" });
    expect(lines(harness.simulator.writes()).filter((line) => line === `PUT ${PATH}`)).toHaveLength(1);
    const failed = [{ id: SNAPSHOT, code: "conflict" }];
    const event = { tool: EDIT, ids: args.ids, args };
    expect(harness.events).toEqual([
      { ...event, outcome: "started" },
      { ...event, outcome: "incomplete", edited: [SNAPSHOT, UNLABELLED], failed, correlation_ids: names },
    ]);
  });

  test("another client's value for a removed label is a conflict, and the removed value is reported", async () => {
    const harness = await start();
    const args = { ids: [SNAPSHOT], remove: ["app"] };
    const { confirm } = question(await harness.call(EDIT, args));
    const names = recordCorrelationIds(harness, meanwhile(harness, { env: "staging", app: "new" }));
    const { data } = await harness.call(EDIT, { ...args, confirm });
    const previous = [{ id: SNAPSHOT, labels: { app: "shop" } }];
    expect(data).toMatchObject({ status: "incomplete", rows: [], previous });
    expect(data["failed"]).toMatchObject([{ id: SNAPSHOT, code: "conflict" }]);
    expect(stored(harness, SNAPSHOT).labels).toEqual({ env: "staging", app: "new" });
    expect(harness.simulator.writes()).toHaveLength(1);
    const event = { tool: EDIT, ids: args.ids, args };
    const failed = [{ id: SNAPSHOT, code: "conflict" }];
    expect(names).toHaveProperty([SNAPSHOT]);
    expect(harness.events).toEqual([
      { ...event, outcome: "preview" },
      { ...event, outcome: "confirmed", by: "code" },
      { ...event, outcome: "incomplete", edited: args.ids, previous, failed, correlation_ids: names },
    ]);
  });

  test("another client that edits without end stops the edit after four writes, without losing labels", async () => {
    const harness = await start();
    const sets = Array.from({ length: 20 }, (_, i) => ({ ...LABELS, theirs: String(i) }));
    harness.simulator.intercept = meanwhile(harness, ...sets);
    const { data } = await harness.call(EDIT, { ids: [SNAPSHOT], set: { ours: "2" } });
    const failed = [{ id: SNAPSHOT, code: "conflict", why: expect.stringContaining("hcloud_get_image") }];
    expect(data).toMatchObject({ status: "incomplete", rows: [], failed });
    expect(harness.events.at(-1)).toMatchObject({ outcome: "incomplete", edited: [SNAPSHOT] });
    expect(harness.simulator.writes()).toHaveLength(4);
    expect(stored(harness, SNAPSHOT).labels).toEqual({ ...LABELS, theirs: "3" });
  });

  test.each([1, 2, 3])("another client's edits that end after %i writes are merged", async (count) => {
    const harness = await start();
    const sets = Array.from({ length: count }, (_, i) => ({ ...LABELS, theirs: String(i) }));
    harness.simulator.intercept = meanwhile(harness, ...sets);
    const merged = { ...LABELS, theirs: String(count - 1), ours: "2" };
    const { data } = await harness.call(EDIT, { ids: [SNAPSHOT], set: { ours: "2" } });
    expect(data).toMatchObject({ status: "done", rows: [[SNAPSHOT, merged]] });
    expect(stored(harness, SNAPSHOT).labels).toEqual(merged);
    expect(harness.simulator.writes()).toHaveLength(count + 1);
  });

  test("an image that another client deletes is reported, and the other images are done", async () => {
    const harness = await start();
    harness.simulator.intercept = ({ method, path }) => {
      const written = lines(harness.simulator.writes()).includes(`PUT ${PATH}`);
      if (method === "GET" && path === PATH && written) harness.simulator.state.images.delete(SNAPSHOT);
    };
    const { data } = await harness.call(EDIT, { ids: [SNAPSHOT, UNLABELLED], set: { ours: "2" } });
    expect(data).toMatchObject({ status: "incomplete", rows: [[UNLABELLED, { ours: "2" }]] });
    expect(data["failed"]).toMatchObject([{ id: SNAPSHOT, code: "not_found" }]);
  });
});

/** Changes SNAPSHOT just before it is read for the nth time. */
function beforeRead(harness: Harness, n: number, change: Partial<Image>): Intercept {
  let reads = 0;
  return ({ method, path }) => {
    if (method === "GET" && path === PATH && ++reads === n) alter(harness, SNAPSHOT, change);
  };
}

describe("another client's edit between the preview and our write", () => {
  test("another client's edit of other labels before our write is merged", async () => {
    const harness = await start();
    harness.simulator.intercept = beforeRead(harness, 2, { labels: { ...LABELS, theirs: "1" } });
    await harness.call(EDIT, { ids: [SNAPSHOT], set: { ours: "2" } });
    expect(stored(harness, SNAPSHOT).labels).toEqual({ ...LABELS, theirs: "1", ours: "2" });
  });

  test("another client's value is not overwritten when nobody agreed to that", async () => {
    const harness = await start();
    const theirs = { ...LABELS, ours: "theirs" };
    harness.simulator.intercept = beforeRead(harness, 2, { labels: theirs });
    await harness.call(EDIT, { ids: [SNAPSHOT], set: { ours: "2" } });
    expect(stored(harness, SNAPSHOT).labels).toEqual(theirs);
  });

  test("another client's value is not overwritten when another value was agreed", async () => {
    const harness = await start();
    const args = { ids: [SNAPSHOT], set: { env: "prod" } };
    const { confirm } = question(await harness.call(EDIT, args));
    harness.simulator.intercept = beforeRead(harness, 2, { labels: { ...LABELS, env: "theirs" } });
    await harness.call(EDIT, { ...args, confirm });
    expect(stored(harness, SNAPSHOT).labels).toEqual({ ...LABELS, env: "theirs" });
  });
});

describe.each(RETRIES)("after %s", (_, isLost, fault) => {
  const edit = { ids: [SNAPSHOT], set: { ours: "2" } };

  test("a label that another client has added is kept", async () => {
    const harness = await start();
    const theirs = { ...LABELS, theirs: "1" };
    failOnce(harness, fault, { reads: 2, beforeRetry: () => alter(harness, SNAPSHOT, { labels: theirs }) });
    const answer = await harness.call(EDIT, edit);
    const merged = { ...theirs, ours: "2" };
    // A lost write may still take effect, so it must not be repeated over another client's labels.
    if (isLost) expectFailure(answer, "outcome_unknown");
    else expect(answer.data).toMatchObject({ status: "done", rows: [[SNAPSHOT, merged]] });
    expect(stored(harness, SNAPSHOT).labels).toEqual(isLost ? theirs : merged);
  });

  test("an edit is sent again when its labels are unchanged, whatever else another client changes", async () => {
    const harness = await start();
    failOnce(harness, fault, {
      reads: 2,
      beforeRetry: () => alter(harness, SNAPSHOT, { description: "theirs" }),
    });
    expect((await harness.call(EDIT, edit)).data["status"]).toBe("done");
    expect(stored(harness, SNAPSHOT)).toMatchObject({
      description: "theirs",
      labels: { ...LABELS, ours: "2" },
    });
  });
});

test("a lost write that took effect is not repeated over another client's new label", async () => {
  const harness = await start();
  const both = { ...LABELS, ours: "2", theirs: "1" };
  const lose = applyThen(lost);
  harness.simulator.intercept = onRequest(
    1,
    ({ method }) => method === "PUT",
    (...request) => {
      const handled = lose(...request);
      alter(harness, SNAPSHOT, { labels: both });
      return handled;
    },
  );
  const answer = await harness.call(EDIT, { ids: [SNAPSHOT], set: { ours: "2" } });
  expectFailure(answer, "outcome_unknown");
  expect(stored(harness, SNAPSHOT).labels).toEqual(both);
  expect(harness.simulator.writes()).toHaveLength(1);
});
