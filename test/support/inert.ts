/** Checks that untrusted text is harmless in tool results. */

import { expect } from "vitest";

/** The text in place of untrusted text, for results to compare with. */
export const HARMLESS = "harmless";

/** Characters that no reader sees. */
export const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;
const FLOOD = /[\p{Mn}\p{Me}]{7}|^[\p{Mn}\p{Me}]/u;

/** The longest value: a previous description of 1,000 characters of at most two UTF-16 units, and the note about the cut. */
const MAX_VALUE_CHARS = 2_030;

/** A confirmation code: harmless characters that end no line, quotation or code, and a random end. */
const CODE = /^[A-Za-z0-9 ,._-]{1,86} #[a-z2-9]{12}$/;

/** Fails unless an untrusted value is visible, on one line and of limited length. */
export function expectInert(value: string): void {
  expect(value).not.toMatch(INVISIBLE);
  expect(value).not.toMatch(FLOOD);
  expect(value.length).toBeLessThanOrEqual(MAX_VALUE_CHARS);
}

/** Fails if a text of the message contains an invisible character; line breaks are allowed. */
export function expectSeen(message: unknown): void {
  for (const text of textsIn(message)) {
    for (const line of text.split("\n")) expect(line).not.toMatch(INVISIBLE);
  }
}

const PART = '(?:"(?:[^"\\\\]|\\\\.)*"|[^\\s="]*)';

/** Labels in a table cell; parts that the API's grammar does not allow are quoted. */
const LABELS = new RegExp(`^${PART}=${PART}(?: ${PART}=${PART})*$`);

/** Counts the labels of a text; a text that was cut within a label counts as one. */
function labelsIn(text: string): number {
  const cut = /\.{3} \(\+\d+ characters\)$/.test(text);
  if (cut && !LABELS.test(text)) return 1;
  expect(text).toMatch(LABELS);
  return text.match(new RegExp(`${PART}=${PART}`, "g"))?.length ?? 0;
}

/** Yields every text in a value, including keys. */
export function* textsIn(part: unknown): Generator<string> {
  if (typeof part === "string") yield part;
  if (typeof part !== "object" || part === null) return;
  for (const [key, value] of Object.entries(part)) {
    if (!Array.isArray(part)) yield key;
    yield* textsIn(value);
  }
}

/**
 * Fails unless the hostile result equals the harmless one except for untrusted text: same keys, numbers and sentences.
 * Returns the number of places with untrusted text.
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
    // Only the server's own sentences contain quotation marks.
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
    // The server cuts a value of several texts as a whole.
    const cut = around.length > 2 ? `|^${around[0]}.*\\.{3} \\(\\+\\d+ characters\\)$` : "";
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

/** Returns a sentence without its quotations and correlation id; fails unless the quotations are inert JSON strings. */
export function unquoted(sentence: string): string {
  for (const line of sentence.split("\n")) expectInert(line);
  return sentence.replace(/, correlation id [\w-]+/g, "").replace(/"(?:[^"\\]|\\.)*"/g, (quoted) => {
    expectInert(JSON.parse(quoted));
    return '""';
  });
}
