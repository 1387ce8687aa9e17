/** Random sequences of calls that try to get an image deleted by way of the bin before its day has passed. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { isDue, restoredLabels } from "../../src/housekeeping/bin.ts";
import { start } from "../support/answers.ts";
import { BIN, RESTORE } from "../support/bin.ts";
import { DELETE, many, PLAN } from "../support/cleanup.ts";
import type { Harness } from "../support/harness.ts";
import "../support/figures.ts";

const RUNS = 400;
const DAY_MS = 86_400_000;

/** Each image has a label that no call is about. */
const IMAGES = many(4, (i) => ({ labels: { golden: `${i}`, ...(i === 3 && { keep: "" }) } }));
const IDS = IMAGES.map(({ id }) => id);

const PAST = ["2020-01-01", "2026-11-22", "0001-01-01", "never"];
const keys = fc.constantFrom(
  "bin/due",
  "due",
  "bin/golden",
  "bin.bin/due",
  "bin/keep",
  "env",
  "bin.x/y",
  "x/y",
);
const labels = fc.dictionary(keys, fc.constantFrom(...PAST, "", "x"), { minKeys: 1, maxKeys: 3 });
const ids = fc.uniqueArray(fc.constantFrom(...IDS), { minLength: 1 });

/** A call, or how many days pass. */
const steps = fc.array(
  fc.oneof(
    fc.record({
      tool: fc.constant(BIN),
      args: fc.record(
        { ids, days: fc.constantFrom(0, 1, 2, 90, -1), hide: fc.boolean() },
        { requiredKeys: ["ids"] },
      ),
    }),
    fc.record({ tool: fc.constant(RESTORE), args: fc.record({ ids }) }),
    fc.record({ tool: fc.constant("hcloud_edit_image_labels"), args: fc.record({ ids, set: labels }) }),
    fc.record({
      tool: fc.constant("hcloud_edit_image_labels"),
      args: fc.record({ ids, remove: fc.uniqueArray(keys, { minLength: 1 }) }),
    }),
    fc.record({
      tool: fc.constant("hcloud_update_image"),
      args: fc.record({
        id: fc.constantFrom(...IDS),
        labels: labels.map((set) => ({ golden: "?", ...set })),
      }),
    }),
    fc.record({ tool: fc.constant(""), args: fc.record({ days: fc.constantFrom(0, 1, 3) }) }),
  ),
  { minLength: 3, maxLength: 10 },
);

/** Calls, and agrees to whatever is asked, but for what loses a label that no call is about. */
async function agree({ call }: Harness, tool: string, args: Record<string, unknown>): Promise<void> {
  const answer = await call(tool, args);
  if (answer.isError || typeof answer.data["confirm"] !== "string") return;
  if (answer.text.includes('"golden"')) return;
  await call(tool, { ...args, confirm: answer.data["confirm"] });
}

test("no sequence of calls loses a label or makes an image due before the days asked for have passed", async ({
  task,
}) => {
  const harness = await start({ images: IMAGES, rateLimit: 1e9 });
  const { simulator, clock, call } = harness;
  let [moved, due] = [0, 0];
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      simulator.state.images = new Map(IMAGES.map((image) => [image.id, structuredClone(image)]));
      simulator.requests.length = 0;
      /** When each image was moved to the bin, and the days that were asked for. */
      const since = new Map<number, number>();
      for (const { tool, args } of sequence) {
        if (tool === "") {
          clock.pass((args as { days: number }).days * DAY_MS);
        } else {
          const sent = args as Record<string, unknown>;
          const answer = tool === BIN || tool === RESTORE ? await call(tool, sent) : null;
          if (!answer) await agree(harness, tool, sent);
          if (answer && !answer.isError) {
            for (const id of (answer.data["binned"] ?? []) as number[]) {
              since.set(id, clock.now() + Number(sent["days"] ?? 7) * DAY_MS);
              moved++;
            }
          }
        }
        for (const image of simulator.state.images.values()) {
          if (!isDue(image, clock.now())) continue;
          due++;
          expect(clock.now()).toBeGreaterThan(since.get(image.id) ?? Number.POSITIVE_INFINITY);
        }
      }
      // A deletion of the due images deletes no other image.
      const allowed = [...simulator.state.images.values()].filter((image) => isDue(image, clock.now()));
      const { confirm, total } = (await call(PLAN, { bin: "due" })).data;
      if (confirm !== undefined) await call(DELETE, { confirm, count: total });
      const gone = IDS.filter((id) => !simulator.state.images.has(id));
      expect(gone.every((id) => allowed.some((image) => image.id === id))).toBe(true);
      expect(simulator.state.images.has(1004)).toBe(true);
      for (const { id, labels } of simulator.state.images.values()) {
        const shown = restoredLabels(labels);
        const golden =
          typeof shown === "string" ? (labels["golden"] ?? labels["bin/golden"]) : shown["golden"];
        expect(golden).toBe(`${id - 1001}`);
      }
    }),
    { numRuns: RUNS, seed: 20261123 },
  );
  expect(moved).toBeGreaterThan(RUNS / 2);
  expect(due).toBeGreaterThan(RUNS / 10);
  task.meta.figures = { "sequences of calls against the bin": RUNS, "images due too early": 0 };
}, 120_000);
