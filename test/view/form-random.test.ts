import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { gigabytes, monthlyCost } from "../../src/housekeeping/costs.ts";
import { describeDeletion } from "../../src/view/deletion-summary.ts";
import { writeForm } from "../../src/view/form.ts";
import { describeImages, lossesLine, lossLine } from "../../src/view/form-lines.ts";
import { aged } from "../support/cleanup.ts";
import {
  ESSENCE_CHARS,
  expectPlainForm,
  hostileText,
  MAX_ROWS,
  rowsOf,
  withoutQuoted,
} from "../support/form-text.ts";
import { snapshot } from "../support/random-images.ts";

/** A deletion, with these lines. */
const deletion = (
  about: { about?: string; servers?: string; lines: readonly string[] },
  project?: string,
  will = "delete snapshot 362118904: 3.87 GB",
) =>
  writeForm({
    ...about,
    will,
    cannot_be_undone: "a deleted image cannot be restored by anyone",
    project,
    verb: "delete",
    words: "delete snapshot 362118904",
  }).message;

const images = (count: number, rest: Partial<Image>) =>
  Array.from({ length: count }, (_, i) => snapshot(362118904 + i, rest));

/** A form with untrusted text. */
type Written = (text: string) => string;

/** Forms with the text in quotation marks. */
const QUOTED: Record<string, Written> = {
  "the description of one image": (description) =>
    deletion(describeImages(images(1, { description: description || " " }))),
  "the descriptions of two images": (description) =>
    deletion(describeImages(images(2, { description: description || " " }))),
  "the descriptions of thirty images": (description) =>
    deletion(describeImages(images(30, { description: description || " " }))),
  "the name of an image": (name) =>
    deletion(describeImages(images(2, { description: "", name: name || " " }))),
  "a value that is removed": (was) =>
    deletion({ lines: ["one", lossLine({ key: "env", was, is: undefined })] }),
  "a value that is overwritten": (was) =>
    deletion({ lines: ["one", lossLine({ key: "env", was, is: "dev" })] }),
  "a value that overwrites": (is) => deletion({ lines: ["one", lossLine({ key: "env", was: "prod", is })] }),
  "both values": (text) =>
    deletion({ lines: ["one", lossLine({ key: "description", was: text, is: text })] }),
  "the value that one of several images loses": (was) => {
    const line = lossesLine(snapshot(362118904), [{ key: "env", was, is: undefined }]);
    return deletion({ lines: [line, line] });
  },
};

/** Forms with the text elsewhere. */
const UNQUOTED: Record<string, Written> = {
  "the server's name of one image": (name) =>
    deletion(describeImages(images(1, { created_from: { id: 42, name } }))),
  "the servers' names of two images": (name) =>
    deletion(describeImages(images(2, { created_from: { id: 42, name } }))),
  "the value of a label": (value) => deletion(describeImages(images(3, { labels: { env: value } }))),
  "the key of a label": (key) => deletion(describeImages(images(3, { labels: { [key]: "prod" } }))),
  "the key of a value that is lost": (key) =>
    deletion({ lines: ["one", lossLine({ key, was: "a", is: undefined })] }),
  "both values that one of several images loses": (text) => {
    const line = lossesLine(snapshot(362118904), [{ key: "env", was: text, is: text }]);
    return deletion({ lines: [line, line] });
  },
  "a context's name": (text) =>
    deletion({ lines: ["one"] }, `context ${JSON.stringify(text)} of the hcloud CLI`),
};

const RUNS = { numRuns: 500 };

/** Two values that look alike are distinguished in words. */
const sentencesOf = (message: string) =>
  withoutQuoted(message).replaceAll("another, which begins alike", '""');

describe("the sentences of a form are the same whatever somebody else wrote as", () => {
  test.each(Object.entries(QUOTED))("%s", (_, write) => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const message = write(text);
        expectPlainForm(message);
        expect(sentencesOf(message)).toBe(sentencesOf(write("harmless")));
      }),
      RUNS,
    );
  });
});

describe("a form is plain, and every quotation in it ends, whatever somebody else wrote as", () => {
  test.each(Object.entries(UNQUOTED))("%s", (_, write) => {
    fc.assert(
      fc.property(hostileText, (text) => {
        expectPlainForm(write(text));
      }),
      { ...RUNS, numRuns: 2_000 },
    );
  });
});

const own = fc.record({
  id: fc.integer({ min: 1, max: 9_999_999_999 }),
  image_size: fc.integer({ min: 1, max: 99_999_999 }).map((size) => size / 100),
  description: hostileText,
});
const project = fc.constantFrom(
  [undefined, "the one of the API token"],
  ["simulated (demo)", "simulated (demo)."],
  ['context "prod" of the hcloud CLI', "context 'prod' of the hcloud CLI."],
  [
    `context "${"x".repeat(60)}" of the hcloud CLI`,
    `context '${"x".repeat(15)}…${"x".repeat(6)}' of the hcloud CLI.`,
  ],
);

test("the beginning of a deletion's form has target, size, money, project and permanence", () => {
  fc.assert(
    fc.property(fc.array(own, { minLength: 1, maxLength: 12 }), project, (drafts, [name, shown]) => {
      const targets = drafts.map((draft, i) => snapshot(draft.id, { ...draft, id: draft.id + i }));
      const saved = monthlyCost(targets, { net: "0.0143", gross: "0.0170", currency: "EUR" });
      const message = deletion(describeImages(targets), name, describeDeletion(targets, saved));
      const essence = message.slice(0, ESSENCE_CHARS).replace(/\s+/g, " ");
      const target = targets.length === 1 ? `snapshot ${targets[0]?.id}` : `${targets.length} snapshots`;
      expect(essence).toContain(
        `Delete ${target}: ${gigabytes(targets).toFixed(2)} GB, saves ${saved.net} EUR a month`,
      );
      expect(essence).toContain(`Project: ${shown}`);
      expect(essence).toContain("cannot be restored");
      expectPlainForm(message);
    }),
    RUNS,
  );
});

test.each([2, 8, 9, 30, 1_500])("a form about %i images lists at most eight, the newest first", (count) => {
  const all = Array.from({ length: count }, (_, i) => aged(1001 + i, count - i));
  const message = deletion(describeImages(all));
  const newest = all.map(({ id }) => String(id)).toReversed();
  expect(rowsOf(message).map((row) => row.split(" ")[1])).toEqual(newest.slice(0, MAX_ROWS));
  const more = count - MAX_ROWS;
  expect(message.endsWith(`\n- and ${more.toLocaleString("en")} more`)).toBe(more > 0);
});
