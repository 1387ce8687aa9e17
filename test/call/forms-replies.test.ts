/** Replies of the wrong shape to a form of version 2026-07-28: some hold no answer, others one that chooses nothing. */

import { describe, expect, test } from "vitest";
import { expectFailure } from "../support/answers.ts";
import { accepting, agreeing, expectAskedAgain, isDone, startStates } from "../support/form-state.ts";
import { FIRST, REMOVE } from "../support/forms-cases.ts";

const ID = { id: FIRST };
const MODES = ["auto", "form"] as const;

/** Nothing in them is called as the form is. */
const WITHOUT_ANSWER: unknown[] = [
  undefined,
  null,
  "delete",
  true,
  [],
  {},
  [accepting("delete")],
  accepting("delete"),
  { other: accepting("delete") },
  { Choice: accepting("delete") },
  JSON.parse('{"__proto__": {"choice": {"action": "accept", "content": {"choice": "delete"}}}}'),
];

/** The value under the name of the form. */
const WITHOUT_CHOICE: unknown[] = [
  null,
  "delete",
  true,
  1,
  [],
  {},
  [accepting("delete")],
  { choice: accepting("delete") },
  { action: "accept" },
  { action: "accept", content: null },
  { action: "accept", content: {} },
  { action: "accept", content: "delete" },
  { action: "accept", content: ["delete"] },
  { action: "accept", choice: "delete" },
  accepting({ choice: "delete" }),
  accepting(["delete"]),
  accepting(null),
  accepting("Delete"),
  { content: { choice: "delete" } },
  { action: "ACCEPT", content: { choice: "delete" } },
  { action: ["accept"], content: { choice: "delete" } },
  { method: "elicitation/create", result: accepting("delete") },
];

describe.each(WITHOUT_ANSWER)("inputResponses %j", (inputResponses) => {
  test.each(MODES)(
    "a response without an answer shows a new form, and the first form still accepts its answer, confirmed by %s",
    async (confirm) => {
      for (const ms of [0, 60_000]) {
        const harness = await startStates({ confirm });
        const form = await harness.open(REMOVE, ID);
        harness.clock.pass(ms);
        const params = { requestState: form.state, ...(inputResponses !== undefined && { inputResponses }) };
        const reply = await harness.send(REMOVE, ID, params);
        expectAskedAgain(harness, reply, new Set([form.state]));
        expect(harness.outcomes()).toEqual(["asked", "asked"]);
        expect(isDone(await harness.send(REMOVE, ID, agreeing(form)))).toBe(true);
      }
    },
  );
});

describe.each(WITHOUT_CHOICE)("the answer %j", (choice) => {
  test.each(MODES)(
    "an answer without a choice confirms nothing, and uses up its form, confirmed by %s",
    async (confirm) => {
      const harness = await startStates({ confirm });
      const { state } = await harness.open(REMOVE, ID);
      const reply = await harness.send(REMOVE, ID, { requestState: state, inputResponses: { choice } });
      if (confirm === "auto") {
        expect(reply.data).toMatchObject({ status: "confirmation_required", unanswered: expect.any(String) });
      } else expectFailure(reply, "form_unanswered");
      expect(harness.events).toContainEqual(
        expect.objectContaining({ outcome: "answered", answer: "no_choice" }),
      );
      const again = await harness.send(REMOVE, ID, agreeing({ state, verb: "delete" }));
      expectAskedAgain(harness, again, new Set([state]));
    },
  );
});

test.each(MODES)("an answer without a state shows a form, confirmed by %s", async (confirm) => {
  const harness = await startStates({ confirm });
  const form = await harness.open(REMOVE, ID);
  const { inputResponses } = agreeing(form);
  expectAskedAgain(harness, await harness.send(REMOVE, ID, { inputResponses }), new Set([form.state]));
  expect(isDone(await harness.send(REMOVE, ID, agreeing(form)))).toBe(true);
});
