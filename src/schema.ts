/** The only file that knows which zod we use, and how a schema becomes JSON Schema and a mistake a sentence. */

// zod-to-json-schema reads v3 schemas; of a v4 one it silently makes an empty object.
import { z } from "zod/v3";
import { zodToJsonSchema } from "zod-to-json-schema";
import { labelKeyProblem, labelValueProblem, parseSelector, SelectorError } from "./labels.ts";
import { clean, didYouMean, quote, SHOWN } from "./text.ts";

export { z };

export interface JsonObjectSchema {
  type: "object";
  properties: Record<string, object>;
  required?: string[];
  additionalProperties?: unknown;
}

/** What `tools/list` sends: no `$schema`, no `$ref`, and only keywords that mean the same in draft-07 and 2020-12. */
export function toJsonSchema(schema: z.ZodTypeAny): JsonObjectSchema {
  const { $schema: _, ...lean } = zodToJsonSchema(schema, { target: "jsonSchema7", $refStrategy: "none" });
  return lean as unknown as JsonObjectSchema;
}

/** Ids are integers up to 2^53−1 throughout the API. */
export const id = (what: string) =>
  z
    .number()
    .int("must be an integer")
    .min(1, "must be at least 1")
    .max(Number.MAX_SAFE_INTEGER, "must be at most 9007199254740991")
    .describe(what);

/** A list of which a lone value is taken as a list of one, as models like to send it. */
export const listOf = <T extends z.ZodTypeAny>(item: T, what: string) =>
  z
    .preprocess(
      (value) => (Array.isArray(value) ? value : [value]),
      z.array(item).min(1, "must not be empty"),
    )
    .optional()
    .describe(what);

/** Distinct image ids, 1 to `max`. */
export const imageIds = (max: number, more = "") =>
  z
    .array(id("Image id"))
    .min(1, "must not be empty")
    .max(max, `must be at most ${max}`)
    .refine((ids) => new Set(ids).size === ids.length, "the same id is there twice")
    .describe(`1 to ${max}${more}`);

export const page = z
  .number()
  .int()
  .min(1, "must be at least 1")
  // Beyond, a number is sent with an exponent, which is no integer of the API's.
  .refine(Number.isSafeInteger, "must be at most 9007199254740991")
  .optional()
  .describe("Default 1");
export const perPage = z
  .number()
  .int()
  .min(1, "must be 1 to 50")
  .max(50, "must be 1 to 50")
  .optional()
  .describe("Default 25");

export const labelSelector = z.string().superRefine((selector, context) => {
  try {
    parseSelector(selector);
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    context.addIssue({ code: "custom", message: `${error.message}\n${error.pointer}` });
  }
});

export const labelKey = z.string().superRefine((key, context) => {
  const problem = labelKeyProblem(key);
  if (problem) context.addIssue({ code: "custom", message: `${quote(key)} is not a label key: ${problem}` });
});

/** One of the words, or `label:` and a key. */
export const groupBy = (words: readonly string[], what: string) =>
  z
    .string()
    .superRefine((by, context) => {
      if (words.includes(by)) return;
      const key = by.startsWith("label:") ? by.slice("label:".length) : null;
      const problem = key === null ? null : labelKeyProblem(key);
      const message =
        key === null || problem === null
          ? `must be ${words.join(", ")} or label:<key>`
          : `${quote(key)} is not a label key: ${problem}`;
      if (key === null || problem !== null) context.addIssue({ code: "custom", message });
    })
    .optional()
    .describe(what);

const INSTANT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** A day, which begins at midnight UTC, or an RFC 3339 time. */
export const instant = z
  .string()
  .refine(
    (text) => INSTANT.test(text) && isCalendarDay(text.slice(0, 10)) && !Number.isNaN(Date.parse(text)),
    {
      message: "must be a day such as 2026-01-31, or a time such as 2026-01-31T12:00:00Z",
    },
  );

/** `Date` would take February 30 for March 2. */
function isCalendarDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

const stringRecord = z.record(z.string()).superRefine((record, context) => {
  for (const [key, value] of Object.entries(record)) {
    const problem = labelKeyProblem(key);
    if (problem) context.addIssue({ code: "custom", path: [key], message: `not a label key: ${problem}` });
    const valueProblem = labelValueProblem(value);
    if (valueProblem) {
      const message = `${quote(value)} is not a label value: ${valueProblem}`;
      context.addIssue({ code: "custom", path: [key], message });
    }
  }
});

/** A set of labels by the API's grammar. */
export const labels = z.preprocess((record, context) => {
  // A record of zod drops this one key without a word.
  if (typeof record === "object" && record !== null && Object.hasOwn(record, "__proto__")) {
    context.addIssue({ code: "custom", message: '"__proto__" is not a label key' });
  }
  return record;
}, stringRecord);

/** Without what a host filled in for arguments that were not given. */
export function withoutNulls(args: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null));
}

/** More would not help to mend the first. */
const MAX_PROBLEMS = 20;

/** Characters; the longest label key and a sentence. */
const LINE = 500;

/** What is wrong with the arguments of a call, a line each, in words that say how to mend it. */
export function describeProblems(error: z.ZodError, known: readonly string[]): string {
  const problems = error.issues.flatMap((issue) => problemLines(issue, known));
  const more = problems.length - MAX_PROBLEMS;
  const told = [...problems.slice(0, MAX_PROBLEMS), ...(more > 0 ? [`and ${more} more`] : [])];
  // Arguments are repeated in them, and a model may have copied those from what somebody else wrote.
  const lines = told.flatMap((text) => text.split("\n"));
  return lines.map((line) => clean(line, LINE)).join("\n");
}

function problemLines(issue: z.ZodIssue, known: readonly string[]): string[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => `unknown argument ${quote(key)}.${didYouMean(key, known)}`);
  }
  const where = issue.path.map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`)).join("");
  return [where === "" ? problemOf(issue) : `${clean(where.replace(/^\./, ""), SHOWN)}: ${problemOf(issue)}`];
}

function problemOf(issue: z.ZodIssue): string {
  if (issue.code === "invalid_type") {
    if (issue.received === "undefined") return "is required";
    // Of an enum, zod says its values between quotes and bars.
    if (issue.expected.includes("'"))
      return `must be one of ${issue.expected.replaceAll("'", "").replaceAll(" | ", ", ")}`;
    // Every number of this API's arguments is one.
    const expected = issue.expected === "number" ? "integer" : issue.expected;
    return `must be ${/^[aio]/.test(expected) ? "an" : "a"} ${expected}, not ${issue.received}`;
  }
  if (issue.code === "invalid_enum_value") return `must be one of ${issue.options.join(", ")}`;
  if (issue.code === "invalid_literal") return `must be ${JSON.stringify(issue.expected)}`;
  return issue.message;
}
