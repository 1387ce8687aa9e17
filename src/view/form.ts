/**
 * The form in which an MCP client asks its user: plain text that survives Markdown and collapsed white space. No client scrolls
 * it; Claude Code shows four lines at most, and of a longer text only three, each cut at 74 characters in a narrow terminal.
 */

import { capitalize } from "../text.ts";
import { FORM_WIDTH_CHARS, makeInert, shorten, shortenMiddle } from "./form-lines.ts";

/** A question with two options, the harmless one first. */
export interface Form {
  message: string;
  options: readonly [keep: FormOption, destroy: FormOption];
}

interface FormOption {
  /** What the client sends back; some clients show only this. */
  word: string;
  title: string;
}

const MAX_LINES = 14;
const MAX_ROWS = 8;

/** Characters of the project's name. */
const MAX_PROJECT_CHARS = 50;

/** Characters of what has changed. */
const MAX_CHANGE_CHARS = 120;

/** Characters of an option's title: Claude Code cuts a longer one. */
const MAX_TITLE_CHARS = 48;

/** The harmless option. */
export const KEEP_OPTION = "keep";

interface Question {
  /** Completes "Would …". */
  will: string;
  cannot_be_undone: string;
  /** What a person would not expect. */
  warning?: string | undefined;
  /** What the target is, when there is one. */
  about?: string | undefined;
  /** What has changed since the user agreed to the form before. */
  change?: string | null | undefined;
  project: string | undefined;
  /** How many images of each server. */
  servers?: string | undefined;
  /** A line for each image or value. */
  lines: readonly string[];
  /** The option that agrees, as one word and in full. */
  verb: string;
  words: string;
}

/** Returns a form: what would be done, in which project, and what cannot be undone; then the target, or a line for each loss. */
export function writeForm(question: Question): Form {
  const { will, warning, about, change, cannot_be_undone, project, servers, lines, verb, words } = question;
  const where = project ?? "the one of the API token";
  // The end of a project's name is written by this server.
  const inProject = `Project: ${shortenMiddle(makeInert(where, where.length), MAX_PROJECT_CHARS)}`;
  const changed = change && `Changed since you answered: ${makeInert(change, MAX_CHANGE_CHARS)}`;
  const sentences = [
    changed,
    capitalize(will),
    capitalize(warning ?? ""),
    inProject,
    capitalize(cannot_be_undone),
    about,
  ];
  const text = sentences.flatMap((sentence) => (sentence ? [`${sentence}.`] : [])).join(" ");
  // Claude Code shows three lines: the servers stand before the images, of which it would show only one.
  const head = [...wrap(text), ...(servers ? [servers] : [])];
  const shown = lines.slice(0, Math.min(MAX_ROWS, MAX_LINES - head.length - 1));
  const more = lines.length - shown.length;
  return {
    message: [
      ...head,
      ...shown.map((line) => shorten(`- ${line}`, FORM_WIDTH_CHARS)),
      ...(more > 0 ? [`- and ${more.toLocaleString("en")} more`] : []),
    ].join("\n"),
    options: [
      { word: KEEP_OPTION, title: "No, change nothing" },
      // The words after the first comma name servers, of which a title would show only some.
      { word: verb, title: shorten(`Yes, ${words.split(", ")[0]}`, MAX_TITLE_CHARS) },
    ],
  };
}

/** Returns lines of at most {@link FORM_WIDTH_CHARS} characters; a longer word is cut. No line begins within a quotation. */
function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  const words = text.match(/(?:"[^"]*"|[^ "])+/g) ?? [];
  for (const word of words.map((word) => shorten(word, FORM_WIDTH_CHARS))) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (longer.length <= FORM_WIDTH_CHARS) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}
