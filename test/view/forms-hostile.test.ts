/** Every form with every misleading text, and with the token in every place. */

import { describe, expect, test } from "vitest";
import { expectPlainForm, withoutQuoted } from "../support/form-text.ts";
import { HOSTILE_TEXTS } from "../support/hostile-text.ts";
import { SHOWN, show } from "../support/shown-forms.ts";

/** Labels are shown as far as the description leaves room for them. */
const sentencesOf = (message: string) =>
  withoutQuoted(message).replaceAll(/, (env=p|role=|keep=)[\w =]*…?(?=[.\s]|$)/g, "");

describe("no hostile description changes a sentence of a form", () => {
  test.each(SHOWN)("no hostile description changes a sentence of a form $what", async (call) => {
    const harmless = sentencesOf((await show(call)).message);
    for (const description of Object.values(HOSTILE_TEXTS)) {
      const { message } = await show(call, { description });
      expectPlainForm(message);
      expect(sentencesOf(message)).toBe(harmless);
    }
  });
});

/** No run of 8 of its characters is found in anything that is not made of it. */
const CANARY = "kQ7vZx2mWp9LrT4sYb8NcJd6HgF3uEaKoRiVtGyBnMwXqSzDhCj5PfUeAl1O0I7y";
const PIECES = Array.from({ length: CANARY.length - 7 }, (_, i) => CANARY.slice(i, i + 8));
const HOLDING: Record<string, string> = {
  "the whole token": CANARY,
  "a piece of the token": `token ${CANARY.slice(20, 40)}`,
  "the token between words": `see ${CANARY.slice(0, 9)} and ${CANARY.slice(30, 38)}`,
  "the token with characters in it that are not seen": Array.from(CANARY).join("\u200b"),
  "the token with quotation marks": `"${CANARY.slice(3, 30)}"`,
  "the token where a text is cut": `${"x".repeat(30)}${CANARY}`,
};

describe("no piece of the API token is in a form", () => {
  test.each(Object.entries(HOLDING))(
    "no piece of the API token is in a form when names and labels contain %s",
    async (_, text) => {
      for (const call of SHOWN) {
        for (const era of ["2025-06-18", "2026-07-28"] as const) {
          const form = await show(
            call,
            { description: text, server: text, label: text },
            { token: CANARY, context: text, era },
          );
          const shown = JSON.stringify(form);
          expect(PIECES.filter((piece) => shown.includes(piece))).toEqual([]);
          // Where a line is short, a text is cut before the token.
          if (!text.startsWith("x")) expect(shown).toContain("[redacted]");
        }
      }
    },
  );
});
