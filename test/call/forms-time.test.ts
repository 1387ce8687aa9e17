/** How long a form may be open, and the progress that a client receives while it is open. */

import type { Progress } from "@modelcontextprotocol/client";
import { describe, expect, test } from "vitest";
import { alter, expectFailure } from "../support/answers.ts";
import { aged, DELETE, many } from "../support/cleanup.ts";
import {
  type Act,
  agrees,
  ERAS,
  type Era,
  type FormOptions,
  type ShownForm,
  startForms,
  yes,
} from "../support/forms.ts";
import { FIRST, FORM_CASES, IMAGES, REMOVE, UPDATE } from "../support/forms-cases.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/** The versions in which the call waits for the answer. */
const WAITING: Era[] = ["2025-06-18", "2025-11-25"];

/** An image that no case changes. */
const OTHER = aged(1900, 90, { type: "backup" });

const agreesAfter =
  (ms: number) =>
  (form: ShownForm): Act =>
    yes(form, ms);

/** A session in which a person has answered a form before, so that later ones are waited for longer. */
async function startAnswered(options: FormOptions) {
  const harness = await startForms({ images: [...IMAGES, OTHER], actionMs: 0, person: agrees, ...options });
  await harness.call(REMOVE, { id: OTHER.id });
  harness.forms.length = 0;
  harness.events.length = 0;
  harness.simulator.requests.length = 0;
  return harness;
}

describe.each(FORM_CASES)("$what", ({ tool, args, writes }) => {
  test.each(ERAS.flatMap((era) => [50 * SECOND_MS, 299 * SECOND_MS].map((ms) => [era, ms] as const)))(
    "a call is done in %s after an answer that took %i ms, as reading time does not count",
    async (era, ms) => {
      const harness = await startAnswered({ era });
      const called = await args(harness);
      harness.person = agreesAfter(ms);
      const began = harness.clock.now();
      expect((await harness.call(tool, called)).data["status"]).toBe("done");
      expect(harness.simulator.writes()).toHaveLength(writes.length);
      expect(harness.clock.now() - began).toBe(ms);
    },
  );
});

test.each(ERAS)("a second form after an outdated first form may take as long, in %s", async (era) => {
  const harness = await startAnswered({ era });
  const { call, forms, simulator, events } = harness;
  harness.person = (form, number) => {
    if (number === 1) alter(harness, FIRST, { description: "changed by other" });
    return yes(form, 50 * SECOND_MS);
  };
  expect((await call(REMOVE, { id: FIRST })).data["status"]).toBe("done");
  expect(forms).toHaveLength(2);
  expect(forms[1]?.message).toContain("changed by other");
  expect(simulator.writes()).toHaveLength(1);
  const outcomes = events.map(({ outcome }) => outcome);
  expect(outcomes).toEqual(["asked", "answered", "asked", "answered", "confirmed", "done"]);
});

test.each(WAITING)("a target that changes while each form is open ends the call, in %s", async (era) => {
  const harness = await startAnswered({ era });
  const { call, forms, simulator, events } = harness;
  harness.person = (form, number) => {
    alter(harness, FIRST, { description: `changed ${number}` });
    return yes(form);
  };
  expectFailure(await call(REMOVE, { id: FIRST }), "conflict");
  expect(forms).toHaveLength(3);
  expect(simulator.writes()).toEqual([]);
  expect(events.at(-1)).toMatchObject({ outcome: "failed", code: "conflict" });
});

test("the first form of 2026-07-28 may take longer than 40 s", async () => {
  const { call } = await startForms({
    era: "2026-07-28",
    images: IMAGES,
    person: agreesAfter(9 * MINUTE_MS),
  });
  expect((await call(REMOVE, { id: FIRST })).data["status"]).toBe("done");
});

describe.each(WAITING)("in %s", (era) => {
  test.each([
    [39_999, "done"],
    [40_001, "confirmation_required"],
  ])("the first form, answered after %i ms: %s", async (ms, status) => {
    const { call, simulator, closed } = await startForms({ era, images: IMAGES, person: agreesAfter(ms) });
    expect((await call(REMOVE, { id: FIRST })).data["status"]).toBe(status);
    expect(simulator.writes()).toHaveLength(status === "done" ? 1 : 0);
    // The server asks the client to close the form.
    expect(closed).toEqual(status === "done" ? [] : [1]);
  });

  test.each([
    [5 * MINUTE_MS - 1, "done"],
    [5 * MINUTE_MS + 1, "confirmation_required"],
  ])("a later form, answered after %i ms: %s", async (ms, status) => {
    const harness = await startAnswered({ era });
    harness.person = agreesAfter(ms);
    const began = harness.clock.now();
    expect((await harness.call(REMOVE, { id: FIRST })).data["status"]).toBe(status);
    expect(harness.clock.now() - began).toBe(Math.min(ms, 5 * MINUTE_MS));
    expect(harness.closed).toHaveLength(status === "done" ? 0 : 1);
  });

  test("an answer within a second does not extend the wait for later forms", async () => {
    const harness = await startForms({ era, images: IMAGES, person: agreesAfter(999) });
    await harness.call(REMOVE, { id: FIRST });
    harness.person = agreesAfter(41_000);
    expect((await harness.call(REMOVE, { id: FIRST })).data["status"]).toBe("confirmation_required");
  });

  test("progress grows while the form is open, and continues after the form", async () => {
    const harness = await startAnswered({ era, images: [...many(8), OTHER] });
    const { call } = harness;
    const ids = many(8).map(({ id }) => id);
    const { confirm } = (await call(DELETE, { ids })).data;
    const told: Progress[] = [];
    harness.person = (form) => {
      expect(told).toEqual([]);
      return yes(form, 65 * SECOND_MS);
    };
    const onprogress = (progress: Progress) => void told.push(progress);
    expect((await call(DELETE, { confirm, count: 8 }, { onprogress })).data["status"]).toBe("done");
    const waiting = told.filter(({ message }) => message?.includes("form"));
    expect(waiting).toHaveLength(6);
    expect(told.slice(6).map(({ progress, total }) => [progress, total])).toEqual(
      ids.map((_, i) => [i + 1, 8]),
    );
    const values = told.map(({ progress }) => progress);
    expect(values).toEqual([...new Set(values)].sort((a, b) => a - b));
  });
});

test.each(ERAS)("the server sends no progress to a client that requested none, in %s", async (era) => {
  const harness = await startAnswered({ era });
  const unasked: string[] = [];
  harness.client.onerror = ({ message }) => void unasked.push(message);
  harness.client.fallbackNotificationHandler = async ({ method }) => void unasked.push(method);
  harness.person = agreesAfter(50 * SECOND_MS);
  await harness.call(UPDATE, { id: FIRST, description: "" });
  expect(unasked).toEqual([]);
});
