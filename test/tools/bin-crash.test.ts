/** The recycle bin when everything ends between any two requests: nothing is lost, and a second call completes. */

import { describe, expect, test } from "vitest";
import { start } from "../support/answers.ts";
import { BIN, binned, binOf, IN_A_WEEK, RESTORE } from "../support/bin.ts";
import { many } from "../support/cleanup.ts";
import type { Harness } from "../support/harness.ts";

const LABELS = [
  {},
  { role: "golden" },
  { "p/k": "v", role: "web" },
  { "hetzner.cloud/a": "b" },
  { "bin.x": "" },
];
const HIDDEN = [
  {},
  { "bin/role": "golden" },
  { "bin.p/k": "v", "bin/role": "web" },
  { "hetzner.cloud/a": "b" },
  { "bin/bin.x": "" },
].map((labels) => binned(IN_A_WEEK, labels));

const imagesWith = (labels: Record<string, string>[]) =>
  many(LABELS.length, (i) => ({ labels: labels[i] ?? {} }));
const IDS = imagesWith(LABELS).map(({ id }) => id);

const labelsNow = ({ simulator }: Harness) =>
  [...simulator.state.images.values()].map(({ labels }) => labels);

/** What becomes of the last request. */
const FATES = ["goes through", "is never handled", "is carried out unanswered"] as const;

/** From the request after this one on, nobody is there; `fate` says what becomes of this one. */
function endAt({ simulator }: Harness, last: number, fate: (typeof FATES)[number]): void {
  let seen = 0;
  simulator.intercept = (_, response, apply) => {
    if (++seen < last || (seen === last && fate === "goes through")) return undefined;
    if (seen === last && fate === "is carried out unanswered") apply();
    response.destroy();
    return "handled";
  };
}

describe.each([
  { tool: BIN, args: { hide: true }, from: LABELS, to: HIDDEN },
  { tool: BIN, args: {}, from: LABELS, to: LABELS.map((labels) => binned(IN_A_WEEK, labels)) },
  { tool: RESTORE, args: {}, from: HIDDEN, to: LABELS },
])("$tool $args", ({ tool, args, from, to }) => {
  const call = (harness: Harness) => harness.call(tool, { ids: IDS, ...args });

  test.each(FATES)(
    "a crash whose last request %s loses no label, and a second call completes",
    async (fate) => {
      const whole = await start({ images: imagesWith(from) });
      await call(whole);
      expect(labelsNow(whole)).toEqual(to);
      const requests = whole.simulator.requests.length;
      let halves = 0;
      for (let last = 1; last <= requests; last++) {
        const harness = await start({ images: imagesWith(from), rateLimit: 1e9 });
        endAt(harness, last, fate);
        await call(harness);
        harness.simulator.intercept = undefined;
        const half = labelsNow(harness);
        const wasMoved = half.map((labels, i) => JSON.stringify(labels) === JSON.stringify(to[i]));
        expect(half).toEqual(wasMoved.map((moved, i) => (moved ? to[i] : from[i])));
        if (wasMoved.includes(true) && wasMoved.includes(false)) halves++;

        const rest = binOf(await call(harness));
        expect(labelsNow(harness)).toEqual(to);
        expect((tool === BIN ? rest.binned : rest.restored).toSorted()).toEqual(
          IDS.filter((_, i) => !wasMoved[i]),
        );
        expect(rest.skipped?.map(({ id }) => id) ?? []).toEqual(IDS.filter((_, i) => wasMoved[i]));
      }
      expect(halves).toBeGreaterThan(1);
    },
  );
});
