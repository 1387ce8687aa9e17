import { describe, expect, test } from "vitest";
import { FAULT_NAMES } from "../../src/simulator/faults.ts";
import { expectFailure, start } from "../support/answers.ts";
import "../support/figures.ts";
import { figures, tryCell } from "../support/matrix.ts";
import { CALLS, FIRST, MATRIX_IMAGES } from "../support/matrix-calls.ts";
import { TRIED_FAULTS } from "../support/matrix-faults.ts";
import { placesOf } from "../support/matrix-places.ts";
import { type Project, startProject } from "../support/matrix-project.ts";

const WAITING = TRIED_FAULTS.filter(({ waits }) => waits);
const QUICK = TRIED_FAULTS.filter(({ waits }) => !waits);
const calls = Object.entries(CALLS).flatMap(([tool, all]) =>
  all.map((called) => ({ tool, called, ...called })),
);

describe("calls without forms", () => {
  test.each(calls)(
    "$tool survives and reports every fault, once or lasting: $what",
    { timeout: 120_000 },
    async ({ tool, called }) => {
      const project = await startProject(false);
      const { harness } = project;
      project.reset();
      const args = (await called.confirmed?.(harness)) ?? called.args;
      harness.simulator.requests.length = 0;
      const right = await harness.call(tool, args);
      const places = placesOf(called, [...harness.simulator.requests]);
      expect(right.isError, right.text).toBe(false);
      harness.simulator.inject([{ fault: "empty_body", path: "/pricing" }]);
      const priceless = called.change ? right : await harness.call(tool, args);

      const problems: string[] = [];
      const cells = (faults: typeof TRIED_FAULTS) =>
        places.flatMap((place) =>
          faults
            .filter(({ rule }) => place.isWrite || !("applied" in rule))
            .flatMap((tried) =>
              [true, false].map((once) => ({ tool, called, right, priceless, place, tried, once })),
            ),
        );
      for (const cell of cells(QUICK)) problems.push(...(await tryCell(project, cell)));

      // Those that wait do so at the same time, in projects of their own.
      const waiting = cells(WAITING);
      const worker = async (own: Project) => {
        for (let cell = waiting.pop(); cell; cell = waiting.pop())
          problems.push(...(await tryCell(own, cell)));
      };
      const projects: Project[] = [];
      while (projects.length < 8) projects.push(await startProject(true));
      await Promise.all(projects.map(worker));
      expect(problems.slice(0, 20)).toEqual([]);
    },
  );
});

test("a response of 20 MB is not read, and the outcome of the change behind it is known", async () => {
  const { call, simulator } = await start({ images: MATRIX_IMAGES });
  simulator.inject([
    { fault: "huge_body", method: "GET", path: "/images/{id}", times: 1 },
    { fault: "huge_body", method: "PUT", path: "/images/{id}", applied: true, times: 1 },
  ]);
  expectFailure(await call("hcloud_get_image", { id: FIRST }), "response_too_large");
  const changed = await call("hcloud_update_image", { id: FIRST, description: "new" });
  expect(changed.data).toMatchObject({ status: "done", image: { description: "new" } });
  expect(simulator.writes()).toHaveLength(1);
});

test("no fault makes a change twice or loses one silently, whatever the tool", async ({ task }) => {
  const { mcp } = await start();
  const { tools } = await mcp.listTools();
  expect(Object.keys(CALLS)).toEqual(tools.map(({ name }) => name));
  expect([...new Set(TRIED_FAULTS.map(({ rule }) => rule.fault))].toSorted()).toEqual(FAULT_NAMES.toSorted());
  expect(new Set(TRIED_FAULTS.map(({ rule }) => JSON.stringify(rule))).size).toBe(TRIED_FAULTS.length);
  expect(figures).toMatchObject({ twice: 0, unsaid: 0, pieces: 0 });
  task.meta.figures = {
    "faults tried": TRIED_FAULTS.length,
    tools: tools.length,
    "cells (tool × fault × place)": figures.cells,
    "slowest answer, s on the test's clock": figures.slowest,
    "slowest answer of a single read, s on the test's clock": figures.slowestQuick,
    "changes applied twice": figures.twice,
    "changes lost unsaid": figures.unsaid,
    "pieces of the token found": figures.pieces,
  };
});
