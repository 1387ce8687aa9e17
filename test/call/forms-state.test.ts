/** What the state of a form is good for, which a client of version 2026-07-28 sends back with the answer. */

import { describe, expect, test } from "vitest";
import { expectFailure, refusal } from "../support/answers.ts";
import { DELETE } from "../support/cleanup.ts";
import {
  accepting,
  agreeing,
  expectAskedAgain,
  formOf,
  isDone,
  NO_FORMS,
  startStates,
} from "../support/form-state.ts";
import { READING_MS } from "../support/forms.ts";
import { EDIT, FIRST, FORM_CASES, FOURTH, REMOVE, SECOND, THIRD, UPDATE } from "../support/forms-cases.ts";

const ID = { id: FIRST };

describe.each(FORM_CASES)("$what", ({ tool, args, writes }) => {
  test.each(["one after the other", "concurrently"])(
    "a call is done once by two retries with one form state, %s",
    async (how) => {
      const harness = await startStates();
      const { send, open, simulator, outcomes } = harness;
      const called = await args(harness);
      const retry = agreeing(await open(tool, called));
      const first = send(tool, called, retry);
      if (how === "one after the other") await first;
      const replies = await Promise.all([first, send(tool, called, retry)]);
      expect(replies.filter(isDone).length).toBeGreaterThan(0);
      expect(outcomes().filter((outcome) => outcome === "confirmed")).toHaveLength(1);
      const paths = new Set(simulator.writes().map(({ method, path }) => `${method} ${path}`));
      expect([...paths].sort()).toEqual(writes.map((line) => line.split(" ").slice(0, 2).join(" ")));
      // What is gone cannot go again; an update may be sent again when it loses nothing more.
      if (tool === REMOVE || tool === DELETE) expect(simulator.writes()).toHaveLength(writes.length);
    },
  );
});

describe("an altered form state", () => {
  const bitFlips = (state: string) =>
    Array.from(state).flatMap((character, at) =>
      Array.from({ length: 7 }, (_, bit) => {
        const flipped = String.fromCharCode(character.charCodeAt(0) ^ (1 << bit));
        return state.slice(0, at) + flipped + state.slice(at + 1);
      }),
    );

  test("a form state with one bit changed shows a new form", async () => {
    const harness = await startStates();
    const args = { ids: [FIRST], remove: ["app"] };
    const form = await harness.open(EDIT, args);
    const states = new Set([form.state]);
    const wrong = bitFlips(form.state);
    expect(wrong).toHaveLength(182);
    for (const state of wrong) {
      const reply = await harness.send(EDIT, args, agreeing({ ...form, state }));
      expectAskedAgain(harness, reply, states);
      states.add(formOf(reply).state);
    }
    expect(isDone(await harness.send(EDIT, args, agreeing(form)))).toBe(true);
  });

  test.each<[what: string, spoil: (state: string) => unknown]>([
    ["cut at its end", (state) => state.slice(0, -1)],
    ["cut at its start", (state) => state.slice(1)],
    ["longer by one character", (state) => `${state}2`],
    ["longer by a blank", (state) => `${state} `],
    ["longer by a NUL", (state) => `${state}\0`],
    ["twice itself", (state) => state + state],
    ["in upper case", (state) => state.toUpperCase()],
    ["reversed", (state) => Array.from(state).reverse().join("")],
    ["empty", () => ""],
    ["huge", () => "2".repeat(1_000_000)],
    ["the name of a member of every object", () => "__proto__"],
    ["null", () => null],
    ["a number", () => 1],
    ["true", () => true],
    ["a list of it", (state) => [state]],
    ["an object of it", (state) => ({ state })],
    ["missing", () => undefined],
  ])("a form state that is %s shows a new form, and leaves the old form valid", async (_, spoil) => {
    const harness = await startStates();
    const form = await harness.open(REMOVE, ID);
    const reply = await harness.send(REMOVE, ID, agreeing({ ...form, state: spoil(form.state) }));
    expectAskedAgain(harness, reply, new Set([form.state]));
    expect(harness.outcomes()).toEqual(["asked", "asked"]);
    expect(isDone(await harness.send(REMOVE, ID, agreeing(form)))).toBe(true);
  });
});

