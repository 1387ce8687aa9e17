import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  findLabelKeyProblem,
  findLabelValueProblem,
  isReservedKey,
  matchesSelector,
  parseSelector,
  SelectorError,
} from "../src/labels.ts";

const a = (length: number) => "a".repeat(length);

const NAMES = [..."a 7 env Env a-b_c.d a--b a__b 0.1".split(" "), a(63)];
const NO_NAMES = [
  ..."-a a- _a a_ .a a. - . a:b a@b a=b a,b a!b (a) größe 名前 🦊 a* a+b".split(" "),
  ...["a b", " a", "a ", "a\n", "a\u200bb", a(64), `${a(63)}-`],
];

describe("label keys", () => {
  test.each([...NAMES, "hetzner.cloud/x", "my.dns-name/env", "A/B", "a_b/c", `${a(253)}/${a(63)}`])(
    "the label key %j is accepted",
    (key) => {
      expect(findLabelKeyProblem(key)).toBeNull();
    },
  );

  test.each([...NO_NAMES, "", "a/", "a/b/c", "a//b"])(
    "the label key %j is refused by the grammar of keys",
    (key) => {
      expect(findLabelKeyProblem(key)).toContain("1 to 63");
    },
  );

  test.each(["/", "/a", "-a/b", "a./b", "a b/c", "ü.de/c", `${a(254)}/b`])(
    "the label key %j is refused for its prefix",
    (key) => {
      expect(findLabelKeyProblem(key)).toMatch(/prefix.*253/);
    },
  );

  test.each([
    ["hetzner.cloud/x", true],
    ["hetzner.cloud/", true],
    ["hetzner.cloud", false],
    ["my-hetzner.cloud/x", false],
    ["Hetzner.cloud/x", false],
  ])("the label key %j is reserved: %s", (key, reserved) => {
    expect(isReservedKey(key)).toBe(reserved);
  });
});

describe("label values", () => {
  test.each(["", ...NAMES])("the label value %j is accepted", (value) => {
    expect(findLabelValueProblem(value)).toBeNull();
  });

  test.each([...NO_NAMES, "a/b", " ", "\n", "2026-11-23T12:00:00Z"])(
    "the label value %j is refused",
    (value) => {
      expect(findLabelValueProblem(value)).toMatch(/empty.*63/);
    },
  );
});

describe("label selectors", () => {
  const prod = { env: "prod", keep: "" };
  test.each<[string, Record<string, string>, boolean]>([
    ["env=prod", prod, true],
    ["env==prod", prod, true],
    ["env=dev", prod, false],
    ["env=Prod", prod, false],
    ["env=prod", {}, false],
    ["env!=prod", prod, false],
    ["env!=dev", prod, true],
    ["env!=prod", {}, true],
    ["env", prod, true],
    ["keep", prod, true],
    ["env", {}, false],
    ["!env", prod, false],
    ["!keep", prod, false],
    ["!env", {}, true],
    ["! env", {}, true],
    ["keep=", prod, true],
    ["env=", prod, false],
    ["keep!=", prod, false],
    ["env!=", prod, true],
    ["env in (prod)", prod, true],
    ["env in (dev,prod)", prod, true],
    ["env in (dev,test)", prod, false],
    ["env in (prod)", {}, false],
    ["keep in (,a)", prod, true],
    ["keep in ()", prod, true],
    ["env notin (dev,test)", prod, true],
    ["env notin (dev,prod)", prod, false],
    ["env notin (prod)", {}, true],
    ["env=prod,keep", prod, true],
    ["env=prod,!keep", prod, false],
    ["env=prod,type!=database", prod, true],
    ["  env  =  prod  ,  !other  ", prod, true],
    ["env in(prod)", prod, true],
    [" env in ( dev , prod ) , keep ", prod, true],
    ["a.b/c-d=1", { "a.b/c-d": "1" }, true],
    ["hetzner.cloud/x", { "hetzner.cloud/x": "" }, true],
    ["in in (in,notin)", { in: "notin" }, true],
    ["in", { in: "" }, true],
    ["notin notin (in)", { notin: "in" }, false],
    ["constructor", {}, false],
    ["!toString", {}, true],
    ["constructor!=x", {}, true],
  ])("the selector %j on %j: %s", (selector, labels, matches) => {
    expect(matchesSelector(parseSelector(selector), labels)).toBe(matches);
  });

  test("a selector is a list of requirements", () => {
    expect(parseSelector("a,!b,c=1,d!=2,e in (3,4),f notin (5)")).toEqual([
      { key: "a", op: "exists" },
      { key: "b", op: "absent" },
      { key: "c", op: "in", values: ["1"] },
      { key: "d", op: "notin", values: ["2"] },
      { key: "e", op: "in", values: ["3", "4"] },
      { key: "f", op: "notin", values: ["5"] },
    ]);
  });
});

