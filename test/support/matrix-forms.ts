/** The fault matrix where a person agrees by a form: its calls, its places, and what else is wrong with an answer. */

import { classifyError } from "../../src/hcloud/error-table.ts";
import type { RecordedRequest } from "../../src/simulator/http.ts";
import { tools } from "../../src/tools/index.ts";
import { TOKEN } from "./answers.ts";
import { DELETE } from "./cleanup.ts";
import { type Era, type ShownForm, startForms, yes } from "./forms.ts";
import { type Cell, tryCell } from "./matrix.ts";
import { CALLS, type MatrixCall } from "./matrix-calls.ts";
import { TRIED_FAULTS, type TriedFault } from "./matrix-faults.ts";
import { type Place, placesOf, ruleAt } from "./matrix-places.ts";
import { type Project, piecesOfToken, startProject } from "./matrix-project.ts";

/** What a fault does to a change and to a retry, which is all that can make a difference to a form. */
function effectOf({ rule, codes: [code = ""], waits = false }: TriedFault): unknown[] {
  // That the API itself has no such image is the one refusal that makes the target another one.
  const isGone = code === "not_found";
  const notFromApi = !["status", "rate_limited", "quote_token"].includes(rule.fault);
  const status = "status" in rule ? rule.status : undefined;
  const { effect, retry, failsForEveryImage } = classifyError({ code, status, notFromApi });
  return [effect, retry, failsForEveryImage, "applied" in rule && rule.applied, waits, isGone];
}

const oneOfEach = (kind: (tried: TriedFault) => unknown) => [
  ...new Map(TRIED_FAULTS.map((tried) => [JSON.stringify(kind(tried)), tried])).values(),
];

/** One fault of each effect, and one of each effect in each form that a fault has. */
export const EFFECTS = oneOfEach(effectOf);
export const FORMS_OF_EFFECTS = oneOfEach((tried) => [tried.rule.fault, ...effectOf(tried)]);

/** Forms that one call shows at most. */
const MAX_FORMS = 3;

/** For how long the person reads, in ms. */
const READING_MS = 2_000;

const GATED = new Set(tools.filter(({ effect }) => effect === "destructive").map(({ name }) => name));

/** Calls that a person agrees to. A form stands for a code, except where the code says what is to be deleted. */
export const FORM_CALLS = Object.entries(CALLS).flatMap(([tool, all]) =>
  all
    .filter(({ confirmed }) => confirmed && GATED.has(tool))
    .map((called) => ({ tool, what: called.what, called: tool === DELETE ? called : withoutCode(called) })),
);

function withoutCode({ confirmed: _, ...called }: MatrixCall): MatrixCall {
  return called;
}

/** A form, and what the cloud had been asked when it was shown. */
interface Shown {
  form: ShownForm;
  reads: number;
  writes: number;
}

export interface FormProject extends Project {
  /** Those of the current cell. */
  shown: Shown[];
  /** How many there were in all cells. */
  asked(): number;
}

export async function startFormProject(waits: boolean, era: Era): Promise<FormProject> {
  const shown: Shown[] = [];
  let asked = 0;
  const project = await startProject(waits, async (options) => {
    const harness = await startForms({ ...options, token: TOKEN, era });
    harness.person = (form) => {
      const { requests } = harness.simulator;
      const writes = harness.simulator.writes().length;
      asked++;
      shown.push({ form, reads: requests.length - writes, writes });
      project.read(READING_MS);
      return yes(form, READING_MS);
    };
    return harness;
  });
  return Object.assign(project, { shown, asked: () => asked });
}

/** The places of the matrix, and those that a form makes; `reads` is how many of the requests were made before it. */
export function placesAround(
  reads: number,
  called: MatrixCall,
  requests: readonly RecordedRequest[],
): Place[] {
  const atRead = (name: string, skip: number): Place => ({
    name,
    rules: (fault, times) => [ruleAt(fault, times, { method: "GET", skip }, { method: "GET", skip })],
  });
  const isReadLater = requests.slice(reads).some(({ method }) => method === "GET");
  return [
    ...placesOf(called, requests),
    ...(reads > 1 ? [atRead("the last read before the form", reads - 1)] : []),
    ...(isReadLater ? [atRead("the first read after the form", reads)] : []),
  ];
}

/**
 * As {@link tryCell}: also, nothing is written before the answer to the form, which tells no secret, and nobody is asked again
 * while the API says that the images are there.
 */
export async function tryFormCell(project: FormProject, cell: Cell): Promise<string[]> {
  const { shown } = project;
  shown.length = 0;
  const problems = await tryCell(project, cell);
  const name = `${cell.called.what}, ${cell.place.name}, ${JSON.stringify(cell.tried.rule)}`;
  const most = cell.tried.codes.includes("not_found") ? MAX_FORMS : 1;
  if (shown.length > most) problems.push(`${name}: asked ${shown.length} times`);
  for (const { form, writes } of shown) {
    if (writes > 0) problems.push(`${name}: ${writes} writes before the answer`);
    if (piecesOfToken(JSON.stringify(form)) > 0)
      problems.push(`${name}: the form shows a piece of the token`);
  }
  if (project.applied.length > 0 && shown.length === 0) problems.push(`${name}: written without a form`);
  return problems;
}
