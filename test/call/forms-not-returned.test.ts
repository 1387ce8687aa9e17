/** Clients of version 2026-07-28 that take a form and do not come back with an answer. */

import { describe, expect, test } from "vitest";
import { DELETE } from "../support/cleanup.ts";
import {
  accepting,
  agreeing,
  expectAskedAgain,
  formOf,
  isDone,
  type StateHarness,
  startStates,
} from "../support/form-state.ts";
import { FIRST, FORM_CASES, REMOVE, SECOND } from "../support/forms-cases.ts";

const WAIT = 40_000;
const HOUR = 3_600_000;

const ID = { id: FIRST };

/** The client comes back with this reply to a form about another image, after so many ms. */
async function answerAnother({ send, clock }: StateHarness, reply: object, ms = 1_000): Promise<void> {
  const { state } = formOf(await send(REMOVE, { id: SECOND }));
  clock.pass(ms);
  await send(REMOVE, { id: SECOND }, { requestState: state, inputResponses: { choice: reply } });
}

const REFUSALS: [what: string, reply: object][] = [
  ["chooses to keep in", accepting("keep")],
  ["declines", { action: "decline" }],
  ["closes", { action: "cancel" }],
];
const ANSWERS: typeof REFUSALS = [...REFUSALS, ["agrees to", accepting("delete")]];

describe.each(FORM_CASES)("$what", ({ tool, args, writes }) => {
  test("a form that is not returned is shown again within 40 s, and then replaced by a code that suffices", async () => {
    const harness = await startStates();
    const { send, clock, simulator } = harness;
    const called = await args({ call: harness.send });
    formOf(await send(tool, called));
    clock.pass(WAIT - 1);
    formOf(await send(tool, called));
    clock.pass(1);
    const { data } = await send(tool, called);
    expect(data).toMatchObject({ status: "confirmation_required", unanswered: expect.any(String) });
    expect(simulator.writes()).toEqual([]);
    const reply = await send(tool, { ...called, confirm: data["confirm"] });
    expect(isDone(reply)).toBe(true);
    expect(simulator.writes()).toHaveLength(writes.length);
  });

  test("a form that is not returned is shown again however late, when only a form confirms", async () => {
    const harness = await startStates({ confirm: "form" });
    const { send, open, clock, simulator } = harness;
    const called = await args({ call: harness.send });
    // The code of a plan or of a deletion of many is good for an hour.
    for (const ms of [WAIT - 1, 1, WAIT, 10 * 60_000, HOUR / 2]) {
      formOf(await send(tool, called));
      clock.pass(ms);
    }
    expect(simulator.writes()).toEqual([]);
    expect(isDone(await send(tool, called, agreeing(await open(tool, called))))).toBe(true);
    expect(simulator.writes()).toHaveLength(writes.length);
  });

  test("a late answer to an abandoned form is refused, and the new form's answer is accepted", async () => {
    const harness = await startStates();
    const { open, send, clock } = harness;
    const called = await args({ call: harness.send });
    const lost = await open(tool, called);
    clock.pass(WAIT);
    expect((await send(tool, called)).data["status"]).toBe("confirmation_required");
    const late = await send(tool, called, agreeing(lost));
    expectAskedAgain(harness, late, new Set([lost.state]));
    clock.pass(1_000);
    expect(isDone(await send(tool, called, agreeing(formOf(late))))).toBe(true);
    expect(harness.outcomes().filter((outcome) => outcome === "confirmed")).toHaveLength(1);
  });

  test("each lost form leads to one code, and the next call shows a form", async () => {
    const harness = await startStates();
    const { send, clock } = harness;
    const called = await args({ call: harness.send });
    for (let lost = 0; lost < 3; lost++) {
      formOf(await send(tool, called));
      clock.pass(WAIT);
      expect((await send(tool, called)).data).toHaveProperty("unanswered");
    }
    formOf(await send(tool, called));
  });
});

