import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  answering,
  apiError,
  changes,
  correlations,
  failure,
  lines,
  question,
  SNAPSHOT,
  start,
  stored,
  UNLABELLED,
} from "../support/answers.ts";
import { snapshot } from "../support/random-images.ts";

const EDIT = "hcloud_edit_image_labels";
const LABELS = { env: "staging", app: "shop" };

describe("one failing image does not stop the others", () => {
  test.each([
    [423, "locked"],
    [403, "forbidden"],
    [422, "invalid_input"],
    [500, "server_error"],
    [503, "unavailable"],
  ])("when it answers %i %s", async (status, code) => {
    const ids = Array.from({ length: 12 }, (_, i) => 101 + i);
    const harness = await start({ images: ids.map((id) => snapshot(id, { labels: { old: "1" } })) });
    const names = correlations(harness, answering("PUT", "/images/103", apiError(status, code, "not now")));
    const { data } = await harness.call(EDIT, { ids, set: { a: "b" } });
    expect(data["status"]).toBe("incomplete");
    const done = ids.filter((id) => id !== 103);
    expect(data["rows"]).toEqual(done.map((id) => [id, { old: "1", a: "b" }]));
    expect(data["failed"]).toEqual([{ id: 103, why: expect.stringContaining(`(${code}`) }]);
    expect(JSON.stringify(data["failed"])).toContain("c0ffee1234567890");
    expect(stored(harness, 103).labels).toEqual({ old: "1" });
    for (const id of done) expect(stored(harness, id).labels).toEqual({ old: "1", a: "b" });
    expect(Object.keys(names)).toEqual(done.map(String));
    const correlation_ids = { ...names, 103: "c0ffee1234567890" };
    expect(harness.events).toEqual([
      { tool: EDIT, ids, outcome: "started" },
      { tool: EDIT, ids, outcome: "incomplete", edited: done, failed: [103], correlation_ids },
    ]);
  });

  test("but when all fail, the call fails as the first did, and the log names none as edited", async () => {
    const ids = [101, 102, 103];
    const harness = await start({ images: ids.map((id) => snapshot(id)) });
    harness.simulator.intercept = answering("PUT", "/images/", apiError(423, "locked", "busy"));
    const told = failure(await harness.call(EDIT, { ids, set: { a: "b" } }));
    expect(told).toMatch(/^The image is locked .*\(locked, correlation id c0ffee1234567890\): "busy"\./);
    const correlation_id = "c0ffee1234567890";
    const correlation_ids = Object.fromEntries(ids.map((id) => [id, correlation_id]));
    expect(harness.events).toEqual([
      { tool: EDIT, ids, outcome: "started" },
      { tool: EDIT, ids, outcome: "failed", code: "locked", correlation_id, correlation_ids },
    ]);
    for (const id of ids) expect(stored(harness, id).labels).toEqual({});
  });

  test("and a failing read of one before anything was asked refuses them all", async () => {
    const harness = await start();
    harness.simulator.intercept = answering("GET", `/images/${UNLABELLED}`, apiError(403, "forbidden"));
    const answer = await harness.call(EDIT, { ids: [SNAPSHOT, UNLABELLED], set: { a: "b" } });
    expect(answer.isError).toBe(true);
    expect(harness.simulator.writes()).toEqual([]);
  });
});

describe("an answer that was lost", () => {
  test("after the write is settled by reading, and not sent again", async () => {
    const harness = await start();
    harness.simulator.intercept = ({ method }, response, apply) => {
      if (method !== "PUT") return;
      apply();
      response.destroy();
      return "handled";
    };
    const { data } = await harness.call(EDIT, { ids: [SNAPSHOT, UNLABELLED], set: { a: "b" } });
    expect(data["status"]).toBe("done");
    expect(stored(harness, SNAPSHOT).labels).toEqual({ ...LABELS, a: "b" });
    expect(lines(harness.simulator.writes()).toSorted()).toEqual([
      `PUT /images/${SNAPSHOT}`,
      `PUT /images/${UNLABELLED}`,
    ]);
  });

  test("before the write is settled by sending it once more", async () => {
    const harness = await start();
    let lost = false;
    harness.simulator.intercept = ({ method }, response) => {
      if (method !== "PUT" || lost) return;
      lost = true;
      response.destroy();
      return "handled";
    };
    const { data } = await harness.call(EDIT, { ids: [SNAPSHOT], set: { a: "b" } });
    expect(data["status"]).toBe("done");
    const write = [`PUT /images/${SNAPSHOT}`, { labels: { ...LABELS, a: "b" } }];
    expect(changes(harness)).toEqual([write, write]);
  });

  test("for good is told for that image, of which nothing is claimed", async () => {
    const harness = await start();
    harness.simulator.intercept = ({ method, path }, response, apply) => {
      const written = harness.simulator.writes().some((write) => write.path === path);
      if (path !== `/images/${SNAPSHOT}` || !written) return;
      if (method === "PUT") apply();
      response.destroy();
      return "handled";
    };
    const { data } = await harness.call(EDIT, { ids: [SNAPSHOT, UNLABELLED], set: { a: "b" } });
    expect(data).toMatchObject({ status: "incomplete", rows: [[UNLABELLED, { a: "b" }]] });
    expect(JSON.stringify(data["failed"])).toMatch(/outcome is unknown.*may or may not have been changed/);
  });
});

