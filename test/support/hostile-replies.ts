/** Random corruption of API responses: missing, renamed and retyped fields, wrong lists and page numbers. */

import fc from "fast-check";

export type Spoil = (body: unknown) => unknown;

type Node = Record<string, unknown>;

/** Returns every key of every object and array in a body, in a fixed order. */
function places(body: unknown, depth = 0): [holder: Node, key: string][] {
  if (typeof body !== "object" || body === null || depth > 8) return [];
  const holder = body as Node;
  return Object.keys(holder)
    .slice(0, 60)
    .flatMap((key) => [[holder, key] as [Node, string], ...places(holder[key], depth + 1)]);
}

const nested = (depth: number): unknown => JSON.parse(`${"[".repeat(depth)}${"]".repeat(depth)}`);
const manyLabels = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`key-${i}`, `value-${i}`]));

const junk = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    0,
    -1,
    1,
    2,
    0.5,
    1e300,
    2 ** 53,
    "",
    "1",
    true,
    false,
    [],
    {},
    [null],
    [[]],
  ),
  fc.constantFrom<unknown>(
    "2026-02-30T99:00:00Z",
    "yesterday",
    "exploded",
    "\u202e\u0000",
    "x".repeat(20_000),
  ),
  fc.constantFrom<unknown>(
    nested(5000),
    manyLabels,
    Array(5000).fill(1),
    JSON.parse('{"__proto__":{"id":1}}'),
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

const PAGE_KEYS = ["page", "per_page", "previous_page", "next_page", "last_page", "total_entries"];
const pageNumber = fc.constantFrom<unknown>(null, 0, 1, 2, 3, -1, 1.5, 1e9, 2 ** 53, "2", 1e300);

/** Applies `act` at one place of the body. */
const at = (act: (holder: Node, key: string) => void) =>
  fc.nat(5000).map(
    (n): Spoil =>
      (body) => {
        const all = places(body);
        const place = all[n % Math.max(1, all.length)];
        if (place) act(...place);
        return body;
      },
  );

const inList =
  (act: (list: unknown[]) => void): Spoil =>
  (body) => {
    for (const value of Object.values(body ?? {})) if (Array.isArray(value)) act(value);
    return body;
  };

const spoil: fc.Arbitrary<Spoil> = fc.oneof(
  at((holder, key) => delete holder[key]),
  at((holder, key) => {
    holder[`${key}_`] = holder[key];
    delete holder[key];
  }),
  at((holder, key) => {
    holder[key] = typeof holder[key] === "number" ? String(holder[key]) : [holder[key]];
  }),
  at((holder, key) => {
    if (typeof holder[key] === "number") holder[key] = (holder[key] as number) + 1;
  }),
  fc.constantFrom("__proto__", "constructor", "toString").chain((name) =>
    at((holder) => {
      Object.defineProperty(holder, name, {
        value: "x",
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }),
  ),
  junk.chain((value) => at((holder, key) => (holder[key] = structuredClone(value)))),
  junk.map(
    (value): Spoil =>
      () =>
        structuredClone(value),
  ),
  {
    weight: 2,
    arbitrary: fc.dictionary(fc.constantFrom(...PAGE_KEYS), pageNumber, { minKeys: 1 }).map(
      (lies): Spoil =>
        (body) => {
          const { pagination } = ((body as Node | null)?.["meta"] ?? {}) as { pagination?: Node };
          Object.assign(pagination ?? {}, lies);
          return body;
        },
    ),
  },
  fc.constantFrom(
    inList((list) => list.push(...structuredClone(list))),
    inList((list) => list.splice(0)),
    inList((list) => list.splice(1)),
    inList((list) => list.push(...Array.from({ length: 3000 }, () => list[0]))),
    inList((list) => list.reverse()),
  ),
);

/** Corruptions of one response of a call, or of all responses from that one on. */
export const spoils: fc.Arbitrary<{ acts: Spoil[]; from: number; all: boolean }> = fc.record({
  acts: fc.array(spoil, { minLength: 1, maxLength: 3 }),
  from: fc.nat(3),
  all: fc.boolean(),
});
