/** Describes what is wrong with arguments: what must be sent, and what was sent. */

import { z } from "zod/v3";
import { clean, didYouMean, MAX_QUOTED_CHARS, quote } from "./text.ts";

/** Problems that one error lists: more would not help to correct the first. */
const MAX_PROBLEMS = 20;

/** Characters of one line, enough for the longest label key and a sentence. */
const MAX_LINE_CHARS = 500;

/** Characters of a sent value, enough to recognise the value. */
const MAX_SENT_CHARS = 60;

/** Unknown arguments that models send, and the tools' own names for them. */
const SYNONYMS = new Map([
  ["name", ["description", "description_contains"]],
  ["image", ["id"]],
  ["images", ["ids"]],
  ["limit", ["per_page"]],
]);

/** Returns one line for each problem. `known` has the names of all arguments. */
export function describeProblems(error: z.ZodError, known: readonly string[]): string {
  const problems = [...new Set(error.issues.flatMap((issue) => describeIssue(issue, known)))];
  const more = problems.length - MAX_PROBLEMS;
  const told = [...problems.slice(0, MAX_PROBLEMS), ...(more > 0 ? [`and ${more} more`] : [])];
  // A problem repeats arguments, which a model may have copied from untrusted text.
  const lines = told.flatMap((text) => text.split("\n"));
  return lines.map((line) => clean(line, MAX_LINE_CHARS)).join("\n");
}

function describeIssue(issue: z.ZodIssue, known: readonly string[]): string[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const synonym = SYNONYMS.get(key)?.find((name) => known.includes(name));
      const hint = synonym ? ` Did you mean "${synonym}"?` : didYouMean(key, known);
      return `unknown argument ${quote(key)}.${hint}`;
    });
  }
  const where = issue.path.map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`)).join("");
  return [
    where === "" ? issue.message : `${clean(where.replace(/^\./, ""), MAX_QUOTED_CHARS)}: ${issue.message}`,
  ];
}

/** Returns the message for a value that is not as expected. */
export function mustBe(expected: string, sent: unknown): string {
  return sent === undefined ? "is required" : `must be ${expected}, not ${describeValue(sent)}`;
}

/** Returns the option of a schema by which each of its problems gets the message of {@link mustBe}. */
export function expecting(expected: string): { errorMap: z.ZodErrorMap } {
  return { errorMap: (_, { data }) => ({ message: mustBe(expected, data) }) };
}

function describeValue(sent: unknown): string {
  if (typeof sent === "string") return JSON.stringify(clean(sent, MAX_SENT_CHARS));
  return clean(String(JSON.stringify(sent)), MAX_SENT_CHARS);
}

// Schemas without `expecting` get their messages here.
z.setErrorMap((issue, { data, defaultError }) => {
  const expected = describeExpected(issue);
  return { message: expected === null ? defaultError : mustBe(expected, data) };
});

const TYPE_WORDS: Partial<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  integer: "a whole number",
  // Every number among the arguments is a whole number.
  number: "a whole number",
  object: "an object",
};

function describeExpected(issue: z.ZodIssueOptionalMessage): string | null {
  if (issue.code === "invalid_enum_value") return `one of ${issue.options.join(", ")}`;
  if (issue.code === "invalid_literal") return JSON.stringify(issue.expected);
  if (issue.code !== "invalid_type") return null;
  // For an enum, zod writes the values with quotes and bars.
  if (issue.expected.includes("'"))
    return `one of ${issue.expected.replaceAll("'", "").replaceAll(" | ", ", ")}`;
  return TYPE_WORDS[issue.expected] ?? `a ${issue.expected}`;
}
