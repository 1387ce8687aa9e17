/**
 * Text that somebody else wrote (names, descriptions, labels, messages of the API) made inert before a model or a
 * person reads it: nothing invisible, nothing that moves a cursor or turns the direction of reading, nothing endless.
 */

import { distance } from "fastest-levenshtein";

/** Line breaks and other blanks that would let a value look like more than one line, or that no font shows as one. */
const BLANKS = /[\t\n\v\f\r\u0085\u2028\u2029\u2800]+/g;

/** Control, format (bidirectional, zero-width, tag), private-use and unassigned characters, lone surrogates. */
const UNSEEN = /[\p{C}\p{Default_Ignorable_Code_Point}]/gu;

/** Texts of these Latin characters need no cleaning, and nearly all names, descriptions and labels are such texts. */
const PLAIN = /^[ -~\u00A0-\u00AC\u00AE-\u02FF]*$/;

/** More marks on one letter than any script has: they run over other lines. */
const FLOOD = /(?<=[\p{Mn}\p{Me}]{6})[\p{Mn}\p{Me}]/gu;

/** A mark with nothing to stand on would stand on whatever is before the value. */
const STRAY = /^(?=[\p{Mn}\p{Me}])/u;

/** Characters of a name that is wrong, of which a sentence makes use: more than any right one has. */
export const MAX_QUOTED_CHARS = 320;

/** Names that an error lists. */
const MAX_NAMES = 30;

/** At most `max` characters of the text, all of them visible; what was cut is said in `… (+123 characters)`. */
export function clean(text: string, max: number): string {
  if (text.length <= max && PLAIN.test(text)) return text;
  const visible = text.replace(BLANKS, " ").replace(UNSEEN, "").replace(FLOOD, "").replace(STRAY, "◌");
  const characters = Array.from(visible);
  if (characters.length <= max) return visible;
  return `${characters.slice(0, max).join("")}… (+${characters.length - max} characters)`;
}

/** A text that is not ours, repeated in a sentence of ours: between quotation marks, which it cannot leave. */
export function quote(text: string): string {
  return JSON.stringify(clean(text, MAX_QUOTED_CHARS));
}

/** What a mistyped or shortened name was probably meant to be, or which names there are, as a sentence. */
export function didYouMean(wrong: string, known: readonly string[]): string {
  // Of a name without end, comparing it would not end either.
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

/** What a tokenizer takes for one piece at most: letters by three, digits by three, other signs by two, and the rest. */
const PIECES = /[A-Za-z]{1,3}|[0-9]{1,3}|[!-/:-@[-`{-~]{1,2}|[^!-~ ]/gu;

/**
 * An upper estimate of the tokens (o200k) of a text: beyond ASCII a token for each byte. A tokenizer of its own would weigh
 * more than this server.
 */
export function estimateMaxTokens(text: string): number {
  let tokens = 0;
  for (const [piece] of text.matchAll(PIECES)) tokens += piece < "\u0080" ? 1 : Buffer.byteLength(piece);
  return tokens;
}
