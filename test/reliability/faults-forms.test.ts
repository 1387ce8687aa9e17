import { describe, expect, test } from "vitest";
import { FAULT_NAMES as KNOWN } from "../../src/simulator/faults.ts";
import "../support/figures.ts";
import type { Era } from "../support/forms.ts";
import { figures } from "../support/matrix.ts";
import type { TriedFault } from "../support/matrix-faults.ts";
import {
  EFFECTS,
  FORM_CALLS,
  FORMS_OF_EFFECTS,
  type FormProject,
  placesAround,
  startFormProject,
  tryFormCell,
} from "../support/matrix-forms.ts";

/** All faults are tried without forms, in faults.test.ts; the two versions share all but the way of a form and of its answer. */
const FAULTS: [era: Era, faults: TriedFault[]][] = [
  ["2025-11-25", FORMS_OF_EFFECTS],
  ["2026-07-28", EFFECTS],
];

const calls = FAULTS.flatMap(([era, faults]) => FORM_CALLS.map((call) => ({ ...call, era, faults })));

let forms = 0;

describe("calls with forms", () => {
  test.each(calls)(
    "$tool with forms survives and reports every fault: $what, in $era",
    { timeout: 120_000 },
    async ({ tool, called, era, faults }) => {
      const project = await startFormProject(false, era);
      const { harness, shown } = project;
      project.reset();
      const args = (await called.confirmed?.(harness)) ?? called.args;
      harness.simulator.requests.length = 0;
      const right = await harness.call(tool, args);
      expect(right.isError, right.text).toBe(false);
      expect(shown).toHaveLength(1);
      const places = placesAround(shown[0]?.reads ?? 0, called, [...harness.simulator.requests]);

      const problems: string[] = [];
      const cells = places.flatMap((place) =>
        // What follows a write is the same with a form and without.
        (place.isLater ? EFFECTS : faults)
          .filter(({ rule }) => place.isWrite || !("applied" in rule))
          .flatMap((tried) =>
            [true, false].map((once) => ({ tool, called, right, priceless: right, place, tried, once })),
          ),
      );
      for (const cell of cells.filter(({ tried }) => !tried.waits))
        problems.push(...(await tryFormCell(project, cell)));

      // Those that wait do so at the same time, in projects of their own.
      const waiting = cells.filter(({ tried }) => tried.waits);
      const worker = async (own: FormProject) => {
        for (let cell = waiting.pop(); cell; cell = waiting.pop())
          problems.push(...(await tryFormCell(own, cell)));
      };
      const projects: FormProject[] = [];
      while (projects.length < 8) projects.push(await startFormProject(true, era));
      await Promise.all(projects.map(worker));
      forms += projects.reduce((sum, { asked }) => sum + asked(), project.asked());
      expect(problems.slice(0, 20)).toEqual([]);
    },
  );
});

test("no fault of a call with forms makes a change twice or loses one silently", ({ task }) => {
  expect(FORM_CALLS.length).toBeGreaterThanOrEqual(8);
  expect(new Set(FORMS_OF_EFFECTS.map(({ rule }) => rule.fault))).toEqual(new Set(KNOWN));
  expect(EFFECTS.length).toBeGreaterThanOrEqual(16);
  expect(figures).toMatchObject({ twice: 0, unsaid: 0, pieces: 0 });
  task.meta.figures = {
    "faults tried in 2025-11-25": FORMS_OF_EFFECTS.length,
    "faults tried in 2026-07-28": EFFECTS.length,
    "calls that a person agrees to": FORM_CALLS.length,
    "cells (call × fault × place × version)": figures.cells,
    "forms that a person accepted": forms,
    "slowest answer, s on the test's clock, without the person": figures.slowest,
    "changes applied twice": figures.twice,
    "changes lost unsaid": figures.unsaid,
    "pieces of the token found": figures.pieces,
  };
});
