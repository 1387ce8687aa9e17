/** Rules for the text of a form, whatever names, descriptions and labels it contains. */

import fc from "fast-check";
import { expect } from "vitest";
import { HOSTILE_TEXTS } from "./hostile-text.ts";
import { INVISIBLE } from "./inert.ts";

const MAX_LINES = 14;
const MAX_COLUMNS = 78;
export const MAX_ROWS = 8;
const MAX_TEXT_CHARS = 40;

/** Some MCP clients show no more of a message. */
export const ESSENCE_CHARS = 280;

const SIGNS = ['"', "'", "\\", "[", "]", "<", ">", "`", "|", "*", "~", "://", "www.", "\n", "\r\n", " "];
const WORDS = ["a", "prod", "1.00 GB", ", ", "; ", ". ", "…", "“", "” is removed", '" is removed', "- 1001 "];
const RARE = ["\u202e", "\u200b", "\u2028", "\u{e0041}", "\ufe0f", "\u0301", "\ud800", "🦊", "漢字"];

/** Arbitrary untrusted text. */
export const hostileText = fc.oneof(
  fc.constantFrom(...Object.values(HOSTILE_TEXTS)),
  fc.array(fc.constantFrom(...SIGNS, ...WORDS, ...RARE), { maxLength: 60 }).map((parts) => parts.join("")),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.string({ unit: "grapheme", maxLength: 60 }),
);

const chars = (text: string) => Array.from(text).length;

/** Returns the text as MCP clients show it that collapse white space. */
const collapse = (message: string) => message.replace(/\s+/g, " ");

const QUOTED = /"([^"]*)"/g;

/** Returns the quoted, untrusted parts. */
function quotedIn(message: string): string[] {
  return Array.from(collapse(message).matchAll(QUOTED), ([, text = ""]) => text);
}

/** Returns the text with empty quotations. */
export function withoutQuoted(message: string): string {
  return collapse(message).replace(QUOTED, '""');
}

/** Returns the lines of single images or values. */
export function rowsOf(message: string): string[] {
  return message.split("\n").filter((line) => /^- (?!and [\d,]+ more$)/.test(line));
}

/** Fails unless the message fits a dialog, contains only plain text, and closes every quotation. */
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
