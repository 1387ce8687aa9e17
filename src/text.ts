/**
 * Makes untrusted text (names, descriptions, labels, messages of the API) inert before a model or a user reads it: without
 * invisible characters, without characters that move the cursor or turn the reading direction, and with a maximum length.
 */

import { distance } from "fastest-levenshtein";

/** Line breaks and other blanks that make a value look like several lines, or that fonts do not show as blanks. */
const BLANKS = /[\t\n\v\f\r\u0085\u2028\u2029\u2800]+/g;

/** Control, format (bidirectional, zero-width, tag), private-use and unassigned characters, lone surrogates. */
const UNSEEN = /[\p{C}\p{Default_Ignorable_Code_Point}]/gu;

/** Texts of these Latin characters need no cleaning, and nearly all names, descriptions and labels are such texts. */
const PLAIN = /^[ -~\u00A0-\u00AC\u00AE-\u02FF]*$/;

/** More marks on one letter than any script has: they cover other lines. */
const FLOOD = /(?<=[\p{Mn}\p{Me}]{6})[\p{Mn}\p{Me}]/gu;

/** A mark at the start of a value, which would attach to the character before the value. */
const STRAY = /^(?=[\p{Mn}\p{Me}])/u;

/** Characters of untrusted text that a sentence quotes: more than any valid name has. */
export const MAX_QUOTED_CHARS = 320;

/** Names that an error lists at most. */
const MAX_NAMES = 30;

/** Returns at most `max` characters of the text, all visible; a cut text ends in the number of the others: `... (+123 characters)`. */
export function clean(text: string, max: number): string {
  if (text.length <= max && PLAIN.test(text)) return text;
  const seen = text.replace(BLANKS, " ").replace(UNSEEN, "");
  const visible = PLAIN.test(seen) ? seen : seen.replace(FLOOD, "").replace(STRAY, "◌");
  let end = 0;
  for (let i = 0; i < max && end < visible.length; i++) end += isPair(visible, end) ? 2 : 1;
  if (end >= visible.length) return visible;
  return `${visible.slice(0, end)}... (+${Array.from(visible.slice(end)).length} characters)`;
}

/** Whether a character that takes two UTF-16 units begins there. */
function isPair(text: string, at: number): boolean {
  return (text.codePointAt(at) ?? 0) > 0xffff;
}

/** Returns untrusted text for a sentence of ours: in quotation marks, with every quotation mark in the text escaped. */
export function quote(text: string): string {
  return JSON.stringify(clean(text, MAX_QUOTED_CHARS));
}

/** Returns a sentence with the known name that is nearest to a wrong one, or with all known names; "" when there are none. */
export function didYouMean(wrong: string, known: readonly string[]): string {
  // The comparison of an endless name would not end.
  const name = wrong.slice(0, MAX_QUOTED_CHARS);
  const isPart = (candidate: string) =>
    Math.min(name.length, candidate.length) > 1 && (candidate.includes(name) || name.includes(candidate));
  const distanceTo = (candidate: string) =>
    isPart(candidate)
      ? 1.05 + Math.abs(candidate.length - name.length) / 100
      : Math.min(distance(name, candidate), distance(name, candidate.slice(0, name.length)) + 0.5);
  const [nearest] = known.toSorted((a, b) => distanceTo(a) - distanceTo(b));
  if (nearest === undefined) return "";
  const isNear = isPart(nearest) || distanceTo(nearest) <= name.length / 2;
  if (isNear) return ` Did you mean "${nearest}"?`;
  const more = known.length - MAX_NAMES;
  return ` There are: ${known.slice(0, MAX_NAMES).join(", ")}${more > 0 ? ` and ${more} more` : ""}.`;
}

/** The longest pieces that count as one token: three letters, three digits, two other ASCII signs, one other character. */
const PIECES = /[A-Za-z]{1,3}|[0-9]{1,3}|[!-/:-@[-`{-~]{1,2}|[^!-~ ]/gu;

/**
 * Returns an upper estimate of the tokens (o200k) of a text, beyond ASCII one token for each byte. A real tokenizer is larger than
 * this server.
 */
export function estimateMaxTokens(text: string): number {
  let tokens = 0;
  for (const [piece] of text.matchAll(PIECES)) tokens += piece < "\u0080" ? 1 : Buffer.byteLength(piece);
  return tokens;
}

export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
