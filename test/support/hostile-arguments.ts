/** Random tool calls: valid ones from the tools' JSON Schemas, and mutations as a confused or hostile model could send them. */

import fc from "fast-check";

export interface Schema {
  type?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  additionalProperties?: unknown;
}

export type Args = Record<string, unknown>;

/** The code of a call: none, one that was issued for the same tool, or a variant of one. */
export type CodeKind = "none" | "honest" | "foreign" | "truncated" | "flipped" | "random";

export interface Draft {
  tool: string;
  args: unknown;
  code: CodeKind;
  /** Selects one of the codes. */
  pick: number;
}

const key = fc.constantFrom("env", "role", "keep", "app.kubernetes.io/name", "hetzner.cloud/x", "a");
const selector = fc
  .array(
    fc.constantFrom(
      "env=prod",
      "env!=prod",
      "!keep",
      "keep",
      "role in (web,db)",
      "env notin (a)",
      "role==web",
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts) => parts.join(","));

/** Values for arguments that the schema only calls strings. */
const TEXTS: Record<string, fc.Arbitrary<string>> = {
  label_selector: selector,
  created_before: fc.constantFrom("2026-01-31", "2024-02-29", "2026-11-23T12:00:00Z", "2030-01-01"),
  group_by: fc.constantFrom("server", "description", "none", "type", "os", "month", "label:env"),
  keep_label: key,
  remove: key,
  name: fc.constantFrom("debian-12", "nothing"),
};

/** Arbitrary UTF-16, including lone surrogates. */
const units = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xff }), fc.integer({ min: 0, max: 0xffff })), { maxLength: 20 })
  .map((codes) => String.fromCharCode(...codes));

const nasty = fc.oneof(
  fc.constantFrom<unknown>(0, -1, 0.5, 1e308, -1e308, 2 ** 53, 2 ** 53 - 1, null, true, false, "", " ", "1"),
  fc.constantFrom<unknown>(
    [],
    {},
    [null],
    [[]],
    { id: 1 },
    [1, "1"],
    "\ud800",
    "a\u0000b",
    "\u202egpj",
    "é🦊",
  ),
  fc.constantFrom<unknown>(
    "x".repeat(3000),
    "a=".repeat(1000),
    Array(300).fill(7),
    "__proto__",
    "constructor",
  ),
  fc
    .constantFrom('{"__proto__":{"id":1}}', '{"constructor":{"prototype":1}}')
    .map((json) => JSON.parse(json)),
  fc.jsonValue({ maxDepth: 3 }),
  units,
  fc.integer(),
);

/** Returns values that match the schema; most ids are in `ids`. */
function fitting(schema: Schema, name: string, ids: readonly number[]): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.pattern) return fc.stringMatching(new RegExp(schema.pattern));
  if (schema.type === "boolean") return fc.boolean();
  if (schema.type === "string") return TEXTS[name] ?? fc.string({ maxLength: 40 });
  if (schema.type === "integer") {
    const { minimum: min = 0, maximum: max = 2 ** 53 - 1 } = schema;
    if (max > 1e9 && /id/.test(name))
      return fc.oneof(
        { arbitrary: fc.constantFrom(...ids), weight: 6 },
        fc.maxSafeInteger().filter((n) => n >= min),
      );
    return fc.oneof(fc.integer({ min, max: min + 5 }), fc.integer({ min, max: Math.min(max, 2 ** 31) }));
  }
  if (schema.type === "array")
    return fc.uniqueArray(fitting(schema.items ?? {}, name, ids), { minLength: 1, maxLength: 4 });
  if (schema.properties) {
    const { confirm: _, plan: __, ...properties } = schema.properties;
    const members = Object.entries(properties).map(([key, part]) => [key, fitting(part, key, ids)]);
    return fc.record(Object.fromEntries(members), { requiredKeys: (schema.required ?? []) as never[] });
  }
  return fc.dictionary(key, fc.constantFrom("", "prod", "web", "1.2_3-4"), { maxKeys: 3 });
}

