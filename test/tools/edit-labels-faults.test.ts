import { describe, expect, test } from "vitest";
import {
  answering,
  apiError,
  changes,
  expectFailure,
  lines,
  recordCorrelationIds,
  SNAPSHOT,
  start,
  stored,
  UNLABELLED,
} from "../support/answers.ts";
import { claimsUnchanged } from "../support/claims.ts";
import { byNumber } from "../support/cleanup.ts";
import { snapshot } from "../support/random-images.ts";

const EDIT = "hcloud_edit_image_labels";
const LABELS = { env: "staging", app: "shop" };

describe("one failing image", () => {
  test.each([
    [423, "locked", "locked"],
    [403, "forbidden", "forbidden"],
    [422, "invalid_input", "invalid_input"],
    [500, "server_error", "outcome_unknown"],
    [503, "unavailable", "outcome_unknown"],
  ])(
    "an image that fails with %i %s is reported as %s, and the others are edited",
    async (status, api, code) => {
      const ids = Array.from({ length: 12 }, (_, i) => 101 + i);
      const harness = await start({ images: ids.map((id) => snapshot(id, { labels: { old: "1" } })) });
      const names = recordCorrelationIds(
        harness,
        answering("PUT", "/images/103", apiError(status, api, "not now")),
      );
      const { data } = await harness.call(EDIT, { ids, set: { a: "b" } });
      expect(data["status"]).toBe("incomplete");
      const done = ids.filter((id) => id !== 103);
      expect(data["rows"]).toEqual(done.map((id) => [id, { old: "1", a: "b" }]));
      expect(data["failed"]).toEqual([{ id: 103, code, why: expect.stringContaining(`(${code}`) }]);
      expect(JSON.stringify(data["failed"])).toContain("c0ffee1234567890");
      expect(claimsUnchanged(JSON.stringify(data["failed"]))).toBe(code !== "outcome_unknown");
      expect(stored(harness, 103).labels).toEqual({ old: "1" });
      for (const id of done) expect(stored(harness, id).labels).toEqual({ old: "1", a: "b" });
      expect(Object.keys(names)).toEqual(done.map(String));
      const correlation_ids = { ...names, 103: "c0ffee1234567890" };
      const event = { tool: EDIT, ids, args: { ids, set: { a: "b" } } };
      expect(harness.events).toEqual([
        { ...event, outcome: "started" },
        { ...event, outcome: "incomplete", edited: done, failed: [{ id: 103, code }], correlation_ids },
      ]);
    },
  );

  test("a call fails like its first image when all images fail alike, and logs no edit", async () => {
    const ids = [101, 102, 103];
    const harness = await start({ images: ids.map((id) => snapshot(id)) });
    harness.simulator.intercept = answering("PUT", "/images/", apiError(423, "locked", "busy"));
    const answer = await harness.call(EDIT, { ids, set: { a: "b" } });
    expectFailure(answer, "locked", "(locked, correlation id c0ffee1234567890)", '"busy"');
    const correlation_id = "c0ffee1234567890";
    const correlation_ids = Object.fromEntries(ids.map((id) => [id, correlation_id]));
    const event = { tool: EDIT, ids, args: { ids, set: { a: "b" } } };
    expect(harness.events).toEqual([
      { ...event, outcome: "started" },
      { ...event, outcome: "failed", code: "locked", correlation_id, correlation_ids },
    ]);
    for (const id of ids) expect(stored(harness, id).labels).toEqual({});
  });

  test("a read that fails before anything is sent refuses the whole edit", async () => {
    const harness = await start();
    harness.simulator.intercept = answering("GET", `/images/${UNLABELLED}`, apiError(403, "forbidden"));
    const answer = await harness.call(EDIT, { ids: [SNAPSHOT, UNLABELLED], set: { a: "b" } });
    expect(answer.isError).toBe(true);
    expect(harness.simulator.writes()).toEqual([]);
  });
});