describe("mistakes in a selector", () => {
  test.each<[selector: string, position: number, ...facts: string[]]>([
    ["", 0, "a label key"],
    ["   ", 3, "a label key"],
    ["=prod", 0, "a label key", '"="'],
    ["a,", 2, "a label key"],
    ["a,,b", 2, "a label key", '","'],
    ["(a)", 0, "a label key", '"("'],
    ["-a", 0, '"-a"', "label key"],
    ["env=prod,-a=1", 9, '"-a"', "label key"],
    ["env=prod\u202e", 8, "U+202E"],
    ["env=prod;a", 8, '";"'],
    ["env=prod dev", 9, '"d"'],
    ["env=-x", 4, '"-x"', "label value"],
    ["env = a/b", 6, '"a/b"', "label value"],
    [`env=${a(64)}`, 4, "label value"],
    ["env prod", 4, "=, ==, !=, in or notin", '"prod"'],
    ["env IN (a)", 4, "=, ==, !=, in or notin", '"IN"'],
    ["env in prod", 7, '"("'],
    ["env in", 6, '"("'],
    ["env in (a", 9, '"," or ")"'],
    ["env in (a b)", 10, '"," or ")"'],
    ["env in (a,-)", 10, '"-"', "label value"],
    ["env in (a))", 10, '")"'],
    ["env notin a", 10, '"("'],
    ["env===a", 5, '"="'],
    ["env>1", 3, '">"'],
    ["a || b", 2, '"|"'],
    ["!env=prod", 4, '"="'],
    ["größe=1", 2, '"ö"'],
    ["env=a\n", 5, '"\\n"'],
  ])("the mistake in %j is shown at its position (%i)", (selector, position, ...facts) => {
    const error = mistake(selector);
    expect(error.position).toBe(position);
    for (const fact of facts) expect(error.message).toContain(fact);
    expect(error.message.endsWith(` ${position + 1}`)).toBe(true);
    expect(error.pointer).toBe(`${selector.replace(/[\n\u202e]/, " ")}\n${" ".repeat(position)}^`);
  });

  test("a mistake late in a long selector is shown with the text around it", () => {
    const { pointer, position } = mistake(`${"a,".repeat(1000)}-${",a".repeat(1000)}`);
    expect(position).toBe(2000);
    expect(pointer).toBe(`${"a,".repeat(100)}-${",a".repeat(100).slice(0, 199)}\n${" ".repeat(200)}^`);
  });

  test("a mistake that is an emoji is shown completely", () => {
    expect(mistake("env=a 🦊").message).toContain('"🦊"');
  });
});

describe("random selectors", () => {
  type Term = { key: string; op: string; values: readonly string[] };
  const key = fc.constantFrom<string[]>("env", "role", "in", "notin", "a.b/c", "keep", "x-1", "constructor");
  const value = fc.constantFrom<string[]>("", "a", "b", "prod", "in", "0.1");
  const term: fc.Arbitrary<Term> = fc.oneof(
    fc.record({ key, op: fc.constantFrom<string[]>("exists", "absent"), values: fc.constant<string[]>([]) }),
    fc.record({ key, op: fc.constantFrom<string[]>("=", "==", "!="), values: fc.tuple(value) }),
    fc.record({
      key,
      op: fc.constantFrom<string[]>("in", "notin"),
      values: fc.array(value, { minLength: 1 }),
    }),
  );
  const labels = fc.dictionary(key, value);
  const blanks = fc.constantFrom("", "", " ", "  ");

  /** Written in another way than the parser, on purpose. */
  function holds({ key, op, values }: Term, labels: Map<string, string>): boolean {
    const has = labels.has(key);
    switch (op) {
      case "exists":
        return has;
      case "absent":
        return !has;
      case "=":
      case "==":
      case "in":
        return has && values.some((value) => value === labels.get(key));
      default:
        return !has || values.every((value) => value !== labels.get(key));
    }
  }

  function write({ key, op, values }: Term, blank: string): string {
    if (op === "exists") return blank + key + blank;
    if (op === "absent") return `${blank}!${blank}${key}${blank}`;
    if (op === "in" || op === "notin") return `${key} ${op}${blank}(${values.join(`${blank},`)}${blank})`;
    return key + blank + op + blank + values.join("") + blank;
  }

  test("valid random selectors match the same images as another evaluation", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(term, blanks), { minLength: 1, maxLength: 5 }),
        labels,
        (terms, labels) => {
          const selector = terms.map(([term, blank]) => write(term, blank)).join(",");
          const expected = terms.every(([term]) => holds(term, new Map(Object.entries(labels))));
          expect(matchesSelector(parseSelector(selector), labels), selector).toBe(expected);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("invalid random selectors are refused at a position within them", () => {
    const pieces = fc.constantFrom(..."abz09-_./=!,() \t\n'\"ü🦊", "in", "notin", " in (", "==", "!=", "env");
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(pieces).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (selector) => {
        try {
          expect(parseSelector(selector).length).toBeGreaterThan(0);
        } catch (error) {
          if (!(error instanceof SelectorError)) throw error;
          expect(error.position).toBeGreaterThanOrEqual(0);
          expect(error.position).toBeLessThanOrEqual(selector.length);
          expect(error.selector).toBe(selector);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

function mistake(selector: string): SelectorError {
  try {
    parseSelector(selector);
  } catch (error) {
    if (error instanceof SelectorError) return error;
    throw error;
  }
  throw new Error(`${selector} was accepted`);
}
