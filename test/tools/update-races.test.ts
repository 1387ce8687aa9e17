/** Updates while other clients change the image, or while the API fails; and what a result says was replaced. */

import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import {
  alter,
  BACKUP,
  changes,
  expectFailure,
  failure,
  lines,
  question,
  SNAPSHOT,
  start,
  stored,
} from "../support/answers.ts";
import { claimsUnchanged } from "../support/claims.ts";
import { isRead, onRequest } from "../support/cleanup.ts";
import { answerAsGateway, applyThen, lost, refuseWith } from "../support/cloud.ts";
import type { Harness } from "../support/harness.ts";
import { failOnce, RETRIES } from "../support/retries.ts";

const UPDATE = "hcloud_update_image";
/** Of SNAPSHOT, in the seed. */
const BEFORE = { description: "before checkout rewrite", labels: { env: "staging", app: "shop" } };
const READ = `GET /images/${SNAPSHOT}`;
const SENT = `PUT /images/${SNAPSHOT}`;

/** An update that loses nothing, and one that was confirmed. */
const UPDATES: [what: string, update: Partial<Image>, previous: object][] = [
  ["an ungated update", { description: "ours" }, { description: BEFORE.description }],
  ["a confirmed update", { labels: { env: "prod" } }, { labels: BEFORE.labels }],
];

/** What another client writes, and how the error names it. */
const CHANGES: [change: Partial<Image>, told: string][] = [
  [{ description: "theirs" }, `description was "${BEFORE.description}", is "theirs"`],
  [{ labels: { env: "staging", app: "shop", keep: "" } }, 'label "keep" was not set, is ""'],
  [{ labels: { app: "shop" } }, 'label "env" was "staging", is not set'],
  [{ protection: { delete: true } }, 'protection was {"delete":false}, is {"delete":true}'],
];

/** A call that sends the update once it may; what was recorded before is forgotten. */
async function ready(update: Partial<Image>) {
  const harness = await start();
  const args = { id: SNAPSHOT, ...update };
  const isGated = update.labels !== undefined;
  const code = isGated ? { confirm: question(await harness.call(UPDATE, args)).confirm } : {};
  harness.simulator.requests.length = 0;
  harness.events.length = 0;
  const event = { tool: UPDATE, ids: [SNAPSHOT], args };
  return { ...harness, harness, event, carryOut: () => harness.call(UPDATE, { ...args, ...code }) };
}

const asStored = (harness: Harness) => {
  const { description, labels, protection } = stored(harness, SNAPSHOT);
  return { description, labels, protection };
};

describe.each(UPDATES)("%s", (_, update, previous) => {
  test("an update returns the replaced values, and logs them", async () => {
    const { carryOut, events, event } = await ready(update);
    expect((await carryOut()).data).toMatchObject({ status: "done", previous });
    expect(events.at(-1)).toMatchObject({ ...event, outcome: "done", previous });
  });

  test.each(CHANGES)(
    "overwrites nothing when another client writes %j between its reads",
    async (change, told) => {
      const { harness, carryOut, clock, simulator, events, event } = await ready(update);
      simulator.intercept = onRequest(1, isRead, () => clock.pass(501));
      const first = simulator.intercept;
      simulator.intercept = (...request) => {
        if (isRead(request[0]) && simulator.requests.length === 2) alter(harness, SNAPSHOT, change);
        return first(...request);
      };
      expectFailure(await carryOut(), "conflict", SNAPSHOT, `: ${told}.`, "hcloud_get_image");
      expect(lines(simulator.requests)).toEqual([READ, READ]);
      expect(asStored(harness)).toEqual({ ...BEFORE, protection: { delete: false }, ...change });
      expect(events.at(-1)).toEqual({ ...event, outcome: "failed", code: "conflict" });
    },
  );

  describe.each(RETRIES)("after %s", (_, isLost, fault) => {
    test("an update is sent again when the image is as shown", async () => {
      const { harness, carryOut, simulator, events } = await ready(update);
      failOnce(harness, fault, { beforeRetry: () => undefined });
      expect((await carryOut()).data).toMatchObject({ status: "done", previous });
      const attempts = fault === "refused" ? [READ, SENT] : [SENT, READ, SENT];
      expect(lines(simulator.requests).slice(1)).toEqual(attempts);
      expect(stored(harness, SNAPSHOT)).toMatchObject({ ...BEFORE, ...update });
      expect(events.at(-1)).toMatchObject({ outcome: "done", previous });
    });

    test.each(CHANGES)("overwrites nothing when another client has written %j", async (change, told) => {
      const { harness, carryOut, simulator, events, event } = await ready(update);
      failOnce(harness, fault, { beforeRetry: () => alter(harness, SNAPSHOT, change) });
      const answer = await carryOut();
      const code = isLost ? "outcome_unknown" : "conflict";
      expectFailure(answer, code, ...(isLost ? [] : [told]));
      expect(claimsUnchanged(failure(answer))).toBe(!isLost);
      expect(simulator.writes().length).toBeLessThanOrEqual(1);
      expect(asStored(harness)).toEqual({ ...BEFORE, protection: { delete: false }, ...change });
      expect(events.at(-1)).toEqual({ ...event, outcome: "failed", code, ...(isLost && { previous }) });
    });
  });

  test.each([
    ["lost", lost],
    ["answered 502", answerAsGateway(502)],
    ["answered 500", refuseWith(500, "server_error")],
  ])("an update is done when it took effect although its response was %s", async (_, fault) => {
    const { harness, carryOut, simulator } = await ready(update);
    simulator.intercept = onRequest(1, ({ method }) => method === "PUT", applyThen(fault));
    expect((await carryOut()).data).toMatchObject({ status: "done", image: update, previous });
    expect(simulator.writes()).toHaveLength(1);
    expect(stored(harness, SNAPSHOT)).toMatchObject(update);
  });

  test("an update is done when a lost attempt took effect before the next one was refused", async () => {
    const { harness, carryOut, simulator, events } = await ready(update);
    let attempt = 0;
    let late = () => {};
    simulator.intercept = (request, response, apply) => {
      if (request.method !== "PUT") return;
      if (++attempt === 1) {
        late = () => void apply();
        return lost(request, response, apply);
      }
      late();
      return refuseWith(409, "conflict")(request, response, apply);
    };
    expect((await carryOut()).data).toMatchObject({ status: "done", previous });
    expect(attempt).toBe(2);
    expect(stored(harness, SNAPSHOT)).toMatchObject(update);
    expect(events.at(-1)).toMatchObject({ outcome: "done", previous });
  });

  test("an update is unknown when no attempt is answered and the image does not show it", async () => {
    const { carryOut, simulator, events, event } = await ready(update);
    simulator.intercept = (...request) => (isRead(request[0]) ? undefined : lost(...request));
    expectFailure(await carryOut(), "outcome_unknown", "12:00:");
    expect(simulator.writes()).toHaveLength(2);
    expect(events.at(-1)).toEqual({ ...event, outcome: "failed", code: "outcome_unknown", previous });
  });
});

