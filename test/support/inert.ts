/** What it takes for somebody else's text to be harmless in an answer. */

import { expect } from "vitest";

/** Stands where somebody else's text would, in the answers that others are held against. */
export const HARMLESS = "harmless";

const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;
const FLOOD = /[\p{Mn}\p{Me}]{7}|^[\p{Mn}\p{Me}]/u;

/** The longest value is a previous description of 1,000 characters, each of at most two units, and the word about what was cut. */
const MAX_VALUE_CHARS = 2_030;

/** Words of which none can end a line, a quotation or a code, and a random end. */
const CODE = /^[A-Za-z0-9 ,._-]{1,86} #[a-z2-9]{12}$/;

/** A value of somebody else: seen, of one line, and not endless. */
export function expectInert(value: string): void {
  expect(value).not.toMatch(UNSEEN);
  expect(value).not.toMatch(FLOOD);
  expect(value.length).toBeLessThanOrEqual(MAX_VALUE_CHARS);
}

/** Nothing unseen in any text of a message, and no line break but between the lines of a sentence of ours. */
export function expectSeen(message: unknown): void {
  for (const text of textsIn(message)) {
    for (const line of text.split("\n")) expect(line).not.toMatch(UNSEEN);
  }
}

const PART = '(?:"(?:[^"\\\\]|\\\\.)*"|[^\\s="]*)';

/** Labels as a table has them, quoted where they are none by the API's grammar. */
const LABELS = new RegExp(`^${PART}=${PART}(?: ${PART}=${PART})*$`);

/** Counts the labels of a text; one that was cut within a label counts as one. */
function labelsIn(text: string): number {
  const cut = /… \(\+\d+ characters\)$/.test(text);
  if (cut && !LABELS.test(text)) return 1;
  expect(text).toMatch(LABELS);
  return text.match(new RegExp(`${PART}=${PART}`, "g"))?.length ?? 0;
}

/** Every text within, those of keys too. */
export function* textsIn(part: unknown): Generator<string> {
  if (typeof part === "string") yield part;
  if (typeof part !== "object" || part === null) return;
  for (const [key, value] of Object.entries(part)) {
    if (!Array.isArray(part)) yield key;
    yield* textsIn(value);
  }
}

/**
 * Fails unless the answer is as the harmless one but for the text that stands in it: the same keys, numbers and sentences of
 * ours. Returns at how many places somebody else's text stands.
 */
export function expectAlike(harmless: unknown, hostile: unknown, where = ""): number {
  if (typeof harmless === "string" && typeof hostile === "string") {
    if (where.endsWith(".confirm")) {
      expect(hostile, where).toMatch(CODE);
      return 0;
    }
    if (!harmless.includes(HARMLESS)) {
      expect(hostile, where).toEqual(harmless);
      return 0;
    }
    // Only sentences of ours hold quotation marks.
    if (harmless.includes('"')) {
      expect(unquoted(hostile), where).toBe(unquoted(harmless));
      return 1;
    }
    expectInert(hostile);
    if (LABELS.test(harmless)) {
      expect(labelsIn(hostile), where).toBe(labelsIn(harmless));
      return 1;
    }
    const around = harmless.split(HARMLESS).map((ours) => ours.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    // What several texts make up together is cut as a whole.
    const cut = around.length > 2 ? `|^${around[0]}.*… \\(\\+\\d+ characters\\)$` : "";
    expect(hostile, where).toMatch(new RegExp(`^${around.join(".*")}$${cut}`, "u"));
    return 1;
  }
  if (typeof harmless !== "object" || typeof hostile !== "object" || !harmless || !hostile) {
    expect(hostile, where).toEqual(harmless);
    return 0;
  }
  const [ours, theirs] = [Object.entries(harmless), Object.entries(hostile)];
  expect(theirs.length, `${where}: ${Object.keys(hostile)}`).toBe(ours.length);
  let places = 0;
  for (const [i, [key, value]] of ours.entries()) {
    const [theirKey = "", theirValue] = theirs[i] ?? [];
    places += expectAlike(key, theirKey, `key of ${where}`);
    places += expectAlike(value, theirValue, `${where}.${key}`);
  }
  return places;
}

/** A sentence of ours without what it quotes and what numbers the request; fails unless that is inert and quoted as JSON. */
export function unquoted(sentence: string): string {
  for (const line of sentence.split("\n")) expectInert(line);
  return sentence.replace(/, correlation id [\w-]+/g, "").replace(/"(?:[^"\\]|\\.)*"/g, (quoted) => {
    expectInert(JSON.parse(quoted));
    return '""';
  });
}
