/** What is made of arguments as models send them; test/tools/lenient-arguments.test.ts says what calls do with them. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  count,
  flag,
  imageIds,
  instant,
  labelSelector,
  labels,
  servers,
  text,
  type z,
} from "../src/schema.ts";
import { tools } from "../src/tools/index.ts";
import { lenientCalls, parseArgument, TOOLS } from "./support/lenient-calls.ts";

test.each(TOOLS)("%s gets the same input from every form of its arguments", (name) => {
  const input = tools.find((tool) => tool.name === name)?.input;
  const parse = (args: object) => {
    const { success, data } = input?.safeParse(args) ?? {};
    return { success, data };
  };
  fc.assert(
    fc.property(lenientCalls(name), ({ strict, lenient }) => {
      expect(parse(lenient)).toEqual(parse(strict));
    }),
    { seed: 20261123, numRuns: 1_000 },
  );
});

describe("coerce", () => {
  const ids = imageIds(50);
  test.each<[what: string, schema: z.ZodTypeAny, value: unknown]>([
    ["a sign", count(), "+30"],
    ["a minus", count(), "-30"],
    ["a fraction", count(), "30.0"],
    ["an exponent", count(), "3e1"],
    ["a hexadecimal number", count(), "0x1f"],
    ["a leading zero", count(), "030"],
    ["blanks around digits", count(), " 30"],
    ["blanks between digits", count(), "3 0"],
    ["digits of another script", count(), "٣٠"],
    ["a separator", count(), "1,000"],
    ["true for a number", count(), true],
    ["two values for one", count(), [1, 2]],
    ["a list in a list of one", count(), [[1]]],
    ["more than 10,000", count(), "10001"],
    ["an id beyond 2^53-1", ids, "9007199254740992"],
    ["an id beyond 2^53-1 that rounds to one below", ids, "[9007199254740993]"],
    ["an id without end", ids, "1".repeat(1_000)],
    ["a hole in a list", ids, "1,,2"],
    ["a comma at the end", ids, "1,"],
    ["ids without commas", ids, "1 2"],
    ["a range", ids, "1-3"],
    ["JSON that ends early", ids, "[1, 2"],
    ["a list in a list", ids, [[1], 2]],
    ["a list in JSON text", ids, "[[1]]"],
    ["a list in a list of text", ids, ["1,2"]],
    ["the same id as text and number", ids, [5, "5"]],
    ["the same id twice in a text", ids, "5,5"],
    ["no id", ids, "[]"],
    ["null among ids", ids, [1, null]],
    ["yes", flag(""), "yes"],
    ["1 for true", flag(""), 1],
    ["TRUE", flag(""), "TRUE"],
    ["a label without a value", labels, "env"],
    ["a label without a value among others", labels, "env=prod,keep"],
    ["a label without a value in a list", labels, ["env=prod", "keep"]],
    ["several labels in one text of a list", labels, ["env=prod,app=web"]],
    ["an inequality", labels, "env!=prod"],
    ["two equals signs", labels, "env==prod"],
    ["blanks around the equals sign", labels, "env = prod"],
    ["the same key twice", labels, "env=prod,env=dev"],
    ["the same label twice", labels, ["env=prod", "env=prod"]],
    ["the same key twice in JSON text", labels, '{"env":"prod","env":"dev"}'],
    ["the same key twice, once escaped", labels, '{"env":"prod","\\u0065nv" : "dev"}'],
    ["no label in a list", labels, []],
    ["a list of two sets", labels, [{ a: "b" }, { c: "d" }]],
    ["a number for a label value", labels, { a: 3 }],
    ["a label in a list of lists", labels, [["a=b"]]],
    ["a prototype", labels, "__proto__=x"],
    ["a prototype in JSON text", labels, '{"__proto__":"x"}'],
    ["no equality", labelSelector, {}],
    ["no equality in JSON text", labelSelector, "{}"],
    ["another requirement in a value", labelSelector, { env: "prod,!keep" }],
    ["another requirement in a value of JSON text", labelSelector, '{"env":"prod,!keep"}'],
    ["another requirement in a key", labelSelector, { "!keep,env": "prod" }],
    ["another operator in a key", labelSelector, { "env!": "prod" }],
    ["a list of values", labelSelector, { env: ["prod", "dev"] }],
    ["a boolean for a value", labelSelector, { keep: true }],
    ["null for a value", labelSelector, { keep: null }],
    ["a fraction for a value", labelSelector, { env: 1.5 }],
    ["a number for a value that rounds", labelSelector, { env: 2 ** 53 }],
    ["an equality twice in JSON text", labelSelector, '{"env":"prod","env":"dev"}'],
    ["several selectors", labelSelector, ["env=prod", "app=web"]],
    ["an empty selector in a list", labelSelector, [""]],
    ["a time without a zone", instant, "2026-01-31 12:00:00"],
    ["two blanks in a time", instant, "2026-01-31  12:00:00Z"],
    ["a blank before the zone", instant, "2026-01-31 12:00:00 Z"],
    ["a number for a time", instant, 1767225600],
    ["a server name with a blank", servers(""), "web 1"],
    ["a comma in a list of servers", servers(""), ["web-1,web-2"]],
    ["a server that is a fraction", servers(""), 1.5],
    ["an object for a server", servers(""), { id: 1 }],
    ["an empty text", text(""), ""],
    ["several texts", text(""), ["a", "b"]],
  ])("an ambiguous form is refused: %s", (_, schema, value) => {
    expect(parseArgument(schema, value)).toBeUndefined();
  });
});

test.each<[value: unknown, names: string[]]>([
  ["web-1", ["web-1"]],
  [4711, ["4711"]],
  ["4711", ["4711"]],
  [
    [4711, "web-1"],
    ["4711", "web-1"],
  ],
  ["web-1, 4711", ["web-1", "4711"]],
  ['["web-1", 4711]', ["web-1", "4711"]],
])("servers given as %j are %j", (value, names) => {
  expect(parseArgument(servers(""), value)).toEqual(names);
});

test("a text is accepted unchanged, also one that looks like JSON or a list", () => {
  for (const value of ["a, b", "[1]", '{"a":"b"}', "true", "30"])
    expect(parseArgument(text(""), value)).toBe(value);
});
