/** Confirmation codes beside forms: when a code is enough, and when the form appears nevertheless. */

import { describe, expect, test } from "vitest";
import { codeRefusal } from "../support/answers.ts";
import { aged, DELETE, PLAN } from "../support/cleanup.ts";
import { accepting, agreeing, formOf, isDone, NO_FORMS, startStates } from "../support/form-state.ts";
import {
  type Act,
  agrees,
  ERAS,
  type FormOptions,
  keeps,
  type ShownForm,
  startForms,
  yes,
} from "../support/forms.ts";
import { FIRST, FORM_CASES, FOURTH, IMAGES, REMOVE, SECOND, THIRD } from "../support/forms-cases.ts";

const HOUR = 3_600_000;

/** An image that no case changes. */
const OTHER = aged(1900, 90, { type: "backup" });

const start = (options: FormOptions) => startForms({ images: [...IMAGES, OTHER], actionMs: 0, ...options });

/** As a client that answers by itself. */
const tooFast = (form: ShownForm): Act => yes(form, 999);

const REAL_ANSWERS: [what: string, act: (form: ShownForm) => Act][] = [
  ["agrees", agrees],
  ["keeps", keeps],
  ["declines", () => ({ reply: { action: "decline" }, ms: 5_000 })],
  ["cancels", () => ({ reply: { action: "cancel" }, ms: 5_000 })],
];

describe.each(ERAS)("in %s", (era) => {
  /** A call that nobody was asked about, and the same call with its code. */
  async function startUnanswered({ tool, args }: (typeof FORM_CASES)[number]) {
    const harness = await start({ era, person: tooFast });
    const called = await args(harness);
    const { confirm } = (await harness.call(tool, called)).data;
    expect(harness.simulator.writes()).toEqual([]);
    const { except: _, ...again } = called;
    return { harness, confirmed: { ...again, confirm } };
  }

  describe.each(FORM_CASES)("$what", (called) => {
    const { tool, writes } = called;

    test("the code of an unanswered form confirms without a form", async () => {
      const { harness, confirmed } = await startUnanswered(called);
      harness.person = () => Promise.reject(new Error("a second form was shown"));
      expect((await harness.call(tool, confirmed)).data["status"]).toBe("done");
      expect(harness.simulator.writes()).toHaveLength(writes.length);
    });

    test.each(REAL_ANSWERS)(
      "the code of an unanswered form needs a form after a person %s",
      async (_, act) => {
        const { harness, confirmed } = await startUnanswered(called);
        const { call, forms, simulator } = harness;
        harness.person = act;
        await call(REMOVE, { id: OTHER.id });
        const before = simulator.writes().length;
        harness.person = keeps;
        expect((await call(tool, confirmed)).data["status"]).toBe("declined");
        expect(forms).toHaveLength(3);
        expect(simulator.writes()).toHaveLength(before);
      },
    );
  });

  test("an image that the user kept is not deleted by any code issued before", async () => {
    const harness = await start({ era, person: tooFast });
    const { call, forms, simulator } = harness;
    const codes = [];
    for (let i = 0; i < 3; i++) codes.push((await call(REMOVE, { id: FIRST })).data["confirm"]);
    harness.person = keeps;
    await call(REMOVE, { id: FIRST });
    for (const confirm of codes) {
      expect((await call(REMOVE, { id: FIRST, confirm })).data["status"]).toBe("declined");
    }
    expect(forms).toHaveLength(7);
    expect(simulator.writes()).toEqual([]);
  });

  test("a bulk deletion that the user declined needs a form again, with the same code", async () => {
    const harness = await start({ era, person: keeps });
    const { call, forms, simulator } = harness;
    const { confirm } = (await call(DELETE, { ids: [FIRST, SECOND] })).data;
    for (let i = 1; i <= 2; i++) {
      expect((await call(DELETE, { confirm, count: 2 })).data["status"]).toBe("declined");
      expect(forms).toHaveLength(i);
    }
    expect(simulator.writes()).toEqual([]);
    harness.person = agrees;
    expect((await call(DELETE, { confirm, count: 2 })).data["status"]).toBe("done");
  });

  test("two concurrent calls with one code and two accepted forms delete once", async () => {
    let shown = 0;
    let showBoth: () => void;
    const bothShown = new Promise<void>((resolve) => {
      showBoth = resolve;
    });
    const person = async (form: ShownForm) => {
      if (++shown === 2) showBoth();
      await bothShown;
      return yes(form);
    };
    const { call, callAtOnce, simulator, events } = await start({ era, person });
    const { confirm } = (await call(DELETE, { ids: [FIRST, SECOND] })).data;
    await callAtOnce([DELETE, { confirm, count: 2 }], [DELETE, { confirm, ids: [FIRST, SECOND] }]);
    expect(shown).toBe(2);
    expect(simulator.writes()).toHaveLength(2);
    expect(events.filter(({ outcome }) => outcome === "confirmed")).toHaveLength(1);
  });

  test.each([
    [HOUR - 6_000, true],
    [HOUR - 5_000, false],
  ])("a code that is %i ms old when its form is shown, which takes 5 s: %s", async (ms, isGood) => {
    const { call, clock, forms, simulator } = await start({ era });
    const { confirm } = (await call(DELETE, { ids: [FIRST, SECOND] })).data;
    clock.pass(ms);
    const answer = await call(DELETE, { confirm, count: 2 });
    expect(forms).toHaveLength(1);
    expect(simulator.writes()).toHaveLength(isGood ? 2 : 0);
    if (!isGood) expect(codeRefusal(answer)).toBe("expired");
  });

  test("a wrong count, foreign ids and invalid codes are refused before any form", async () => {
    for (const mode of ["auto", "form"] as const) {
      const { call, clock, forms, simulator } = await start({ era, confirm: mode });
      const { confirm: old } = (await call(DELETE, { ids: [FIRST, SECOND] })).data;
      clock.pass(HOUR);
      const { confirm } = (await call(DELETE, { ids: [FIRST, SECOND, THIRD] })).data;
      const wrong = [
        { confirm },
        { confirm, count: 2 },
        { confirm, count: 4 },
        { confirm, ids: [FIRST, FOURTH] },
        { confirm, count: 2, except: [FOURTH] },
        { confirm, count: 3, except: [FIRST] },
        { confirm: old, count: 2 },
        { confirm: `${confirm}2`, count: 3 },
      ];
      for (const args of wrong) expect((await call(DELETE, args)).isError, JSON.stringify(args)).toBe(true);
      expect([forms, simulator.writes()]).toEqual([[], []]);
    }
  });
});

