/** Random tool calls in pairs: as the schemas advertise them, and as models send them. */

import fc from "fast-check";
import { z } from "../../src/schema.ts";

/** Returns the value of an argument as the tool gets it; undefined if the schema refuses the argument. */
export function parseArgument(schema: z.ZodTypeAny, value: unknown): unknown {
  const parsed = z.object({ value: schema }).strict().safeParse({ value });
  return parsed.success ? parsed.data.value : undefined;
}

type Args = Record<string, unknown>;

/** One argument or all arguments of a call, in both forms. */
interface Pair<T = unknown> {
  strict: T;
  lenient: unknown;
}

/** Pairs a strict value with the same value in one of these forms. */
function argument<T>(values: fc.Arbitrary<T>, ...forms: ((value: T) => unknown)[]): fc.Arbitrary<Pair<T>> {
  return fc
    .tuple(
      values,
      fc.constantFrom((value: T): unknown => value, ...forms),
    )
    .map(([strict, form]) => ({ strict, lenient: form(strict) }));
}

const lone = (value: unknown) => [value];
const one = <T>(values: fc.Arbitrary<T>) => argument(values, lone);
const number = (values: fc.Arbitrary<number>) => argument(values, String, lone, (n) => [String(n)]);
const flag = argument(fc.boolean(), String, lone);

const list = <T extends string | number>(items: fc.Arbitrary<T>) =>
  argument(
    fc.uniqueArray(items, { minLength: 1, maxLength: 4 }),
    (values) => values.join(","),
    (values) => values.join(" , "),
    (values) => values.map(String),
    (values) => JSON.stringify(values),
    (values) => JSON.stringify(values.map(String), null, 1),
    (values) => (values.length === 1 ? values[0] : values),
  );

const key = fc.constantFrom("env", "role", "keep", "app.kubernetes.io/name", "1", "a");
const value = fc.constantFrom("", "prod", "web", "1.2_3-4", "2026");
const pairsOf = (labels: Record<string, string>) => Object.entries(labels).map(([k, v]) => `${k}=${v}`);
const orItself = (labels: Record<string, string>, other: unknown) =>
  Object.keys(labels).length === 0 ? labels : other;

const labels = argument(
  fc.dictionary(key, value, { maxKeys: 3, noNullPrototype: true }),
  (all) => orItself(all, pairsOf(all).join(",")),
  (all) => orItself(all, pairsOf(all).join(", ")),
  (all) => orItself(all, pairsOf(all).join(" ")),
  (all) => orItself(all, pairsOf(all)),
  lone,
  (all) => JSON.stringify(all),
  (all) => JSON.stringify(all, null, 2),
);

const equalities = fc.dictionary(key, value, { minKeys: 1, maxKeys: 3, noNullPrototype: true }).chain((all) =>
  argument(
    fc.constant(pairsOf(all).join(",")),
    lone,
    () => all,
    () => [all],
    () => JSON.stringify(all),
    () => Object.fromEntries(Object.entries(all).map(([k, v]) => [k, v === "2026" ? 2026 : v])),
  ),
);
const selector = fc.oneof(
  { arbitrary: equalities, weight: 4 },
  one(fc.constantFrom("env!=prod,!keep", "role in (web, db)", "keep", "env notin (a)")),
);

const instant = argument(
  fc.constantFrom("2026-01-31", "2024-02-29T12:00Z", "2026-06-23T12:00:00Z", "2026-06-23T12:00:00.5+02:00"),
  (time) => time.replace("T", " "),
  (time) => [time.replace("T", " ")],
);

const id = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant(Number.MAX_SAFE_INTEGER));
const count = number(fc.integer({ min: 1, max: 300 }));
const page = number(fc.integer({ min: 1, max: 3 }));

const ARGUMENTS: Record<string, Record<string, fc.Arbitrary<Pair>>> = {
  hcloud_list_images: {
    type: list(fc.constantFrom("snapshot", "backup", "system", "app")),
    status: list(fc.constantFrom("available", "creating", "unavailable")),
    label_selector: selector,
    name: one(fc.constantFrom("debian-12", "a,b")),
    bound_to: list(id),
    architecture: one(fc.constantFrom("x86", "arm")),
    include_deprecated: flag,
    sort: list(fc.constantFrom("id", "created:desc", "name:asc")),
    page,
    per_page: number(fc.integer({ min: 1, max: 50 })),
  },
  hcloud_plan_image_cleanup: {
    type: one(fc.constantFrom("snapshot", "backup")),
    label_selector: selector,
    older_than_days: count,
    created_before: instant,
    keep_last: count,
    group_by: one(fc.constantFrom("server", "none", "label:env")),
    keep_daily: count,
    keep_label: one(key),
  },
  hcloud_delete_images: { ids: list(id) },
  hcloud_bin_images: { ids: list(id), days: number(fc.integer({ min: 1, max: 90 })), hide: flag },
  hcloud_restore_images: { ids: list(id) },
  hcloud_edit_image_labels: { ids: list(id), set: labels, remove: list(key) },
  hcloud_update_image: { id: number(id), labels, type: one(fc.constant("snapshot")) },
  hcloud_list_actions_for_image: { id: number(id), status: list(fc.constantFrom("running", "error")), page },
  hcloud_report_images: { group_by: one(fc.constantFrom("os", "label:a")), label_selector: selector },
};

export const TOOLS = Object.keys(ARGUMENTS);

/** Returns random calls of one tool with some of its arguments, always with ids. */
export function lenientCalls(tool: string): fc.Arbitrary<{ strict: Args; lenient: Args }> {
  const shape = ARGUMENTS[tool] ?? {};
  const requiredKeys = Object.keys(shape).filter((name) => name === "id" || name === "ids");
  return fc.record(shape, { requiredKeys }).map((call) => {
    const form = (which: keyof Pair) =>
      Object.fromEntries(Object.entries(call).map(([name, pair]) => [name, (pair as Pair)[which]]));
    return { strict: form("strict"), lenient: form("lenient") };
  });
}