describe("the form state of another call", () => {
  const LABELS = { ids: [FIRST], set: { env: "test" } };

  test.each<[what: string, own: [string, Record<string, unknown>], other: [string, Record<string, unknown>]]>(
    [
      ["for another image", [REMOVE, ID], [REMOVE, { id: SECOND }]],
      ["of another tool", [REMOVE, ID], [UPDATE, { id: FIRST, description: "" }]],
      ["with another value", [EDIT, LABELS], [EDIT, { ids: [FIRST], set: { env: "dev" } }]],
      ["for one image more", [EDIT, LABELS], [EDIT, { ...LABELS, ids: [FIRST, SECOND] }]],
      ["for one image less", [EDIT, { ...LABELS, ids: [FIRST, SECOND] }], [EDIT, LABELS]],
      ["with one argument more", [EDIT, LABELS], [EDIT, { ...LABELS, remove: ["app"] }]],
      ["with a code", [REMOVE, ID], [REMOVE, { ...ID, confirm: "delete snapshot 1001 #abcdefghijkm" }]],
    ],
  )("a call %s shows its own form, which needs its own option and state", async (_, [tool, args], other) => {
    const harness = await startStates();
    const form = await harness.open(tool, args);
    const { verb } = await harness.open(...other);
    const reply = await harness.send(...other, agreeing({ ...form, verb }));
    expectAskedAgain(harness, reply, new Set([form.state]));
    expect(isDone(await harness.send(tool, args, agreeing(form)))).toBe(true);
  });

  test("a form state of another call that deletes more by another code shows a form of its own", async () => {
    const harness = await startStates();
    const codeFor = async (ids: number[]) => String((await harness.call(DELETE, { ids })).data["confirm"]);
    const few = { confirm: await codeFor([FIRST]), count: 1 };
    const more = { confirm: await codeFor([FIRST, SECOND]), count: 2 };
    const form = await harness.open(DELETE, few);
    const reply = await harness.send(DELETE, more, agreeing(form));
    expectAskedAgain(harness, reply, new Set([form.state]));
    expect(formOf(reply).form.message).toContain(String(SECOND));
  });

  test("a form state of another call that keeps fewer images of one code shows a form of its own", async () => {
    const harness = await startStates();
    const ids = [FIRST, SECOND, THIRD, FOURTH];
    const { confirm } = (await harness.call(DELETE, { ids })).data;
    const form = await harness.open(DELETE, { confirm, count: 1, except: [SECOND, THIRD, FOURTH] });
    for (const args of [
      { confirm, count: 4 },
      { confirm, count: 1, except: [FIRST, SECOND, THIRD] },
    ]) {
      const reply = await harness.send(DELETE, args, agreeing(form));
      expectAskedAgain(harness, reply, new Set([form.state]));
    }
  });

  test("a form state is valid for the same call with its arguments and lists in another order", async () => {
    const harness = await startStates();
    const form = await harness.open(EDIT, { ids: [FIRST, SECOND], remove: ["app", "env"] });
    const args = { remove: ["env", "app"], ids: [SECOND, FIRST] };
    expect(isDone(await harness.send(EDIT, args, agreeing(form)))).toBe(true);
  });
});

describe("form state", () => {
  test.each([
    [9 * 60_000 + 59_999, true],
    [10 * 60_000, false],
  ])("a form state of %i ms is valid: %s", async (ms, isGood) => {
    const harness = await startStates();
    const form = await harness.open(REMOVE, ID);
    harness.clock.pass(ms - READING_MS);
    const reply = await harness.send(REMOVE, ID, agreeing(form));
    expect(isDone(reply)).toBe(isGood);
    if (!isGood) expectAskedAgain(harness, reply, new Set([form.state]));
  });

  test("a form state is no confirmation code, of one image or of many", async () => {
    const harness = await startStates();
    const { state } = await harness.open(REMOVE, ID);
    const { confirm } = (await harness.call(DELETE, { ids: [FIRST, SECOND] })).data;
    const bulk = await harness.open(DELETE, { confirm, count: 2 });
    // A client with forms is asked by one, a client without gets a preview.
    expectAskedAgain(harness, await harness.send(REMOVE, { ...ID, confirm: state }), new Set([state]));
    expect(refusal(await harness.send(REMOVE, { ...ID, confirm: state }, {}, NO_FORMS))).toBe("unknown");
    for (const meta of [undefined, NO_FORMS]) {
      const reply = await harness.send(DELETE, { confirm: bulk.state, count: 2 }, {}, meta);
      expectFailure(reply, "code_refused");
    }
    expect(harness.simulator.writes()).toEqual([]);
  });

  test("a form state is not accepted as a confirmation code", async () => {
    const harness = await startStates();
    const { confirm: code } = (await harness.send(REMOVE, ID, {}, NO_FORMS)).data;
    for (const args of [ID, { ...ID, confirm: code }]) {
      const reply = await harness.send(REMOVE, args, agreeing({ state: code, verb: "delete" }));
      expectAskedAgain(harness, reply, new Set([code]));
    }
  });

  test("a form state has at least 128 random bits", async () => {
    const { send } = await startStates();
    const states: string[] = [];
    for (let i = 0; i < 600; i++)
      states.push(formOf(await send(EDIT, { ids: [FIRST], remove: ["app"] })).state);
    expect(new Set(states).size).toBe(600);
    const columns = Array.from(states[0] ?? "", (_, at) => new Set(states.map((state) => state[at])));
    const bits = columns.map(({ size }) => Math.log2(size)).reduce((sum, column) => sum + column, 0);
    expect(bits).toBeGreaterThanOrEqual(128);
  });
});

test("a retry without the option of its form is no choice, whatever else it contains", async () => {
  const harness = await startStates();
  const { verb } = await harness.open(REMOVE, ID);
  expect(verb).toBe("delete");
  for (const word of ["update", "overwrite", "lift protection", "yes", "delete ", ""]) {
    const { state } = await harness.open(REMOVE, ID);
    const reply = await harness.send(REMOVE, ID, {
      requestState: state,
      inputResponses: { choice: accepting(word) },
    });
    expect(reply.data).toMatchObject({ status: "confirmation_required", unanswered: expect.any(String) });
  }
  expect(harness.simulator.writes()).toEqual([]);
});