describe("a loss that nobody agreed to", () => {
  test.each<[what: string, id: number, update: object, meanwhile: Partial<Image>]>([
    [
      "a label that would be dropped",
      SNAPSHOT,
      { labels: { ...BEFORE.labels, a: "b" } },
      { labels: { ...BEFORE.labels, c: "d" } },
    ],
    [
      "a label that would be overwritten",
      SNAPSHOT,
      { labels: { ...BEFORE.labels, a: "b" } },
      { labels: { a: "c" } },
    ],
    ["a backup that would end", SNAPSHOT, { type: "snapshot" }, { type: "backup", bound_to: 42 }],
  ])("an update is refused when the image was changed during the call: %s", async (_, id, update, change) => {
    const harness = await start();
    const { simulator, clock, events } = harness;
    simulator.intercept = (request) => {
      if (!isRead(request)) return;
      if (simulator.requests.length === 1) clock.pass(501);
      else alter(harness, id, change);
    };
    expectFailure(await harness.call(UPDATE, { id, ...update }), "conflict", id);
    expect(changes(harness)).toEqual([]);
    expect(stored(harness, id)).toMatchObject(change);
    expect(events.map(({ outcome }) => outcome)).toEqual(["started", "failed"]);
    simulator.intercept = undefined;
    expect(question(await harness.call(UPDATE, { id, ...update })).refused).toBeUndefined();
  });
});

describe("previous values in the result", () => {
  test.each<[id: number, update: object]>([
    [SNAPSHOT, { description: BEFORE.description }],
    [SNAPSHOT, { labels: { app: "shop", env: "staging" } }],
    [SNAPSHOT, { type: "snapshot" }],
  ])("the result for image %i has no previous values when %j replaces nothing", async (id, update) => {
    const { call, events } = await start();
    const { data } = await call(UPDATE, { id, ...update });
    expect(data["status"]).toBe("done");
    expect(data).not.toHaveProperty("previous");
    expect(events.at(-1)).not.toHaveProperty("previous");
  });

  test("the previous values are only those that were replaced", async () => {
    const { call } = await start();
    const { data } = await call(UPDATE, { id: SNAPSHOT, ...BEFORE, description: "new" });
    expect(data["previous"]).toEqual({ description: BEFORE.description });
  });

  test("the previous values contain the labels that others were added to", async () => {
    const { call } = await start();
    const { data } = await call(UPDATE, { id: BACKUP, labels: { a: "b" } });
    expect(data["previous"]).toEqual({ labels: {} });
  });

  test("the previous description has 1,000 characters, inert", async () => {
    const harness = await start();
    alter(harness, SNAPSHOT, { description: `a\u202e\n${"x".repeat(3_000)}` });
    const args = { id: SNAPSHOT, description: "short" };
    const { confirm } = question(await harness.call(UPDATE, args));
    const { data } = await harness.call(UPDATE, { ...args, confirm });
    const { description } = data["previous"] as { description: string };
    expect(description).toMatch(/^a x{998}\.{3} \(\+\d+ characters\)$/);
  });
});
