import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import type { Intercept } from "../../src/simulator/http.ts";
import {
  alter,
  answering,
  apiError,
  changes,
  correlations,
  failure,
  lines,
  question,
  rows,
  SNAPSHOT,
  start,
  stored,
  UNLABELLED,
} from "../support/answers.ts";
import type { Harness } from "../support/harness.ts";

const EDIT = "hcloud_edit_image_labels";
const LABELS = { env: "staging", app: "shop" };
const PATH = `/images/${SNAPSHOT}`;

/** Somebody else writes just before the read-back that follows our nth write, for every given set of labels. */
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

describe("somebody else's edit between our write and our read-back", () => {
  test("is merged: their labels stay, and ours are set", async () => {
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

  test("that keeps ours is left alone, and shown", async () => {
    const harness = await start();
    const both = { ...LABELS, ours: "2", theirs: "1" };
    harness.simulator.intercept = meanwhile(harness, both);
    const answer = await harness.call(EDIT, { ids: [SNAPSHOT], set: { ours: "2" } });
    expect(rows(answer)).toEqual([{ id: SNAPSHOT, labels: both }]);
    expect(harness.simulator.writes()).toHaveLength(1);
  });

  test("that puts back what was to go is merged too, since its going was agreed to", async () => {
    const harness = await start();
    const args = { ids: [SNAPSHOT], set: { env: "prod" }, remove: ["app"] };
    const { confirm } = question(await harness.call(EDIT, args));
    harness.simulator.intercept = meanwhile(harness, { ...LABELS, theirs: "1" }, { ...LABELS, more: "" });
    const { data } = await harness.call(EDIT, { ...args, confirm });
    expect(data["status"]).toBe("done");
    expect(stored(harness, SNAPSHOT).labels).toEqual({ env: "prod", more: "" });
    expect(harness.simulator.writes()).toHaveLength(3);
  });

  test("that gives the named label another value is a conflict, and is not overwritten", async () => {
    const harness = await start();
    const theirs = { ...LABELS, ours: "theirs" };
    const names = correlations(harness, meanwhile(harness, theirs));
    const args = { ids: [SNAPSHOT, UNLABELLED], set: { ours: "2" } };
    const { data } = await harness.call(EDIT, args);
    expect(data).toMatchObject({ status: "incomplete", rows: [[UNLABELLED, { ours: "2" }]] });
    expect(data["failed"]).toEqual([{ id: SNAPSHOT, why: expect.stringMatching(/ \(conflict\)$/) }]);
    expect(JSON.stringify(data["failed"])).toMatch(/being changed by somebody else\. .*hcloud_get_image/);
    expect(stored(harness, SNAPSHOT).labels).toEqual(theirs);
    expect(stored(harness, UNLABELLED).labels).toEqual({ ours: "2" });
    expect(lines(harness.simulator.writes()).filter((line) => line === `PUT ${PATH}`)).toHaveLength(1);
    const split = { edited: [UNLABELLED], failed: [SNAPSHOT], correlation_ids: names };
    expect(harness.events).toEqual([
      { tool: EDIT, ids: args.ids, outcome: "started" },
      { tool: EDIT, ids: args.ids, outcome: "incomplete", ...split },
    ]);
  });

  test("that gives a removed label another value is a conflict too", async () => {
    const harness = await start();
    const args = { ids: [SNAPSHOT], remove: ["app"] };
    const { confirm } = question(await harness.call(EDIT, args));
    const names = correlations(harness, meanwhile(harness, { env: "staging", app: "new" }));
    const told = failure(await harness.call(EDIT, { ...args, confirm }));
    expect(told).toMatch(/being changed by somebody else\. .*\(conflict\)$/);
    expect(stored(harness, SNAPSHOT).labels).toEqual({ env: "staging", app: "new" });
    expect(harness.simulator.writes()).toHaveLength(1);
    const event = { tool: EDIT, ids: args.ids };
    expect(names).toHaveProperty([SNAPSHOT]);
    expect(harness.events).toEqual([
      { ...event, outcome: "preview" },
      { ...event, outcome: "confirmed" },
      { ...event, outcome: "failed", code: "conflict", correlation_ids: names },
    ]);
  });

  test("that never ends is given up, without harm to their labels", async () => {
    const harness = await start();
    const sets = Array.from({ length: 20 }, (_, i) => ({ ...LABELS, theirs: String(i) }));
    harness.simulator.intercept = meanwhile(harness, ...sets);
    const told = failure(await harness.call(EDIT, { ids: [SNAPSHOT], set: { ours: "2" } }));
    expect(told).toMatch(/being changed by somebody else\. .*hcloud_get_image.*\(conflict\)$/);
    const writes = harness.simulator.writes().length;
    expect(writes).toBeLessThan(10);
    expect(stored(harness, SNAPSHOT).labels).toEqual({ ...LABELS, theirs: String(writes - 1) });
  });

  test("that ends before the last write is a success, since the labels then stand", async () => {
    const harness = await start();
    const sets = Array.from({ length: 4 }, (_, i) => ({ ...LABELS, theirs: String(i) }));
    harness.simulator.intercept = meanwhile(harness, ...sets);
    const answer = await harness.call(EDIT, { ids: [SNAPSHOT], set: { ours: "2" } });
    const stands = stored(harness, SNAPSHOT).labels["ours"] === "2";
    expect(answer.isError, answer.text).toBe(!stands);
  });

  test("that deletes the image is told, and the others are done", async () => {
    const harness = await start();
    harness.simulator.intercept = ({ method, path }) => {
      const written = lines(harness.simulator.writes()).includes(`PUT ${PATH}`);
      if (method === "GET" && path === PATH && written) harness.simulator.state.images.delete(SNAPSHOT);
    };
    const { data } = await harness.call(EDIT, { ids: [SNAPSHOT, UNLABELLED], set: { ours: "2" } });
    expect(data).toMatchObject({ status: "incomplete", rows: [[UNLABELLED, { ours: "2" }]] });
    expect(data["failed"]).toMatchObject([{ id: SNAPSHOT, why: expect.stringContaining("not_found") }]);
  });
});

/** Changes SNAPSHOT just before it is read for the nth time. */
function beforeRead(harness: Harness, n: number, change: Partial<Image>): Intercept {
  let reads = 0;
  return ({ method, path }) => {
    if (method === "GET" && path === PATH && ++reads === n) alter(harness, SNAPSHOT, change);
  };
}

describe("somebody else's edit between what was shown and our write", () => {
  test("is merged when it is about other labels", async () => {
    const harness = await start();
    harness.simulator.intercept = beforeRead(harness, 2, { labels: { ...LABELS, theirs: "1" } });
    await harness.call(EDIT, { ids: [SNAPSHOT], set: { ours: "2" } });
    expect(stored(harness, SNAPSHOT).labels).toEqual({ ...LABELS, theirs: "1", ours: "2" });
  });

  test("is not overwritten where nobody was asked", async () => {
    const harness = await start();
    const theirs = { ...LABELS, ours: "theirs" };
    harness.simulator.intercept = beforeRead(harness, 2, { labels: theirs });
    await harness.call(EDIT, { ids: [SNAPSHOT], set: { ours: "2" } });
    expect(stored(harness, SNAPSHOT).labels).toEqual(theirs);
  });

  test("is not overwritten where another value was agreed to", async () => {
    const harness = await start();
    const args = { ids: [SNAPSHOT], set: { env: "prod" } };
    const { confirm } = question(await harness.call(EDIT, args));
    harness.simulator.intercept = beforeRead(harness, 2, { labels: { ...LABELS, env: "theirs" } });
    await harness.call(EDIT, { ...args, confirm });
    expect(stored(harness, SNAPSHOT).labels).toEqual({ ...LABELS, env: "theirs" });
  });
});

describe("a write that is sent again", () => {
  /** Their label comes with the first PUT, which is then answered by `end`. */
  function theirsWithTheFirst(harness: Harness, end: Intercept): Intercept {
    let first = true;
    return (request, response, apply) => {
      if (request.method !== "PUT" || !first) return;
      first = false;
      const handled = end(request, response, apply);
      alter(harness, SNAPSHOT, { labels: { ...stored(harness, SNAPSHOT).labels, theirs: "1" } });
      return handled;
    };
  }

  test.each([
    ["was carried out", true],
    ["was not carried out", false],
  ])("since its answer was lost loses no label of somebody else's, when the first %s", async (_, applied) => {
    const harness = await start();
    harness.simulator.intercept = theirsWithTheFirst(harness, (_request, response, apply) => {
      if (applied) apply();
      response.destroy();
      return "handled";
    });
    await harness.call(EDIT, { ids: [SNAPSHOT], set: { ours: "2" } });
    expect(stored(harness, SNAPSHOT).labels).toEqual({ ...LABELS, theirs: "1", ours: "2" });
  });

  test.each([
    [409, "conflict"],
    [429, "rate_limit_exceeded"],
  ])("after a %i %s loses no label of somebody else's", async (status, code) => {
    const harness = await start();
    const refuse = answering("PUT", PATH, apiError(status, code));
    harness.simulator.intercept = theirsWithTheFirst(harness, refuse);
    await harness.call(EDIT, { ids: [SNAPSHOT], set: { ours: "2" } });
    expect(stored(harness, SNAPSHOT).labels).toEqual({ ...LABELS, theirs: "1", ours: "2" });
  });
});

test("a read-only token changes nothing, and says so", async () => {
  const readOnlyToken = "zY8xW6vU4tS2rQ0pO9nM7lK5jI3hG1fEdCbAzYxWvUtSrQpOnMlKjIhGfE91827364";
  const harness = await start({ readOnlyToken, clientToken: readOnlyToken });
  const before = stored(harness, SNAPSHOT);
  const told = failure(await harness.call(EDIT, { ids: [SNAPSHOT, UNLABELLED], set: { ours: "2" } }));
  expect(told).toMatch(/^The API token may only read \(token_readonly.*Nothing was changed/);
  expect(stored(harness, SNAPSHOT)).toEqual(before);
  expect(failure(await harness.call(EDIT, { ids: [1], set: { ours: "2" } }))).toContain("not_found");
});