test.each(ERAS)(
  "a deletion with exceptions can be repeated with the code of its unanswered form, in %s",
  async (era) => {
    const { call } = await start({ era, person: tooFast });
    const { confirm: plan } = (await call(PLAN, { keep_last: 1, label_selector: "app" })).data;
    const args = { count: 2, except: [THIRD] };
    const { confirm } = (await call(DELETE, { ...args, confirm: plan })).data;
    expect((await call(DELETE, { ...args, confirm })).data["status"]).toBe("done");
  },
);

describe("a code of a request without forms", () => {
  test.each(FORM_CASES)(
    "a code of a request without forms needs the form of $what in a request with forms",
    async ({ tool, args, writes }) => {
      const { send, clock, simulator } = await startStates();
      const without = (name: string, given = {}) => send(name, given, {}, NO_FORMS);
      let called = await args({ call: without });
      if (tool !== DELETE) called = { ...called, confirm: (await without(tool, called)).data["confirm"] };
      const form = formOf(await send(tool, called));
      expect(simulator.writes()).toEqual([]);
      clock.pass(5_000);
      const kept = { requestState: form.state, inputResponses: { choice: accepting("keep") } };
      expect((await send(tool, called, kept)).data["status"]).toBe("declined");
      const again = formOf(await send(tool, called));
      clock.pass(5_000);
      expect(isDone(await send(tool, called, agreeing(again)))).toBe(true);
      expect(simulator.writes()).toHaveLength(writes.length);
    },
  );
});