test.each([
  [403, "forbidden"],
  [500, "server_error"],
])(
  "a write that was answered is done, also when reading it again is answered %i %s",
  async (status, code) => {
    const harness = await start();
    const { simulator } = harness;
    simulator.inject([{ fault: "status", status, code, method: "GET", skip: 2 }]);
    const { data } = await harness.call(EDIT, { ids: [SNAPSHOT], set: { a: "b" } });
    expect(data).toMatchObject({ status: "done", rows: [[SNAPSHOT, { ...LABELS, a: "b" }]] });
    expect(stored(harness, SNAPSHOT).labels).toEqual({ ...LABELS, a: "b" });
    expect(changes(harness)).toHaveLength(1);
  },
);

test("that nothing was changed is not said when all fail, and of one the outcome is unknown", async () => {
  const harness = await start();
  const locked = answering("PUT", `/images/${SNAPSHOT}`, apiError(423, "locked", "busy"));
  harness.simulator.intercept = (request, response, apply) => {
    if (request.path === `/images/${SNAPSHOT}`) return locked(request, response, apply);
    if (!harness.simulator.writes().some(({ path }) => path === request.path)) return;
    if (request.method === "PUT") apply();
    response.destroy();
    return "handled";
  };
  const { text } = await harness.call(EDIT, { ids: [SNAPSHOT, UNLABELLED], set: { a: "b" } });
  expect(stored(harness, UNLABELLED).labels).toEqual({ a: "b" });
  expect(text).toContain("outcome_unknown");
});

test("cancelling stops the edit: no further image is written to", async () => {
  const ids = Array.from({ length: 20 }, (_, i) => 101 + i);
  const harness = await start({ images: ids.map((id) => snapshot(id)) });
  const cancel = new AbortController();
  const gone = new Promise<void>((resolve) => {
    harness.simulator.intercept = ({ method }, response) => {
      if (method !== "PUT") return;
      response.once("close", resolve);
      cancel.abort();
      return "handled";
    };
  });
  await expect(harness.call(EDIT, { ids, set: { a: "b" } }, { signal: cancel.signal })).rejects.toThrow();
  await gone;
  harness.simulator.intercept = undefined;
  // The answer comes after whatever the cancelled call would still have sent.
  await harness.call(EDIT, { ids: [120], set: { c: "d" } });
  expect(harness.simulator.writes().length).toBeLessThanOrEqual(4 + 1);
  expect(stored(harness, 119).labels).toEqual({});
  expect(harness.events).toContainEqual({ tool: EDIT, ids, outcome: "cancelled" });
});

describe("for all sets of labels and all edits", () => {
  const key = fc.constantFrom<string>("a", "b", "env", "keep", "x.y/z", "constructor", "0", "10");
  const value = fc.constantFrom("", "1", "2", "prod");
  const labels = fc.dictionary(key, value);
  const edit = fc
    .record({ set: labels, remove: fc.uniqueArray(key) })
    .map(({ set, remove }) => ({ set, remove: remove.filter((name) => !Object.hasOwn(set, name)) }))
    .filter(({ set, remove }) => Object.keys(set).length + remove.length > 0);

  test("the result is exactly the old ones without those removed and with those set", async () => {
    const harness = await start({ images: [] });
    const { state, requests } = harness.simulator;
    await fc.assert(
      fc.asyncProperty(
        fc.array(labels, { minLength: 1, maxLength: 6 }),
        edit,
        async (sets, { set, remove }) => {
          state.images.clear();
          requests.length = 0;
          sets.forEach((old, i) => void state.images.set(i + 1, snapshot(i + 1, { labels: old })));
          const expected = sets.map((old) => {
            const result = new Map(Object.entries(old));
            for (const name of remove) result.delete(name);
            for (const [name, text] of Object.entries(set)) result.set(name, text);
            return Object.fromEntries(result);
          });
          const losses = sets.map((old) =>
            Object.entries(old).filter(
              ([name, text]) => remove.includes(name) || (Object.hasOwn(set, name) && set[name] !== text),
            ),
          );
          const args = { ids: sets.map((_, i) => i + 1), set, remove };

          let answer = await harness.call(EDIT, args);
          if (losses.some((lost) => lost.length > 0)) {
            const { preview, confirm } = question(answer);
            expect(harness.simulator.writes()).toEqual([]);
            expect(preview["rows"]).toEqual(
              losses.flatMap((lost, i) =>
                lost.length === 0 ? [] : [[i + 1, `snapshot ${i + 1}`, Object.fromEntries(lost)]],
              ),
            );
            answer = await harness.call(EDIT, { ...args, confirm });
          }
          expect(answer.data["status"]).toBe("done");
          expect(answer.data["rows"]).toEqual(expected.map((result, i) => [i + 1, result]));
          expect(sets.map((_, i) => stored(harness, i + 1).labels)).toEqual(expected);
        },
      ),
      { numRuns: 60 },
    );
  });
});
