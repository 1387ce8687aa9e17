/** The fault matrix with forms: calls that a person agrees to, further places for faults, and further checks. */

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

/** Returns the effect of a fault on a change and on a retry: nothing else can matter to a form. */
function effectOf({ rule, codes: [code = ""], waits = false }: TriedFault): unknown[] {
  // Only the API's own not_found changes the target.
  const isGone = code === "not_found";
  const notFromApi = !["status", "rate_limited", "quote_token"].includes(rule.fault);
  const status = "status" in rule ? rule.status : undefined;
  const { effect, retry, failsForEveryImage } = classifyError({ code, status, notFromApi });
  return [effect, retry, failsForEveryImage, "applied" in rule && rule.applied, waits, isGone];
}

const oneOfEach = (kind: (tried: TriedFault) => unknown) => [
  ...new Map(TRIED_FAULTS.map((tried) => [JSON.stringify(kind(tried)), tried])).values(),
];

/** One fault for each effect, and one for each effect and kind of fault. */
export const EFFECTS = oneOfEach(effectOf);
export const FORMS_OF_EFFECTS = oneOfEach((tried) => [tried.rule.fault, ...effectOf(tried)]);

/** The most forms that one call shows. */
const MAX_FORMS = 3;

/** How long the person reads a form, in ms. */
const READING_MS = 2_000;

const GATED = new Set(tools.filter(({ effect }) => effect === "destructive").map(({ name }) => name));

/** Calls that a person agrees to. A form replaces the code, unless the code names the images. */
export const FORM_CALLS = Object.entries(CALLS).flatMap(([tool, all]) =>
  all
    .filter(({ confirmed }) => confirmed && GATED.has(tool))
    .map((called) => ({ tool, what: called.what, called: tool === DELETE ? called : withoutCode(called) })),
);

function withoutCode({ confirmed: _, ...called }: MatrixCall): MatrixCall {
  return called;
}

/** A form, and the requests before it. */
interface Shown {
  form: ShownForm;
  reads: number;
  writes: number;
}

export interface FormProject extends Project {
  /** Forms of the current cell. */
  shown: Shown[];
  /** Returns the number of forms in all cells. */
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

/** Returns the places of the matrix and those around the form; `reads` is the number of requests before the form. */
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
 * Tries a cell as {@link tryCell} does. Also checks that nothing changes before the answer, that the form shows no secret, and that
 * no second form appears while the API has the images.
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
