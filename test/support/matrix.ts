/** One cell of the fault matrix: a call, a fault and a place; and the problems of its result. */

import { expectPlain } from "./answers.ts";
import type { Answer } from "./harness.ts";
import { type ExpectedChange, type MatrixCall, PATIENT_TOOLS } from "./matrix-calls.ts";
import type { TriedFault } from "./matrix-faults.ts";
import type { Place } from "./matrix-places.ts";
import { claimsOf, type Project, piecesOfToken } from "./matrix-project.ts";

/** Time limits of a call and of a single read, in s. */
const [CALL_S, QUICK_S] = [45, 12];

export interface Cell {
  tool: string;
  called: MatrixCall;
  /** The results without a fault, and with unreadable prices. */
  right: Answer;
  priceless: Answer;
  place: Place;
  tried: TriedFault;
  once: boolean;
}

/** Figures of all cells so far. */
export const figures = { cells: 0, slowest: 0, slowestQuick: 0, twice: 0, unsaid: 0, pieces: 0 };

/** Returns the problems of a cell, each with the cell's name. */
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

/** Returns the text without the parts that differ between any two results. */
function lasting(text: string): string {
  return (
    text
      .replace(/"(confirm|expires_at|as_of)":"[^"]*"/g, "")
      // The clock continues from cell to cell.
      .replace(/"age_days":\d+/g, "")
      .replace(/,"creating_for_over_2_hours":\[[\d,]*\]/, "")
      .replace(/the price list could not be read \(\w+\)/, "the price list could not be read")
  );
}

/** Compares the claim about each image with its state. */
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
    // A not_found from the API itself is a valid claim.
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
