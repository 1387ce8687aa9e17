/** Plans of more images than all codes together are kept for, carried out by a form of 2026-07-28. */

import { expect, test } from "vitest";
import { codeOf, DELETE, many, PLAN, planOf } from "../support/cleanup.ts";
import { agreeing, formOf, startStates } from "../support/form-state.ts";

/** Plans to delete so many images, agrees to the form, and returns the answer and how many deletions were sent. */
async function carryOut(images: number) {
  const harness = await startStates({ images: many(images + 1), rateLimit: 1_000_000 });
  const { send, simulator, clock } = harness;
  const plan = await send(PLAN, { keep_last: 1 });
  expect(planOf(plan).to_delete.images).toBe(images);
  const args = { confirm: codeOf(plan), count: images };
  const form = formOf(await send(DELETE, args));
  clock.pass(20_000);
  // The first deletions show that the call was confirmed; the others find no time left.
  simulator.intercept = ({ method }) => (method === "DELETE" ? clock.pass(60_000) : undefined);
  const { text } = await send(DELETE, args, agreeing(form));
  return { text, sent: simulator.writes().length };
}

test("a plan of 4,000 images is deleted by a form", async () => {
  expect((await carryOut(4_000)).sent).toBeGreaterThan(0);
});

// The state of its form must not count the images once more, and take the place of the plan's own code.
test("a plan of 11,000 images, more than half of the store of codes, is deleted by a form", async () => {
  const { text, sent } = await carryOut(11_000);
  expect(text).not.toContain("(code_refused)");
  expect(sent).toBeGreaterThan(0);
});
