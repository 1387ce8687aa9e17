/** What the text of a form must be, whoever wrote the names, descriptions and labels in it. */

import fc from "fast-check";
import { expect } from "vitest";
import { HOSTILE_TEXTS } from "./hostile-text.ts";

const MAX_LINES = 14;
const MAX_COLUMNS = 78;
export const MAX_ROWS = 8;
const MAX_TEXT_CHARS = 40;

/** Of a message; some clients show no more. */
export const ESSENCE_CHARS = 280;

const SIGNS = ['"', "'", "\\", "[", "]", "<", ">", "`", "|", "*", "~", "://", "www.", "\n", "\r\n", " "];
const WORDS = ["a", "prod", "1.00 GB", ", ", "; ", ". ", "…", "“", "” is removed", '" is removed', "- 1001 "];
const UNSEEN = ["\u202e", "\u200b", "\u2028", "\u{e0041}", "\ufe0f", "\u0301", "\ud800", "🦊", "漢字"];

/** Anything that somebody else can write. */
export const hostileText = fc.oneof(
  fc.constantFrom(...Object.values(HOSTILE_TEXTS)),
  fc.array(fc.constantFrom(...SIGNS, ...WORDS, ...UNSEEN), { maxLength: 60 }).map((parts) => parts.join("")),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.string({ unit: "grapheme", maxLength: 60 }),
);

const chars = (text: string) => Array.from(text).length;

/** The text as one line, as clients show it that collapse white space. */
const collapse = (message: string) => message.replace(/\s+/g, " ");

const QUOTED = /"([^"]*)"/g;

/** What somebody else wrote. */
function quotedIn(message: string): string[] {
  return Array.from(collapse(message).matchAll(QUOTED), ([, text = ""]) => text);
}

/** The text without what it quotes. */
export function withoutQuoted(message: string): string {
  return collapse(message).replace(QUOTED, '""');
}

/** The lines of single images or values. */
export function rowsOf(message: string): string[] {
  return message.split("\n").filter((line) => /^- (?!and [\d,]+ more$)/.test(line));
}

const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** Fails unless the message fits a client's dialog, nothing in it is more than text, and every quotation ends. */
export function expectPlainForm(message: string): void {
  const lines = message.split("\n");
  expect(lines.length, message).toBeLessThanOrEqual(MAX_LINES);
  for (const line of lines) {
    expect(chars(line), line).toBeLessThanOrEqual(MAX_COLUMNS);
    expect(line).not.toMatch(INVISIBLE);
  }
  expect(message).not.toMatch(/[[\]<>`|\\*~]|:\/\/|www\./i);
  expect(message).not.toMatch(/[\p{Mn}\p{Me}]{7}/u);
  expect(rowsOf(message).length).toBeLessThanOrEqual(MAX_ROWS);
  expect(withoutQuoted(message).replaceAll('""', ""), message).not.toContain('"');
  for (const text of quotedIn(message)) expect(chars(text), text).toBeLessThanOrEqual(MAX_TEXT_CHARS);
}
