/** Who is shown a form: by what the client declares, and by how the server is set to confirm. */

import { describe, expect, test } from "vitest";
import { CODE_IN_TEXT } from "../support/answers.ts";
import { DELETE, PLAN, planOf } from "../support/cleanup.ts";
import { outcomeOf } from "../support/form-reactions.ts";
import { ERAS, type FormOptions, startForms } from "../support/forms.ts";
import { EDIT, FIRST, FORM_CASES, IMAGES, LOCKED, PROTECT, SECOND, UPDATE } from "../support/forms-cases.ts";

type Elicitation = Exclude<FormOptions["elicitation"], undefined>;

const WITH_FORMS: [what: string, elicitation: Elicitation][] = [
  ["forms", { form: {} }],
  ["elicitation of no kind, as the first version had it", {}],
  ["forms and URLs", { form: {}, url: {} }],
];
const WITHOUT_FORMS: [what: string, elicitation: Elicitation][] = [
  ["nothing", null],
  ["only URLs", { url: {} }],
];

const start = (options: FormOptions) => startForms({ images: IMAGES, actionMs: 0, ...options });

const NOTHING = { writes: [], forms: 0, hasCode: false, saysUnanswered: false };

describe.each(ERAS)("in %s", (era) => {
  describe.each(FORM_CASES)("$what", ({ tool, args, writes }) => {
    test.each(WITH_FORMS)("an MCP client that declares %s is shown a form", async (_, elicitation) => {
      for (const confirm of ["auto", "form"] as const) {
        const harness = await start({ era, elicitation, confirm });
        const answer = await harness.call(tool, await args(harness));
        expect(outcomeOf(harness, answer)).toMatchObject({ status: "done", writes, forms: 1 });
      }
    });

    test.each([
      ...WITHOUT_FORMS.map(([what, elicitation]) => [what, "auto", elicitation] as const),
      ...[...WITHOUT_FORMS, ...WITH_FORMS].map(([what, elicitation]) => [what, "code", elicitation] as const),
    ])(
      "an MCP client that declares %s needs only the code, confirmed by %s",
      async (_, confirm, elicitation) => {
        const harness = await start({ era, elicitation, confirm });
        const called = await args(harness);
        harness.events.length = 0;
        const answer = await harness.call(tool, called);
        const done = { ...NOTHING, status: "done", writes, audit: ["confirmed code", "done"] };
        if (tool === DELETE) return expect(outcomeOf(harness, answer)).toEqual(done);
        expect(outcomeOf(harness, answer)).toEqual({
          ...NOTHING,
          status: "confirmation_required",
          hasCode: true,
          audit: ["preview"],
        });
        harness.events.length = 0;
        const confirmed = await harness.call(tool, { ...called, confirm: answer.data["confirm"] });
        expect(outcomeOf(harness, confirmed)).toEqual(done);
      },
    );
  });

  describe.each(WITHOUT_FORMS)("a client that declares %s, where only a form counts,", (_, elicitation) => {
    const startStrict = () => start({ era, elicitation, confirm: "form" });

    test.each(FORM_CASES.filter(({ tool }) => tool !== DELETE))(
      "a client without forms is refused $what when only a form confirms",
      async ({ tool, args }) => {
        const harness = await startStrict();
        const called = await args(harness);
        for (const confirm of [undefined, "delete snapshot 1001 #abcdefghijkm"]) {
          harness.events.length = 0;
          const answer = await harness.call(tool, { ...called, ...(confirm && { confirm }) });
          expect(outcomeOf(harness, answer)).toEqual({
            ...NOTHING,
            status: "form_unavailable",
            audit: ["failed form_unavailable"],
          });
        }
      },
    );

    test("a client without forms is refused a bulk deletion, with and without a code, when only a form confirms", async () => {
      const harness = await startStrict();
      for (const args of [
        { ids: [FIRST, SECOND] },
        { ids: [FIRST, SECOND], confirm: "delete 2 snapshots #abcdefghijkm" },
        { count: 1, confirm: "delete 2 snapshots #abcdefghijkm" },
      ]) {
        const answer = await harness.call(DELETE, args);
        expect(outcomeOf(harness, answer)).toMatchObject({ ...NOTHING, status: "form_unavailable" });
      }
    });

    test("a client without forms gets a plan without a code when only a form confirms", async () => {
      const harness = await startStrict();
      for (const args of [{ keep_last: 1 }, { ids: [FIRST, SECOND] }]) {
        const answer = await harness.call(PLAN, args);
        expect(planOf(answer).to_delete.images).toBeGreaterThan(0);
        expect(answer.text).not.toMatch(CODE_IN_TEXT);
        expect(answer.data).not.toHaveProperty("confirm");
        expect(answer.text).toContain("HCLOUD_IMAGES_CONFIRM=form");
      }
    });

    test("a client without forms makes changes that lose nothing when only a form confirms", async () => {
      const harness = await startStrict();
      const { call, simulator } = harness;
      const calls: [tool: string, args: Record<string, unknown>][] = [
        [PROTECT, { id: FIRST, delete: true }],
        [PROTECT, { ids: [SECOND, LOCKED], delete: true }],
        [EDIT, { ids: [FIRST], set: { new: "1" } }],
        [UPDATE, { id: FIRST, description: "new" }],
      ];
      for (const [tool, args] of calls) expect((await call(tool, args)).data["status"]).toBe("done");
      expect(simulator.writes()).toHaveLength(4);
      expect(simulator.state.images.get(FIRST)).toMatchObject({
        protection: { delete: true },
        labels: { new: "1", env: "prod" },
        description: "new",
      });
    });
  });

  test("a call that loses nothing shows no form", async () => {
    const harness = await start({ era, confirm: "form" });
    const answer = await harness.call(EDIT, { ids: [FIRST, SECOND], set: { new: "1" } });
    expect(outcomeOf(harness, answer)).toMatchObject({ status: "done", forms: 0 });
    expect(harness.simulator.writes()).toHaveLength(2);
  });
});
