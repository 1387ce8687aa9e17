/** The wording of every error: to improve a sentence, change it in `src` and update the snapshot. */

import { expect, test } from "vitest";
import { collectArgumentErrors } from "../support/sentences/arguments.ts";
import { type ErrorSentence, sortedLines } from "../support/sentences/error-sentence.ts";
import {
  collectFormErrors,
  collectLastImageErrors,
  collectModeErrors,
  collectRefusedCodes,
  collectRuleErrors,
} from "../support/sentences/gate.ts";
import { collectRequestErrors } from "../support/sentences/protocol.ts";
import {
  collectFaultFileErrors,
  collectSettingErrors,
  collectSimulatorErrors,
} from "../support/sentences/settings.ts";
import { readErrorTexts } from "../support/sentences/source-texts.ts";
import { collectTableSentences } from "../support/sentences/table.ts";
import {
  collectCodeErrors,
  collectConcurrencyErrors,
  collectImageErrors,
  collectSkipReasons,
} from "../support/sentences/tools.ts";

async function provokeAll(): Promise<ErrorSentence[]> {
  const said = [collectTableSentences(), collectSettingErrors(), collectFaultFileErrors()];
  for (const provoke of [
    collectArgumentErrors,
    collectImageErrors,
    collectCodeErrors,
    collectConcurrencyErrors,
    collectSkipReasons,
    collectRefusedCodes,
    collectLastImageErrors,
    collectFormErrors,
    collectRuleErrors,
    collectModeErrors,
    collectRequestErrors,
    collectSimulatorErrors,
  ])
    said.push(await provoke());
  return said.flat();
}

/** Sentences of a failed call that end with what is wrong, or with what was not done. */
const WITHOUT_NEXT_STEP = /(nothing was \w+|must be [^.]+)\.? \(\w+\)$/i;

test("every error has the sentence of the snapshot with a next step, and every text of an error in the source is provoked", async () => {
  const said = await provokeAll();
  expect.soft(said.filter(({ sentence }) => WITHOUT_NEXT_STEP.test(sentence))).toEqual([]);
  const never = readErrorTexts().filter(
    ({ pattern }) => !said.some(({ sentence }) => pattern.test(sentence)),
  );
  expect.soft(never.map(({ file, text }) => `${file}: ${text}`)).toEqual([]);
  await expect(`${sortedLines(said).join("\n")}\n`).toMatchFileSnapshot("__snapshots__/sentences.txt");
});