describe("several forms for one call", () => {
  test("several lost forms lead to one code together, and accept no answer any more", async () => {
    const harness = await startStates();
    const { open, send, clock } = harness;
    const lost = [await open(REMOVE, ID), await open(REMOVE, ID), await open(REMOVE, ID)];
    clock.pass(WAIT);
    expect((await send(REMOVE, ID)).data).toHaveProperty("unanswered");
    const states = new Set(lost.map(({ state }) => state));
    for (const form of lost) expectAskedAgain(harness, await send(REMOVE, ID, agreeing(form)), states);
    formOf(await send(REMOVE, ID));
  });

  test("a form younger than 40 s still accepts its answer", async () => {
    const { send, clock } = await startStates();
    formOf(await send(REMOVE, ID));
    clock.pass(WAIT - 1);
    const young = formOf(await send(REMOVE, ID));
    clock.pass(WAIT - 1);
    expect((await send(REMOVE, ID)).data).toHaveProperty("unanswered");
    expect(isDone(await send(REMOVE, ID, agreeing(young)))).toBe(true);
  });

  test.each(REFUSALS)(
    "no lost form leads to a code after a person %s another form of the call",
    async (_, choice) => {
      const { open, send, clock, simulator } = await startStates();
      const { state } = await open(REMOVE, ID);
      await open(REMOVE, ID);
      const params = { requestState: state, inputResponses: { choice } };
      expect((await send(REMOVE, ID, params)).data["status"]).toBe("declined");
      clock.pass(5 * 60_000);
      formOf(await send(REMOVE, ID));
      expect(simulator.state.images.has(FIRST)).toBe(true);
    },
  );
});

describe.each(ANSWERS)("once a person %s any form", (_, reply) => {
  test("the same call shows a form however late after an answered form, and voids no valid form", async () => {
    const harness = await startStates();
    const { send, clock } = harness;
    await answerAnother(harness, reply);
    for (const ms of [WAIT - 1, 1, 5 * 60_000 - WAIT, 24 * HOUR]) {
      formOf(await send(REMOVE, ID));
      clock.pass(ms);
    }
    const form = formOf(await send(REMOVE, ID));
    clock.pass(5 * 60_000);
    formOf(await send(REMOVE, ID));
    expect(isDone(await send(REMOVE, ID, agreeing(form)))).toBe(true);
  });

  test("the code of an earlier call needs a form after an answered form", async () => {
    const harness = await startStates();
    const { send, clock, simulator } = harness;
    formOf(await send(REMOVE, ID));
    clock.pass(WAIT);
    const { confirm } = (await send(REMOVE, ID)).data;
    await answerAnother(harness, reply);
    formOf(await send(REMOVE, { ...ID, confirm }));
    expect(simulator.state.images.has(FIRST)).toBe(true);
  });

  test("a call that led to a code shows a form after an answered form, however late", async () => {
    const harness = await startStates();
    const { send, clock } = harness;
    formOf(await send(REMOVE, ID));
    clock.pass(WAIT);
    expect((await send(REMOVE, ID)).data).toHaveProperty("unanswered");
    await answerAnother(harness, reply);
    for (const ms of [WAIT, 5 * 60_000, 24 * HOUR]) {
      formOf(await send(REMOVE, ID));
      clock.pass(ms);
    }
  });
});

test.each<[what: string, reply: object, ms?: number]>([
  ["a choice within a second", accepting("delete"), 999],
  ["a no within a second", { action: "decline" }, 999],
  ["no choice", { action: "accept", content: {} }, 5_000],
])("%s proves no user: a lost form leads to a code", async (_, reply, ms) => {
  const harness = await startStates();
  const { send, clock } = harness;
  await answerAnother(harness, reply, ms);
  formOf(await send(REMOVE, ID));
  clock.pass(WAIT);
  const { data } = await send(REMOVE, ID);
  expect(data).toHaveProperty("unanswered");
  expect(isDone(await send(REMOVE, { ...ID, confirm: data["confirm"] }))).toBe(true);
});

test("a form that is not returned does not affect other calls", async () => {
  const { send, clock } = await startStates();
  formOf(await send(REMOVE, ID));
  clock.pass(WAIT);
  formOf(await send(REMOVE, { id: SECOND }));
});

test("a bulk deletion keeps its code when its form is not returned", async () => {
  const harness = await startStates();
  const { call, send, open, clock } = harness;
  const { confirm } = (await call(DELETE, { ids: [FIRST, SECOND] })).data;
  const args = { confirm, count: 2 };
  formOf(await send(DELETE, args));
  clock.pass(WAIT);
  const { data } = await send(DELETE, args);
  expect(data).toMatchObject({ status: "confirmation_required", unanswered: expect.any(String) });
  expect(data["confirm"]).not.toBe(confirm);
  // Called otherwise, it still needs a form.
  await open(DELETE, { confirm, ids: [FIRST, SECOND] });
});
