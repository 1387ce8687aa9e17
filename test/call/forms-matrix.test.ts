/** Every tool that asks × every version × what a person or a client can do with a form × how the server is to confirm. */

import { describe, expect, test } from "vitest";
import type { ConfirmMode } from "../../src/config/options.ts";
import {
  type CellOutcome,
  REFUSALS,
  type Reaction,
  tryReaction,
  UNANSWERED,
  YES,
} from "../support/form-reactions.ts";
import { ERAS, type Era } from "../support/forms.ts";
import { FORM_CASES, type FormCase } from "../support/forms-cases.ts";

const NOTHING = { writes: [], forms: 1, hasCode: false, saysUnanswered: false };

/** What the server waits for an answer, in ms. */
const FIRST_WAIT = 40_000;

function expected({ writes }: FormCase, reaction: Reaction, era: Era, mode: ConfirmMode): CellOutcome {
  const { answer, ms } = reaction;
  const isLost = era === "2026-07-28" && (answer === "error" || answer === "timeout");
  const answered = `answered ${answer} ${answer === "timeout" ? FIRST_WAIT : ms}`;
  const asked = isLost ? ["asked"] : ["asked", answered];
  if (reaction === YES)
    return { ...NOTHING, writes, status: "done", audit: [...asked, "confirmed form", "done"] };
  if (REFUSALS.includes(reaction)) return { ...NOTHING, status: "declined", audit: [...asked, "declined"] };
  // Where only a form counts, the call made again shows another, however long ago the first was lost.
  if (mode === "form" && isLost) {
    const audit = [...asked, "asked", "answered yes 5000", "confirmed form", "done"];
    return { ...NOTHING, writes, status: "done", forms: 2, audit };
  }
  if (mode === "auto")
    return {
      ...NOTHING,
      status: "confirmation_required",
      audit: [...asked, "preview"],
      hasCode: true,
      saysUnanswered: true,
    };
  return { ...NOTHING, status: "form_unanswered", audit: [...asked, "failed form_unanswered"] };
}

describe.each(FORM_CASES)("$what", (called) => {
  test.each(ERAS.flatMap((era) => (["auto", "form"] as const).map((mode) => [era, mode] as const)))(
    "a call in %s, confirmed by %s, does only what the user chose",
    async (era, mode) => {
      for (const reaction of [YES, ...REFUSALS, ...UNANSWERED]) {
        const outcome = await tryReaction(called, reaction, era, mode);
        expect({ [reaction.what]: outcome }).toEqual({
          [reaction.what]: expected(called, reaction, era, mode),
        });
      }
    },
  );
});
