/** The wording of every error: to improve a sentence, change it in `src` and update the snapshot. */

import { expect, test } from "vitest";
import { saidOfArguments } from "../support/sentences/arguments.ts";
import { saidOfForms, saidOfModes, saidOfRefusedCodes, saidOfRules } from "../support/sentences/gate.ts";
import { saidOfRequests } from "../support/sentences/protocol.ts";
import { linesOf, type Said } from "../support/sentences/said.ts";
import { saidBySimulator, saidOfFaults, saidOfSettings } from "../support/sentences/settings.ts";
import { textsOfErrors } from "../support/sentences/source.ts";
import { saidByTable } from "../support/sentences/table.ts";
import { saidOfCodes, saidOfImages, saidOfOthers, saidOfSkipped } from "../support/sentences/tools.ts";

async function provokeAll(): Promise<Said[]> {
  const said = [saidByTable(), saidOfSettings(), saidOfFaults()];
  for (const provoke of [
    saidOfArguments,
    saidOfImages,
    saidOfCodes,
    saidOfOthers,
    saidOfSkipped,
    saidOfRefusedCodes,
    saidOfForms,
    saidOfRules,
    saidOfModes,
    saidOfRequests,
    saidBySimulator,
  ])
    said.push(await provoke());
  return said.flat();
}

/** Sentences of a failed call that end with what is wrong, or with what was not done. */
const WITHOUT_NEXT_STEP = /(nothing was \w+|must be [^.]+)\.? \(\w+\)$/i;

test("every error has the sentence of the snapshot with a next step, and every text of an error in the source is provoked", async () => {
  const said = await provokeAll();
  const unfinished = said.filter(({ sentence }) => WITHOUT_NEXT_STEP.test(sentence));
  expect.soft(unfinished).toEqual([]);
  const never = textsOfErrors().filter(({ pattern }) => !said.some(({ sentence }) => pattern.test(sentence)));
  expect.soft(never.map(({ file, text }) => `${file}: ${text}`)).toEqual([]);
  await expect(`${linesOf(said).join("\n")}\n`).toMatchFileSnapshot("__snapshots__/sentences.txt");
});
