/** What a form shows of the call, and that no form is answered where the audit cannot be written. */

import { describe, expect, test } from "vitest";
import { expectFailure } from "../support/answers.ts";
import { agrees, ERAS, keeps, startForms, wordsOf } from "../support/forms.ts";
import { IMAGES as CASE_IMAGES, EDIT, FIRST, FORM_CASES, SECOND } from "../support/forms-cases.ts";

const idIn = (line: string) => /^\w+ \/images\/(\d+)/.exec(line)?.[1];

/** So that no description holds an id. */
const IMAGES = CASE_IMAGES.map((image) => ({ ...image, description: "nightly" }));

describe.each(ERAS)("in %s", (era) => {
  test.each(FORM_CASES)(
    "the form of $what names each image that the call changes",
    async ({ tool, args, writes }) => {
      const harness = await startForms({ era, images: IMAGES, person: keeps });
      await harness.call(tool, await args(harness));
      const { message = "" } = harness.forms[0] ?? {};
      for (const line of writes) expect(message).toContain(idIn(line) ?? line);
    },
  );

  test("the form of an edit that loses values of one image names only that image, alone or among several", async () => {
    const images = IMAGES.map((image) => (image.id === FIRST ? image : { ...image, labels: {} }));
    for (const ids of [[FIRST], [FIRST, SECOND]]) {
      const { call, forms } = await startForms({ era, images, person: keeps });
      await call(EDIT, { ids, remove: ["app"] });
      const message = forms[0]?.message ?? "";
      if (ids.length === 1)
        expect(message).toContain(`Edit the labels of snapshot ${FIRST}; values are lost.`);
      else {
        expect(message).toContain("Edit the labels of 2 snapshots; values are lost on 1.");
        expect(message).toContain(`- ${FIRST}: app `);
      }
    }
  });

  test.each(FORM_CASES)(
    "the form of $what is one required choice, the harmless option first, without a default",
    async (called) => {
      const harness = await startForms({ era, images: IMAGES, person: keeps });
      await harness.call(called.tool, await called.args(harness));
      const [form] = harness.forms;
      if (!form) throw new Error("no form was shown");
      const { message, requestedSchema, mode } = form;
      expect(requestedSchema.required).toEqual(["choice"]);
      expect(Object.keys(requestedSchema.properties)).toEqual(["choice"]);
      expect(requestedSchema.properties["choice"]).not.toHaveProperty("default");
      expect(wordsOf(form)).toEqual(["keep", expect.stringMatching(/^[a-z ]+$/)]);
      expect(mode).toBe(era === "2025-06-18" ? undefined : "form");
      expect(message).not.toMatch(/undefined|null|\[object/);
      expect(message.split("\n").length).toBeLessThanOrEqual(14);
      for (const line of message.split("\n")) expect(line.length).toBeLessThanOrEqual(78);
    },
  );

  describe.each(FORM_CASES)("$what", ({ tool, args }) => {
    test.each(["asked", "answered", "confirmed"])(
      "a call is not done when the audit file cannot record that it was %s",
      async (outcome) => {
        let isBroken = true;
        const harness = await startForms({
          era,
          images: IMAGES,
          actionMs: 0,
          person: agrees,
          auditFailure: () => (isBroken && events.at(-1)?.["outcome"] === outcome ? "ENOSPC" : null),
        });
        const { events, call, simulator } = harness;
        const called = await args(harness);
        expectFailure(await call(tool, called), "audit_failed");
        expect(simulator.writes()).toEqual([]);
        // Nothing is left of the answer: the next call asks again.
        isBroken = false;
        const shown = harness.forms.length;
        expect((await call(tool, called)).data["status"]).toBe("done");
        expect(harness.forms).toHaveLength(shown + 1);
      },
    );
  });
});