type Mutation = (args: Args) => unknown;

/** Sets a member without spreading, which would set the prototype for the key `__proto__`. */
const put = (args: Args, key: string, value: unknown): Args =>
  Object.defineProperty({ ...args }, key, { value, enumerable: true, configurable: true, writable: true });

const nth = (args: Args, index: number) =>
  Object.keys(args)[index % Math.max(1, Object.keys(args).length)] ?? "id";

function mutations(names: readonly string[]): fc.Arbitrary<Mutation> {
  const extra = fc.oneof(
    fc.constantFrom(
      "__proto__",
      "constructor",
      "toString",
      "confirm",
      "plan",
      "Id",
      "id ",
      "force",
      "",
      "ids",
      "id",
    ),
    fc
      .tuple(fc.constantFrom(...names), fc.nat(20))
      .map(([name, at]) => name.slice(0, at) + name.slice(at + 1)),
    units,
  );
  return fc.oneof(
    fc.tuple(fc.nat(9), nasty).map(
      ([i, value]): Mutation =>
        (args) =>
          put(args, nth(args, i), value),
    ),
    fc.tuple(extra, nasty).map(
      ([key, value]): Mutation =>
        (args) =>
          put(args, key, value),
    ),
    fc.nat(9).map(
      (i): Mutation =>
        (args) => {
          const { [nth(args, i)]: _, ...rest } = args;
          return rest;
        },
    ),
    fc.nat(9).map(
      (i): Mutation =>
        (args) =>
          put(args, nth(args, i), [args[nth(args, i)]]),
    ),
    fc.nat(9).map(
      (i): Mutation =>
        (args) =>
          put(args, nth(args, i), { value: args[nth(args, i)] }),
    ),
    fc.nat(9).map(
      (i): Mutation =>
        (args) =>
          put(args, nth(args, i), `${JSON.stringify(args[nth(args, i)])}`),
    ),
    fc.nat(9).map(
      (i): Mutation =>
        (args) =>
          put(args, nth(args, i), `${JSON.stringify(args[nth(args, i)])}`.replaceAll(/[[\]"]/g, "")),
    ),
    {
      arbitrary: nasty.map(
        (value): Mutation =>
          () =>
            value,
      ),
      weight: 1,
    },
  );
}

const CODES: CodeKind[] = ["honest", "honest", "honest", "foreign", "truncated", "flipped", "random"];

/** Returns random calls of these tools on images with these ids. */
export function drafts(
  tools: readonly { name: string; inputSchema: Schema }[],
  ids: readonly number[],
): fc.Arbitrary<Draft> {
  const names = tools.flatMap(({ inputSchema }) => Object.keys(inputSchema.properties ?? {}));
  const mutation = mutations(names);
  const isObject = (value: unknown): value is Args =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  return fc.oneof(
    ...tools.map(({ name, inputSchema }) =>
      fc
        .record({
          args: fitting(inputSchema, name, ids) as fc.Arbitrary<Args>,
          changes: fc.oneof(fc.constant<Mutation[]>([]), {
            arbitrary: fc.array(mutation, { minLength: 1, maxLength: 3 }),
            weight: 2,
          }),
          tool: fc.oneof(
            { arbitrary: fc.constant(name), weight: 60 },
            fc.constantFrom(`${name}s`, name.slice(7), "", "__proto__"),
          ),
          code: fc.oneof({ arbitrary: fc.constant<CodeKind>("none"), weight: 2 }, fc.constantFrom(...CODES)),
          pick: fc.nat(1000),
        })
        .map(({ args, changes, ...rest }) => ({
          ...rest,
          args: (changes as Mutation[]).reduce<unknown>(
            (value, change) => (isObject(value) ? change(value) : value),
            args,
          ),
        })),
    ),
  );
}