describe("a label edit whose response is lost", () => {
  test("a lost edit is done when the image shows the edit, and is not sent again", async () => {
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

  test("a lost edit is sent once more when the image does not show it", async () => {
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

  test("a lost edit is reported as unknown when the image cannot be read afterwards", async () => {
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
    expect(data["failed"]).toMatchObject([{ id: SNAPSHOT, code: "outcome_unknown" }]);
    expect(claimsUnchanged(JSON.stringify(data["failed"]))).toBe(false);
  });
});

test.each([
  [403, "forbidden"],
  [500, "server_error"],
])(
  "a write with a response is done, also when reading the image again is answered %i %s",
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

describe("images that fail differently", () => {
  test("each image is reported with its own code when all fail differently", async () => {
    const harness = await start();
    const { simulator } = harness;
    const locked = answering("PUT", `/images/${SNAPSHOT}`, apiError(423, "locked", "busy"));
    simulator.intercept = (request, response, apply) => {
      if (request.path === `/images/${SNAPSHOT}`) return locked(request, response, apply);
      if (!simulator.writes().some(({ path }) => path === request.path)) return;
      if (request.method === "PUT") apply();
      response.destroy();
      return "handled";
    };
    const { data } = await harness.call(EDIT, { ids: [SNAPSHOT, UNLABELLED], set: { a: "b" } });
    expect(stored(harness, UNLABELLED).labels).toEqual({ a: "b" });
    expect(data).toMatchObject({ status: "incomplete", rows: [] });
    expect(data["failed"]).toMatchObject([
      { id: SNAPSHOT, code: "locked" },
      { id: UNLABELLED, code: "outcome_unknown" },
    ]);
  });

  test("each image is reported when all fail for certain, but differently", async () => {
    const harness = await start();
    const locked = answering("PUT", `/images/${SNAPSHOT}`, apiError(423, "locked"));
    const forbidden = answering("PUT", `/images/${UNLABELLED}`, apiError(403, "forbidden"));
    harness.simulator.intercept = (...request) => locked(...request) ?? forbidden(...request);
    const { data } = await harness.call(EDIT, { ids: [SNAPSHOT, UNLABELLED], set: { a: "b" } });
    expect(data["failed"]).toMatchObject([
      { id: SNAPSHOT, code: "locked" },
      { id: UNLABELLED, code: "forbidden" },
    ]);
  });

  test("each image is reported when all outcomes are unknown, because each was read at its own time", async () => {
    const harness = await start();
    harness.simulator.inject([{ fault: "status", status: 504, body: "", method: "PUT" }]);
    const { data } = await harness.call(EDIT, { ids: [SNAPSHOT, UNLABELLED], set: { a: "b" } });
    expect(data["failed"]).toMatchObject([
      { id: SNAPSHOT, code: "outcome_unknown" },
      { id: UNLABELLED, code: "outcome_unknown" },
    ]);
  });

  test("the only image of a call fails the call, also with an unknown outcome", async () => {
    const harness = await start();
    harness.simulator.inject([{ fault: "status", status: 504, body: "", method: "PUT" }]);
    expectFailure(await harness.call(EDIT, { ids: [SNAPSHOT], set: { a: "b" } }), "outcome_unknown");
  });
});

describe("a cancelled edit", () => {
  const ids = Array.from({ length: 20 }, (_, i) => 101 + i);
  const args = { ids, set: { a: "b" } };

  /** Cancels at the write with this number, which gets no response. */
  async function cancelAt(number: number) {
    const harness = await start({ images: ids.map((id) => snapshot(id)) });
    const cancel = new AbortController();
    let writes = 0;
    harness.simulator.intercept = ({ method }) => {
      if (method !== "PUT" || ++writes < number) return;
      cancel.abort();
      return "handled";
    };
    await expect(harness.call(EDIT, args, { signal: cancel.signal })).rejects.toThrow();
    await expect.poll(() => harness.events).toHaveLength(2);
    return harness;
  }

  test("a cancelled edit writes to no further image, and logs done and possible edits", async () => {
    const harness = await cancelAt(6);
    expect(harness.simulator.writes().length).toBeLessThanOrEqual(9);
    const event = harness.events[1] as { edited: number[]; failed: { id: number; code: string }[] };
    expect(event).toMatchObject({ tool: EDIT, args, outcome: "incomplete" });
    const unknown = event.failed.filter(({ code }) => code === "outcome_unknown").map(({ id }) => id);
    const cancelled = event.failed.filter(({ code }) => code === "cancelled").map(({ id }) => id);
    expect([...event.edited, ...unknown, ...cancelled].sort(byNumber)).toEqual(ids);
    expect(unknown.length).toBeLessThanOrEqual(4);
    const labelled = ids.filter((id) => stored(harness, id).labels["a"] === "b");
    expect(labelled.length).toBeGreaterThan(0);
    for (const id of labelled) expect([...event.edited, ...unknown]).toContain(id);
    for (const id of event.edited) expect(labelled).toContain(id);
  });

  test("an edit that is cancelled after its response is logged as done, although the image is not read again", async () => {
    const harness = await start();
    const cancel = new AbortController();
    harness.simulator.intercept = ({ method }) => {
      if (method === "PUT" || harness.simulator.writes().length === 0) return;
      cancel.abort();
      return "handled";
    };
    const call = harness.call(EDIT, { ids: [SNAPSHOT], set: { a: "b" } }, { signal: cancel.signal });
    await expect(call).rejects.toThrow();
    await expect.poll(() => harness.events.at(-1)).toMatchObject({ outcome: "done", edited: [SNAPSHOT] });
    expect(stored(harness, SNAPSHOT).labels).toEqual({ ...LABELS, a: "b" });
  });

  test("an edit that is cancelled after its reads is logged as cancelled, and nothing was written", async () => {
    const harness = await start({ images: ids.map((id) => snapshot(id)) });
    const cancel = new AbortController();
    harness.simulator.intercept = () => {
      cancel.abort();
      return "handled";
    };
    await expect(harness.call(EDIT, args, { signal: cancel.signal })).rejects.toThrow();
    await expect.poll(() => harness.events).toEqual([{ tool: EDIT, ids, args, outcome: "cancelled" }]);
    expect(harness.simulator.writes()).toEqual([]);
  });
});
