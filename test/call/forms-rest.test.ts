/** A deletion that did not end in one call: who agreed to the code for its rest. */

import { describe, expect, test } from "vitest";
import { DELETE, deletionsOf, many, reply } from "../support/cleanup.ts";
import { type Act, agrees, ERAS, keeps, type ShownForm, startForms, yes } from "../support/forms.ts";
import { IMAGES, REMOVE } from "../support/forms-cases.ts";

type Person = (form: ShownForm) => Act;

/** As a client that answers by itself. */
const tooFast: Person = (form) => yes(form, 999);

const REFUSALS: [what: string, act: Person][] = [
  ["chooses to keep in", keeps],
  ["declines", () => ({ reply: { action: "decline" }, ms: 1_000 })],
  ["closes", () => ({ reply: { action: "cancel" }, ms: 1_000 })],
];

/** Images that the deletion leaves alone. */
const [OTHER, ANOTHER] = [2001, 2002];

const MODES = ["auto", "form"] as const;

describe.each(ERAS)("in %s, a deletion that did not end in one call", (era) => {
  /** Begins a deletion that a person, or nobody, agrees to; `meanwhile` answers the form of another call while it runs. */
  async function startLong(person: Person, mode: "auto" | "form" = "auto", meanwhile?: Person) {
    const images = [...many(60), ...IMAGES.map((image) => ({ ...image, id: image.id + 1000 }))];
    const harness = await startForms({ era, person, confirm: mode, images });
    const { call, client, simulator, clock } = harness;
    const ids = many(60).map(({ id }) => id);
    let { confirm } = (await call(DELETE, { ids })).data;
    let answersOther = meanwhile;
    const others: Promise<unknown>[] = [];
    simulator.intercept = (request, response, apply) => {
      if (request.method !== "DELETE") return undefined;
      clock.pass(1_000);
      if (!answersOther || request.path.endsWith(`/${OTHER}`)) return undefined;
      harness.person = answersOther;
      answersOther = undefined;
      const other = client.callTool({ name: REMOVE, arguments: { id: OTHER } });
      others.push(other.then(() => reply(request, response, apply)));
      return "handled";
    };
    let answer = await call(DELETE, { confirm, count: 60 });
    if (answer.data["status"] === "confirmation_required") {
      ({ confirm } = answer.data);
      answer = await call(DELETE, { confirm, count: 60 });
    }
    await Promise.all(others);
    simulator.intercept = undefined;
    const { confirm: rest, remaining = 0, deleted } = deletionsOf(answer);
    expect(remaining).toBeGreaterThan(0);
    return { harness, rest, remaining, left: ids.filter((id) => !deleted.includes(id)) };
  }

  test.each(MODES)(
    "the rest of a deletion continues without a second form, confirmed by %s",
    async (mode) => {
      const { harness, rest, remaining, left } = await startLong(agrees, mode);
      harness.person = () => Promise.reject(new Error("a second form was shown"));
      const answer = await harness.call(DELETE, { confirm: rest, count: remaining });
      expect(deletionsOf(answer).deleted.toSorted()).toEqual(left);
      const outcomes = harness.events.filter(({ outcome }) => outcome === "confirmed");
      expect(outcomes.map(({ by }) => by)).toEqual(["form", "form"]);
      expect(harness.forms).toHaveLength(1);
    },
  );

  test("the code for the rest confirms only the rest, and only once", async () => {
    const { harness, rest, remaining, left } = await startLong(agrees);
    const { call, simulator } = harness;
    const [one = 0] = left;
    const [gone = 0] = many(60)
      .map(({ id }) => id)
      .filter((id) => !left.includes(id));
    const before = simulator.writes().length;
    for (const args of [
      { confirm: rest, ids: [...left.slice(0, 1), OTHER] },
      { confirm: rest, ids: [gone] },
      { confirm: rest, count: remaining + 1 },
    ])
      expect((await call(DELETE, args)).isError).toBe(true);
    await call(REMOVE, { id: one, confirm: rest });
    expect(harness.forms).toHaveLength(2);
    expect(simulator.writes()).toHaveLength(before + 1);
    expect((await call(DELETE, { confirm: rest, count: remaining })).data["status"]).toBe("done");
    expect((await call(DELETE, { confirm: rest, count: remaining })).isError).toBe(true);
    expect(simulator.writes()).toHaveLength(before + left.length);
  });

  /** Fails unless the rest needs a form, which a person declines first. */
  async function expectFormForRest({ harness, rest, remaining }: Awaited<ReturnType<typeof startLong>>) {
    const { call, forms, simulator } = harness;
    const [shown, written] = [forms.length, simulator.writes().length];
    const args = { confirm: rest, count: remaining };
    harness.person = keeps;
    expect((await call(DELETE, args)).data["status"]).toBe("declined");
    expect(simulator.writes()).toHaveLength(written);
    harness.person = agrees;
    expect((await call(DELETE, args)).data["status"]).toBe("done");
    expect(forms).toHaveLength(shown + 2);
    expect(simulator.writes()).toHaveLength(written + remaining);
  }

  describe.each(REFUSALS)("once a person %s another form,", (_, refuses) => {
    test.each(MODES)(
      "the rest of a deletion needs a form after a declined form, confirmed by %s",
      async (mode) => {
        const started = await startLong(agrees, mode);
        started.harness.person = refuses;
        await started.harness.call(REMOVE, { id: OTHER });
        await expectFormForRest(started);
      },
    );

    // The code for the rest is issued after the no, with the consent of before.
    test.each(MODES)(
      "the rest of a deletion needs a form after a form declined during the deletion, confirmed by %s",
      async (mode) => {
        await expectFormForRest(await startLong(agrees, mode, refuses));
      },
    );
  });

  test("the rest of the rest needs a form after a declined form for the rest", async () => {
    const started = await startLong(agrees);
    const { harness, rest, remaining } = started;
    const { call, clock, simulator } = harness;
    simulator.intercept = ({ method }) => (method === "DELETE" ? clock.pass(20_000) : undefined);
    const next = deletionsOf(await call(DELETE, { confirm: rest, count: remaining }));
    simulator.intercept = undefined;
    expect(harness.forms).toHaveLength(1);
    harness.person = keeps;
    await call(REMOVE, { id: OTHER });
    await expectFormForRest({ ...started, rest: next.confirm, remaining: next.remaining ?? 0 });
  });

  test.each(MODES)(
    "the rest continues without a form after the user accepts another form, confirmed by %s",
    async (mode) => {
      for (const meanwhile of [undefined, agrees]) {
        const { harness, rest, remaining } = await startLong(agrees, mode, meanwhile);
        await harness.call(REMOVE, { id: ANOTHER });
        harness.person = () => Promise.reject(new Error("another form was shown"));
        const { data } = await harness.call(DELETE, { confirm: rest, count: remaining });
        expect(data["status"]).toBe("done");
      }
    },
  );

  test("the rest continues with a code alone while nobody answers forms", async () => {
    const { harness, rest, remaining } = await startLong(tooFast);
    harness.person = () => Promise.reject(new Error("a second form was shown"));
    const { data } = await harness.call(DELETE, { confirm: rest, count: remaining });
    expect(data["status"]).toBe("done");
    expect(harness.forms).toHaveLength(1);
  });

  describe.each<[what: string, act: Person]>([["agrees to", agrees], ...REFUSALS])(
    "that nobody was asked about, once a person %s another form,",
    (_, answers) => {
      test("the rest of a deletion by an unanswered form needs a form after an answered one", async () => {
        const started = await startLong(tooFast);
        started.harness.person = answers;
        await started.harness.call(REMOVE, { id: OTHER });
        await expectFormForRest(started);
      });

      // As above.
      test("the rest of a deletion by an unanswered form needs a form also when another was answered during the deletion", async () => {
        await expectFormForRest(await startLong(tooFast, "auto", answers));
      });
    },
  );
});
