/** Schemas of arguments: strict as advertised, lenient in parsing where the meaning of another form is certain. */

// zod-to-json-schema reads only v3 schemas; it silently converts a v4 schema to an empty object.
import { z } from "zod/v3";
import {
  MAX_ITEMS,
  readBoolean,
  readDigits,
  readLabels,
  readList,
  readSelector,
  readTime,
} from "./coerce.ts";
import { findLabelKeyProblem, findLabelValueProblem, parseSelector, SelectorError } from "./labels.ts";
import { expecting, mustBe } from "./problems.ts";
import { quote } from "./text.ts";

export { z };

/** Returns the names of the properties of an object schema, with or without refinements. */
export function listPropertyNames(schema: z.ZodTypeAny): string[] {
  if (schema instanceof z.ZodEffects) return listPropertyNames(schema.innerType());
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** Also accepts a value that `read` converts to a valid one, and for an argument a list of one value. */
function single<T extends z.ZodTypeAny>(strict: T, read = (value: unknown) => value) {
  return z.preprocess((value, context) => {
    const isListOfOne = Array.isArray(value) && value.length === 1 && context.path.length <= 1;
    const meant = read(isListOfOne ? value[0] : value);
    // Most values are sent as advertised; the schema itself checks them.
    if (meant === value) return value;
    // An error shows the value as it was sent.
    return strict.safeParse(meant).success ? meant : value;
  }, strict);
}

function wholeNumber(min: number, max: number, what?: string) {
  const expected = expecting(`a whole number from ${min} to ${max}`);
  return single(
    z
      .number({ ...expected, ...(what && { description: what }) })
      .int()
      .min(min)
      .max(max),
    readDigits,
  );
}

/** A number of things or days. */
export const count = (max = 10_000) => wholeNumber(1, max);

/** An id: throughout the API an integer up to 2^53−1. */
export const id = (what?: string) => wholeNumber(1, Number.MAX_SAFE_INTEGER, what);

/** A page number, at most 2^53−1: a larger number can be written with an exponent, which the API does not read as an integer. */
export const page = wholeNumber(1, Number.MAX_SAFE_INTEGER, "Default 1").optional();

export const perPage = wholeNumber(1, 50, "Default 25").optional();

/** A boolean that also accepts "true" and "false". Not for arguments that delete or lift protection: those are never guessed. */
export const flag = (what: string) => single(z.boolean(), readBoolean).describe(what);

export const oneOf = <const Values extends readonly [string, ...string[]]>(...values: Values) =>
  single(values.length === 1 ? z.literal<Values[number]>(values[0]) : z.enum(values));

/** A non-empty text. */
export const text = (what: string) => single(z.string().min(1, "must not be empty")).describe(what);

const EXPECTED_LIST = expecting(`a list of at most ${MAX_ITEMS} items`);

/** A list of items without commas. */
export const listOf = <T extends z.ZodTypeAny>(item: T, what: string) =>
  z.preprocess(readList, z.array(item, EXPECTED_LIST).min(1, "must not be empty")).optional().describe(what);

/** Columns to sort by, each with or without a direction. */
export const sortBy = (columns: readonly string[], what: string) =>
  listOf(
    z
      .string(expecting(`one of ${columns.join(", ")}, with or without :asc or :desc`))
      .regex(new RegExp(`^(${columns.join("|")})(:(asc|desc))?$`)),
    what,
  );

/** Distinct image ids, 1 to `max`. */
export const imageIds = (max: number, what = "Image ids") =>
  z
    .preprocess(
      readList,
      z
        .array(wholeNumber(1, Number.MAX_SAFE_INTEGER), expecting(`a list of 1 to ${max} ids`))
        .min(1)
        .max(max)
        .superRefine((ids, context) => {
          const seen = new Set();
          const twice = ids.find((id) => seen.size === seen.add(id).size);
          if (twice !== undefined)
            context.addIssue({ code: "custom", message: `must not contain ${twice} twice` });
        }),
    )
    .describe(what);

const server = z.preprocess(
  (value) => (Number.isSafeInteger(value) ? String(value) : value),
  z
    .string()
    .min(1, "must not be empty")
    .refine(
      (name) => !/[\s,]/.test(name),
      (name) => ({ message: mustBe("an id or a name without blanks and commas", name) }),
    ),
);

/** Ids, as text, or exact names of servers. */
export const servers = (what: string) => listOf(server, what);

/** A label selector by the API's grammar; an object of equalities is converted. */
export const labelSelector = single(
  z.string(expecting("a label selector such as env=prod,!keep")).superRefine((selector, context) => {
    try {
      parseSelector(selector);
    } catch (error) {
      if (!(error instanceof SelectorError)) throw error;
      context.addIssue({ code: "custom", message: `${error.message}\n${error.pointer}` });
    }
  }),
  readSelector,
);

export const labelKey = single(
  z.string().superRefine((key, context) => {
    const problem = findLabelKeyProblem(key);
    if (problem)
      context.addIssue({ code: "custom", message: `must be a label key, not ${quote(key)}: ${problem}` });
  }),
);

export const labelKeys = (what: string) =>
  z.preprocess(readList, z.array(labelKey, EXPECTED_LIST)).optional().describe(what);

/** One of the words, or `label:` followed by a key. */
export const groupBy = (words: readonly string[], what: string) => {
  const expected = `${words.join(", ")} or label:<key>`;
  return single(
    z.string(expecting(expected)).superRefine((by, context) => {
      if (words.includes(by)) return;
      const key = by.startsWith("label:") ? by.slice("label:".length) : null;
      const problem = key === null ? null : findLabelKeyProblem(key);
      if (key === null) context.addIssue({ code: "custom", message: mustBe(expected, by) });
      else if (problem !== null)
        context.addIssue({ code: "custom", message: `must be a label key, not ${quote(key)}: ${problem}` });
    }),
  )
    .optional()
    .describe(what);
};

const INSTANT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

const EXPECTED_INSTANT = "a day such as 2026-01-31, or a time such as 2026-01-31T12:00:00Z";

/** A day, which begins at midnight UTC, or an RFC 3339 time. */
export const instant = single(
  z.string(expecting(EXPECTED_INSTANT)).refine(
    (text) => INSTANT.test(text) && isCalendarDay(text.slice(0, 10)) && !Number.isNaN(Date.parse(text)),
    (text) => ({ message: mustBe(EXPECTED_INSTANT, text) }),
  ),
  readTime,
);

/** Whether the day exists: `Date` would read February 30 as March 2. */
function isCalendarDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

const stringRecord = z
  .record(z.string(), expecting('an object such as {"env": "prod"}'))
  .superRefine((record, context) => {
    for (const [key, value] of Object.entries(record)) {
      const problem = findLabelKeyProblem(key);
      if (problem)
        context.addIssue({ code: "custom", path: [key], message: `must be a label key: ${problem}` });
      const valueProblem = findLabelValueProblem(value);
      if (valueProblem) {
        const message = `must be a label value, not ${quote(value)}: ${valueProblem}`;
        context.addIssue({ code: "custom", path: [key], message });
      }
    }
  });

/** A set of labels by the API's grammar. */
export const labels = z.preprocess((value, context) => {
  const record = readLabels(value);
  // zod silently drops this one key from a record.
  if (typeof record === "object" && record !== null && Object.hasOwn(record, "__proto__")) {
    context.addIssue({ code: "custom", message: 'must not contain "__proto__", which is not a label key' });
  }
  return record;
}, stringRecord);
