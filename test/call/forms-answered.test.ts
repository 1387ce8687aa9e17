/** After a form was answered in a session, the code of an unanswered form does not suffice any more. */

import { describe, expect, test } from "vitest";
import { aged, DELETE } from "../support/cleanup.ts";
import { accepting, agreeing, formOf, isDone, startStates } from "../support/form-state.ts";
import {
  type Act,
  agrees,
  ERAS,
  type Era,
  type FormHarness,
  keeps,
  no,
  type ShownForm,
  silent,
  startForms,
  yes,
} from "../support/forms.ts";
import { FIRST, FORM_CASES, IMAGES, REMOVE, SECOND } from "../support/forms-cases.ts";

/** An image that no case changes. */
const OTHER = aged(1900, 90, { type: "backup" });

type Person = (form: ShownForm) => Act;

const ANSWERS: [what: string, act: Person][] = [
  ["agreed", agrees],
  ["kept", keeps],
  ["declined", () => ({ reply: { action: "decline" }, ms: 1_000 })],
  ["cancelled", () => ({ reply: { action: "cancel" }, ms: 1_000 })],
];

const tooFast: Person = (form) => yes(form, 999);

/** What leaves a form unanswered; where the call does not wait, it ends with the form that is lost. */
const unansweredIn = (era: Era): [what: string, act: Person][] => [
  ["is answered within a second", tooFast],
  ["is answered no within a second", (form) => no(form, 999)],
  ["comes back without a choice", () => ({ reply: { action: "accept", content: {} }, ms: 5_000 })],
  ...(era === "2026-07-28"
    ? []
    : ([
        ["is not shown", () => ({ reply: "error", ms: 100 })],
        ["is not answered in time", silent],
      ] satisfies [string, Person][])),
];

/** Everybody who answered before, and everything that leaves the form of the case unanswered, each with one of the other. */
const pairsIn = (era: Era): [had: string, first: Person, what: string, then: Person][] => {
  const left = unansweredIn(era);
  const length = Math.max(ANSWERS.length, left.length);
  return Array.from({ length }, (_, i) => {
    const [had, first] = ANSWERS[i % ANSWERS.length] ?? ["", agrees];
    const [what, then] = left[i % left.length] ?? ["", tooFast];
    return [had, first, what, then];
  });
};

describe.each(ERAS)("in %s", (era) => {
  describe.each(FORM_CASES)("$what", ({ tool, args, writes }) => {
    test.each(pairsIn(era))(
      "the code of a form that $2 needs a form after a person has $0 another form",
      async (_, first, __, then) => {
        const harness = await startForms({ era, images: [...IMAGES, OTHER], actionMs: 0, person: first });
        const { call, forms, simulator } = harness;
        await call(REMOVE, { id: OTHER.id });
        const called = await args(harness);
        const before = simulator.writes().length;
        harness.person = then;
        const { data } = await call(tool, called);
        expect(data).toMatchObject({ status: "confirmation_required", unanswered: expect.any(String) });
        const confirmed = { ...called, confirm: data["confirm"] };
        harness.person = keeps;
        expect((await call(tool, confirmed)).data["status"]).toBe("declined");
        expect(simulator.writes()).toHaveLength(before);
        harness.person = agrees;
        expect((await call(tool, confirmed)).data["status"]).toBe("done");
        expect(forms).toHaveLength(4);
        expect(simulator.writes()).toHaveLength(before + writes.length);
      },
    );
  });
});

const TARGETS = ["one image", "many"] as const;

/** A deletion; of many with the code that it needs. */
async function deletionOf(
  targets: (typeof TARGETS)[number],
  { call }: Pick<FormHarness, "call">,
): Promise<[tool: string, args: Record<string, unknown>]> {
  if (targets === "one image") return [REMOVE, { id: FIRST }];
  const { confirm } = (await call(DELETE, { ids: [FIRST, SECOND] })).data;
  return [DELETE, { confirm, count: 2 }];
}

describe.each(["2025-06-18", "2025-11-25"] as const)("in %s", (era) => {
  test.each(TARGETS)(
    "the second of two equal concurrent deletions of %s needs a form after the user declined the first",
    async (targets) => {
      const person = (form: ShownForm, number: number) => (number === 1 ? keeps(form) : silent());
      const harness = await startForms({ era, images: IMAGES, person });
      const { call, callAtOnce, forms, simulator } = harness;
      const [name, args] = await deletionOf(targets, harness);
      const answers = await callAtOnce([name, args], [name, args]);
      const statuses = answers.map(({ data }) => data["status"]);
      expect(statuses.toSorted()).toEqual(["confirmation_required", "declined"]);
      const confirm = answers.find(({ data }) => data["confirm"])?.data["confirm"];
      await call(name, { ...args, confirm });
      expect(forms).toHaveLength(3);
      expect(simulator.writes()).toEqual([]);
    },
  );
});

test.each(TARGETS)(
  "the second of two forms of 2026-07-28 for a deletion of %s gives no sufficient code after the first is declined",
  async (targets) => {
    const harness = await startStates();
    const { open, send, simulator } = harness;
    const [name, args] = await deletionOf(targets, harness);
    const first = await open(name, args);
    const { state } = await open(name, args);
    const kept = { requestState: state, inputResponses: { choice: accepting("keep") } };
    expect((await send(name, args, kept)).data["status"]).toBe("declined");
    const { data } = await send(name, args, agreeing({ ...first, verb: "no such word" }));
    expect(data).toMatchObject({ status: "confirmation_required", unanswered: expect.any(String) });
    const confirmed = { ...args, confirm: data["confirm"] };
    formOf(await send(name, confirmed));
    expect(simulator.writes()).toEqual([]);
    expect(isDone(await send(name, confirmed, agreeing(await open(name, confirmed))))).toBe(true);
  },
);
