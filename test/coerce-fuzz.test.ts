/** Spoilt forms of arguments: what is accepted of them is what they spell out, nothing more and nothing less. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { matchesSelector, parseSelector } from "../src/labels.ts";
import { imageIds, labelKeys, labelSelector, labels } from "../src/schema.ts";
import { parseArgument } from "./support/lenient-calls.ts";

/** Lenient forms with characters and items in wrong places. */
const spoiltTexts = fc
  .tuple(
    fc.constantFrom(
      "1,22,3",
      "[1, 22, 3]",
      '["1","22"]',
      "env=prod,app=web",
      '{"env":"prod","app":"web"}',
      "4711",
    ),
    fc.array(fc.tuple(fc.nat(30), fc.constantFrom("", ...'[]{}(),,==:!"" -0123ae_.\n')), { maxLength: 4 }),
    fc.boolean(),
  )
  .map(([start, edits, replaces]) =>
    edits.reduce<string>(
      (text, [at, sign]) => text.slice(0, at) + sign + text.slice(at + (replaces ? 1 : 0)),
      start,
    ),
  );
const part = fc.constantFrom(
  "prod",
  "",
  "prod,!keep",
  "a)b",
  "prod,x in (a",
  " ",
  "env",
  "!env",
  "a=b",
  5,
  null,
  "é",
);
const spoilt = fc.oneof(
  spoiltTexts,
  fc.array(fc.oneof(spoiltTexts, fc.integer({ min: -1, max: 30 })), { maxLength: 3 }),
  fc.dictionary(part.map(String), part, { maxKeys: 3, noNullPrototype: true }),
  fc
    .dictionary(part.map(String), part, { maxKeys: 3, noNullPrototype: true })
    .map((all) => JSON.stringify(all)),
);
const parseOr = (text: unknown): unknown => {
  try {
    return typeof text === "string" ? JSON.parse(text) : text;
  } catch {
    return text;
  }
};
const fuzz = (what: (sent: unknown) => boolean) => {
  let accepted = 0;
  const property = fc.property(spoilt, (sent) => {
    if (what(sent)) accepted++;
  });
  fc.assert(property, { seed: 20261123, numRuns: 5_000 });
  // So that the above has had something to hold of.
  expect(accepted).toBeGreaterThan(50);
};

test("any value for ids gives exactly the ids that it spells out", () => {
  fuzz((sent) => {
    const ids = parseArgument(imageIds(50), sent);
    if (ids === undefined) return false;
    const said = parseOr(sent);
    const spelled = (Array.isArray(said) ? said : String(said).split(",")).map(Number);
    expect(ids).toEqual(spelled);
    return true;
  });
});

test("any value for label keys gives only keys that it spells out", () => {
  fuzz((sent) => {
    const keys = parseArgument(labelKeys(""), sent);
    if (keys === undefined) return false;
    const said = Array.isArray(parseOr(sent))
      ? parseOr(sent)
      : String(sent)
          .split(",")
          .map((key) => key.trim());
    expect(keys).toEqual(said);
    return true;
  });
});

test("any value for labels gives each label that it spells out once, and nothing else", () => {
  fuzz((sent) => {
    const accepted = parseArgument(labels, sent);
    if (accepted === undefined) return false;
    const said = parseOr(sent);
    const plain = typeof said === "object" && said !== null && !Array.isArray(said);
    const texts = Array.isArray(said)
      ? said
      : String(said)
          .trim()
          .split(/ *, *| +/);
    const spelled = plain ? Object.entries(said) : texts;
    const written = Object.entries(accepted as object).map(([k, v]) => (plain ? [k, v] : `${k}=${v}`));
    const inOrder = (all: unknown[]) => all.map((one) => JSON.stringify(one)).sort();
    expect(inOrder(written)).toEqual(inOrder(spelled));
    return true;
  });
});

test("any value for a selector selects what it spells out", () => {
  const sets = ["", "prod", "a", "5"].flatMap((env) =>
    [{}, { keep: "" }, { app: "web" }].map((more) => ({ ...more, ...(env && { env }) })),
  ) as Record<string, string>[];
  fuzz((sent) => {
    const accepted = parseArgument(labelSelector, sent);
    if (accepted === undefined) return false;
    const alone = Array.isArray(sent) ? sent[0] : sent;
    const said = parseOr(alone);
    const selects = (labels: Record<string, string>) =>
      matchesSelector(parseSelector(String(accepted)), labels);
    if (typeof said !== "object" || said === null) expect(accepted).toBe(alone);
    else
      for (const set of sets) {
        const equal = Object.entries(said).every(([key, value]) => set[key] === String(value));
        expect(selects(set)).toBe(equal);
      }
    return true;
  });
});
