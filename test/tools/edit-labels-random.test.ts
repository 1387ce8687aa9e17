/** Random label edits of random sets of labels, against a model. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { question, start, stored } from "../support/answers.ts";
import { snapshot } from "../support/random-images.ts";

const EDIT = "hcloud_edit_image_labels";

const key = fc.constantFrom<string>("a", "b", "env", "keep", "x.y/z", "constructor", "0", "10");
const value = fc.constantFrom("", "1", "2", "prod");
const labels = fc.dictionary(key, value);
const edit = fc
  .record({ set: labels, remove: fc.uniqueArray(key) })
  .map(({ set, remove }) => ({ set, remove: remove.filter((name) => !Object.hasOwn(set, name)) }))
  .filter(({ set, remove }) => Object.keys(set).length + remove.length > 0);

test("an edit keeps all labels except those removed, and sets those given", async () => {
  const harness = await start({ images: [] });
  const { state, requests } = harness.simulator;
  await fc.assert(
    fc.asyncProperty(
      fc.array(labels, { minLength: 1, maxLength: 6 }),
      edit,
      async (sets, { set, remove }) => {
        state.images.clear();
        requests.length = 0;
        sets.forEach((old, i) => void state.images.set(i + 1, snapshot(i + 1, { labels: old })));
        const expected = sets.map((old) => {
          const result = new Map(Object.entries(old));
          for (const name of remove) result.delete(name);
          for (const [name, text] of Object.entries(set)) result.set(name, text);
          return Object.fromEntries(result);
        });
        const losses = sets.map((old) =>
          Object.entries(old).filter(
            ([name, text]) => remove.includes(name) || (Object.hasOwn(set, name) && set[name] !== text),
          ),
        );
        const args = { ids: sets.map((_, i) => i + 1), set, remove };

        let answer = await harness.call(EDIT, args);
        if (losses.some((lost) => lost.length > 0)) {
          const { preview, confirm } = question(answer);
          expect(harness.simulator.writes()).toEqual([]);
          expect(preview["rows"]).toEqual(
            losses.flatMap((lost, i) =>
              lost.length === 0 ? [] : [[i + 1, `snapshot ${i + 1}`, Object.fromEntries(lost)]],
            ),
          );
          answer = await harness.call(EDIT, { ...args, confirm });
        }
        const isWritten = harness.simulator.writes().length > 0;
        expect(answer.data["status"]).toBe(isWritten ? "done" : "unchanged");
        expect(answer.data["rows"]).toEqual(expected.map((result, i) => [i + 1, result]));
        expect(sets.map((_, i) => stored(harness, i + 1).labels)).toEqual(expected);
      },
    ),
    { numRuns: 60 },
  );
});
