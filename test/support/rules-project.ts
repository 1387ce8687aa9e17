/** Random rules, invalid files, and projects that the rules concern. */

import fc from "fast-check";
import type { Image } from "../../src/hcloud/types.ts";
import { BIN, RESTORE } from "./bin.ts";
import { aged, DELETE, PLAN } from "./cleanup.ts";
import { EDIT, PROTECT, REMOVE, UPDATE } from "./forms-cases.ts";
import type { RuleSet, RulesContent } from "./rules-oracle.ts";

const TOOLS = [PLAN, DELETE, REMOVE, EDIT, UPDATE, PROTECT, BIN, RESTORE];

const selector = fc.constantFrom(
  ...["role=golden", "role==golden", " role ", "!temporary", "env!=dev", "env in (prod, staging)"],
  ...["env notin (dev, test)", "app=db,env=prod", "p/k=v", "keep", "app , !role", "bin/role"],
);

const everyRule = fc.record({
  never: fc.array(selector, { minLength: 1, maxLength: 2 }),
  min_age_days: fc.integer({ min: 1, max: 25 }),
  keep_at_least: fc.integer({ min: 1, max: 3 }),
  max_images_per_call: fc.integer({ min: 1, max: 6 }),
  max_images_per_day: fc.integer({ min: 1, max: 8 }),
  delete: fc.constantFrom("bin first" as const, "bin first" as const, "direct" as const),
  unprotect: fc.constantFrom("never" as const, "ask" as const),
  tools: fc.subarray(TOOLS, { minLength: 5 }),
  policies: fc.record({ nightly: fc.record({ older_than_days: fc.integer({ min: 1, max: 10 }) }) }),
});

const NAMES = [
  ...["never", "min_age_days", "keep_at_least", "max_images_per_call", "max_images_per_day"],
  ...["delete", "unprotect", "tools", "policies"],
] as (keyof RuleSet)[];

/** Sets of few rules, because a rule that forbids everything hides the others. */
export const rules = fc
  .tuple(everyRule, fc.subarray(NAMES, { minLength: 1, maxLength: 4 }))
  .map(([all, names]): RuleSet => Object.fromEntries(names.map((name) => [name, all[name]])));

export const content: fc.Arbitrary<RulesContent> = fc.oneof(
  { weight: 12, arbitrary: rules },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "",
      'nevr = ["role=golden"]',
      'never = ["="]',
      "never = [",
      "keep_at_least = -1",
      null,
    ),
  },
);

const label = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(
      fc.constantFrom("role", "env", "app", "p/k"),
      fc.constantFrom("golden", "prod", "db", "v", "dev"),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ["keep", ""],
      ["temporary", "yes"],
      ["constructor", "x"],
      ["bin/role", "golden"],
    ),
  },
);
export const labels = fc
  .array(label, { maxLength: 3 })
  .map((pairs): Record<string, string> => Object.fromEntries(pairs));

/** Values of `bin/due`; the clock starts on 2026-11-23. */
const due = fc.constantFrom(
  "2026-11-01",
  "2026-11-22",
  "2026-11-23",
  "2026-11-26",
  "soon",
  "2026-02-30",
  "",
  "0",
);
export const binnedLabels = fc
  .tuple(labels, fc.boolean(), due)
  .map(([labels, isHidden, day]) => ({ ...(isHidden ? hide(labels) : labels), "bin/due": day }));

export function hide(labels: Record<string, string>): Record<string, string> {
  const entries = Object.entries(labels).filter(([key]) => key !== "bin/due");
  return Object.fromEntries(
    entries.map(([key, value]) => [key.includes("/") ? `bin.${key}` : `bin/${key}`, value]),
  );
}

const image = fc.record({
  days: fc.integer({ min: 0, max: 40 }),
  type: fc.constantFrom("snapshot", "snapshot", "snapshot", "snapshot", "backup"),
  labels: fc.oneof({ weight: 1, arbitrary: labels }, { weight: 1, arbitrary: binnedLabels }),
  status: fc.constantFrom(...Array(9).fill("available"), "unavailable"),
  created_from: fc.constantFrom(...Array(4).fill({ id: 42, name: "web" }), { id: 43, name: "db" }, null),
  architecture: fc.constantFrom("x86", "x86", "x86", "x86", "arm"),
  protection: fc.constantFrom(false, false, true).map((on) => ({ delete: on })),
});

export const rulesProject = fc
  .array(image, { minLength: 6, maxLength: 10, size: "max" })
  .map((drafts) => drafts.map(({ days, ...rest }, i): Image => aged(1001 + i, days, rest)));
