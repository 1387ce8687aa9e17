/** Audit lines of the recycle bin: they name the images and the labels that they had, and no code. */

import { describe, expect, test } from "vitest";
import { answering, apiError } from "../support/answers.ts";
import { BIN, binned, labelsOf, RESTORE, TODAY } from "../support/bin.ts";
import { aged, codeOf, many, onRequest, PLAN } from "../support/cleanup.ts";
import { type Harness, startHarness } from "../support/harness.ts";

const isPut = ({ method }: { method: string }) => method === "PUT";

describe("audit events of a move to the bin by a plan", () => {
  async function planned() {
    const harness = await startHarness({ images: many(3, () => ({ labels: { env: "prod" } })) });
    return { harness, plan: codeOf(await harness.call(PLAN, { keep_last: 1 })) };
  }

  test("the events omit the code of the plan, which may still confirm the deletion", async () => {
    const { harness, plan } = await planned();
    await harness.call(BIN, { plan, count: 1, except: [1003], hide: true });
    expect(harness.events.map(({ args }) => args)).toContainEqual({ count: 1, except: [1003], hide: true });
    expect(JSON.stringify(harness.events)).not.toContain(plan.slice(-12));
  });

  test("an event names the chosen images before the first of them is changed", async () => {
    const { harness, plan } = await planned();
    let before: unknown[] = [];
    harness.simulator.intercept = onRequest(1, isPut, () => {
      before = [...harness.events];
      return undefined;
    });
    await harness.call(BIN, { plan, count: 2 });
    expect(before).toMatchObject([
      { outcome: "started" },
      { outcome: "chosen", ids: expect.toSatisfy((ids: number[]) => ids.toSorted().join() === "1002,1003") },
    ]);
  });

  test("no image is changed when the chosen images cannot be recorded", async () => {
    let failure: string | null = null;
    const harness = await startHarness({ images: many(3), auditFailure: () => failure });
    const plan = codeOf(await harness.call(PLAN, { keep_last: 1 }));
    const isStarted = () => harness.events.some(({ outcome }) => outcome === "started");
    harness.simulator.intercept = () => {
      if (isStarted()) failure = "ENOSPC";
      return undefined;
    };
    const { text } = await harness.call(BIN, { plan, count: 2 });
    expect(text).toContain("audit_failed");
    expect(harness.simulator.writes()).toEqual([]);
  });
});

/** Carries out the first change of an image; it and every later request are answered with an error. */
function loseResponses({ simulator }: Harness): void {
  let isSent = false;
  simulator.intercept = (request, response, apply) => {
    if (isPut(request) && !isSent) {
      isSent = true;
      apply();
    }
    return isSent
      ? answering(request.method, "/", apiError(500, "server_error"))(request, response, apply)
      : undefined;
  };
}

test.each([
  ["a move to the bin", BIN, { hide: true }, { env: "prod" }],
  ["a restore", RESTORE, {}, binned(TODAY, { "bin/env": "prod" })],
])("the audit event of %s with an unknown outcome has the previous labels", async (_, tool, more, labels) => {
  const harness = await startHarness({ images: [aged(1, 30, { labels })] });
  loseResponses(harness);
  await harness.call(tool, { ids: [1], ...more });
  expect(labelsOf(harness, 1)).not.toEqual(labels);
  expect(harness.events.at(-1)).toMatchObject({
    failed: [{ id: 1, code: "outcome_unknown" }],
    previous: [{ id: 1, labels }],
  });
});
