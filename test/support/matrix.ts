/** One cell of the fault matrix: a call, a fault, a place; and what is wrong with the answer. */

import { expectPlain } from "./answers.ts";
import type { Answer } from "./harness.ts";
import { type ExpectedChange, type MatrixCall, PATIENT_TOOLS } from "./matrix-calls.ts";
import type { TriedFault } from "./matrix-faults.ts";
import type { Place } from "./matrix-places.ts";
import { claimsOf, type Project, piecesOfToken } from "./matrix-project.ts";

/** The longest that a call takes, and one of a single read, in s. */
const [CALL_S, QUICK_S] = [45, 12];

export interface Cell {
  tool: string;
  called: MatrixCall;
  /** What the call answers when nothing goes wrong, and when only the prices cannot be read. */
  right: Answer;
  priceless: Answer;
  place: Place;
  tried: TriedFault;
  once: boolean;
}

/** Of all cells tried so far. */
export const figures = { cells: 0, slowest: 0, slowestQuick: 0, twice: 0, unsaid: 0, pieces: 0 };

/** What is wrong, each with the name of the cell; nothing when all is well. */
export async function tryCell(project: Project, cell: Cell): Promise<string[]> {
  const { tool, called, place, tried, once } = cell;
  const { harness } = project;
  project.reset();
  harness.events.length = 0;
  const args = (await called.confirmed?.(harness)) ?? called.args;
  const before = project.images();
  const progress: unknown[] = [];
  project.fail(place.rules(tried.rule, once ? 1 : undefined), {
    waits: tried.waits,
    once,
    isPatient: PATIENT_TOOLS.has(tool),
  });
  const answer = await harness.call(tool, args, { onprogress: (step) => void progress.push(step) });
  const seconds = project.longestWork();
  const applied = [...project.applied];
  await project.heal();

  figures.cells++;
  figures.slowest = Math.max(figures.slowest, seconds);
  const isQuick = !called.change && !PATIENT_TOOLS.has(tool);
  if (isQuick) figures.slowestQuick = Math.max(figures.slowestQuick, seconds);
  const twice = applied.length - new Set(applied).size;
  figures.twice += twice;
  const pieces = piecesOfToken([answer.text, JSON.stringify([progress, harness.events])].join("\n"));
  figures.pieces += pieces;
  const problems = [
    ...(seconds > (isQuick ? QUICK_S : CALL_S) ? [`answered after ${seconds} s`] : []),
    ...(twice > 0 ? [`applied twice: ${applied.join(", ")}`] : []),
    ...(pieces > 0 ? ["shows a piece of the token"] : []),
    ...(answer.isError ? problemsOfFailure(answer.text, cell) : []),
    ...(called.change
      ? problemsOfChange(answer, cell, called.change, before, project)
      : problemsOfRead(answer, cell)),
  ];
  const name = `${called.what}, ${place.name}, ${JSON.stringify(tried.rule)}, ${once ? "once" : "lasting"}`;
  return problems.map((problem) => `${name}: ${problem}; it said: ${answer.text}`);
}

function problemsOfFailure(text: string, { tried }: Cell): string[] {
  try {
    expectPlain(text, [...tried.codes, "outcome_unknown"].join("|"));
    return [];
  } catch (error) {
    return [`not plain, or not what happened: ${(error as Error).message}`];
  }
}

function problemsOfRead(answer: Answer, { right, priceless, tried, once }: Cell): string[] {
  if (!answer.isError && lasting(answer.text) === lasting(right.text)) return [];
  if (tried.passes && once) return ["not read again after a fault of a moment"];
  const isTold = answer.isError || lasting(answer.text) === lasting(priceless.text);
  return isTold ? [] : ["neither right nor an error"];
}

/** Without what no two answers have in common. */
function lasting(text: string): string {
  return (
    text
      .replace(/"(confirm|expires_at|as_of)":"[^"]*"/g, "")
      // The clock runs on from cell to cell.
      .replace(/"age_days":\d+/g, "")
      .replace(/,"creating_for_over_2_hours":\[[\d,]*\]/, "")
      .replace(/the price list could not be read \(\w+\)/, "the price list could not be read")
  );
}

/** What is claimed of each image against what became of it. */
function problemsOfChange(
  answer: Answer,
  { tried }: Cell,
  change: ExpectedChange,
  before: ReturnType<Project["images"]>,
  project: Project,
): string[] {
  const claims = claimsOf(answer, change);
  const after = project.images();
  const problems: string[] = [];
  for (const [id, image] of before) {
    const now = JSON.stringify(after.get(id) ?? null);
    const same = now === JSON.stringify(image);
    const become = change.images.get(id);
    if (!become) {
      if (!same) problems.push(`image ${id} was changed, too`);
      continue;
    }
    const done = now === JSON.stringify(become(image));
    const claim = claims.get(id) ?? "silent";
    // Where the API itself says that there is no such image, its word has to be taken.
    const isTold = tried.codes.includes("not_found") && (claim === "gone" || claim === "done");
    const holds = { done, "under way": done, untouched: same, unknown: true, gone: false, silent: false }[
      claim
    ];
    if (holds || isTold) continue;
    if (!same) figures.unsaid++;
    problems.push(
      `claims ${claim} of image ${id}, which is ${done ? "changed" : same ? "as it was" : "something else"}`,
    );
  }
  return problems;
}
