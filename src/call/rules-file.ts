/** Reads the operator's rules file again for every change, and checks the file as a whole. */

import { createHash } from "node:crypto";
import { parse, TomlError } from "smol-toml";
import { readRulesText } from "../config/rules-text.ts";
import { NO_RULES, type Rules } from "../housekeeping/rules.ts";
import { parseSelector } from "../labels.ts";
import { describeProblems } from "../problems.ts";
import { count, labelSelector, z } from "../schema.ts";
import { clean, didYouMean, quote } from "../text.ts";
import { type Counted, countChangedImages } from "./audit-count.ts";
import type { OperatorRules, RulesState } from "./rules.ts";

export interface RulesFileOptions extends Counted {
  /** As it was set; a relative path is a problem. */
  path: string;
  /** Absolute path of the audit file, which `max_images_per_day` counts in; null for none. */
  auditFile: string | null;
  /** The names of all tools. */
  tools: readonly string[];
  /** The arguments that a policy may give to a plan. */
  policy: z.ZodTypeAny;
}

const MAX_PROBLEM_CHARS = 300;

const EMPTY = "it is empty";

/** Opens the rules without reading them yet. Never throws: a file that cannot be used is a {@link RulesState} with a problem. */
export function openRulesFile(options: RulesFileOptions): OperatorRules {
  const { path, auditFile } = options;
  let known: { text: string; state: RulesState } | undefined;

  return {
    read() {
      const found = readRulesText(path);
      if ("problem" in found) return withProblem(found.problem);
      const { text } = found;
      if (known?.text !== text) known = { text, state: parseState(text, options) };
      return known.state;
    },
    countDay: (now) => (auditFile === null ? 0 : countChangedImages(auditFile, options, now)),
  };
}

class RulesError extends Error {}

function withProblem(problem: string, digest = "unusable"): RulesState {
  return { rules: NO_RULES, digest, problem: clean(problem, MAX_PROBLEM_CHARS) };
}

function parseState(text: string, options: RulesFileOptions): RulesState {
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 12);
  try {
    const rules = parseRules(text, options);
    if (rules.max_images_per_day !== undefined && options.auditFile === null)
      throw new RulesError(
        "max_images_per_day counts in the audit file, and HCLOUD_IMAGES_AUDIT_FILE is not set",
      );
    return { rules, digest };
  } catch (error) {
    if (error instanceof RulesError) return withProblem(error.message, digest);
    throw error;
  }
}

function parseRules(text: string, { tools, policy }: RulesFileOptions): Rules {
  // An editor that is about to write the file may have emptied it.
  if (text.trim() === "") throw new RulesError(EMPTY);
  const file = parseToml(text);
  // Somebody may have commented out all rules.
  if (Object.keys(file).length === 0) throw new RulesError("it has no rules");
  const parsed = createSchema(tools, policy).safeParse(file);
  if (!parsed.success) {
    const [first = ""] = describeProblems(parsed.error, RULE_NAMES).split("\n");
    throw new RulesError(first.replace("unknown argument", "unknown rule").replace(/\.$/, ""));
  }
  const { never = [], delete: deletion, unprotect, policies = {}, ...limits } = parsed.data;
  return {
    ...limits,
    never: never.map((selector) => ({ selector, requirements: parseSelector(selector) })),
    binFirst: deletion === "bin first",
    keepProtection: unprotect === "never",
    policies,
  };
}

function parseToml(text: string): object {
  try {
    return parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw new RulesError(`line ${error.line} is not valid TOML`);
  }
}

const RULE_NAMES = [
  "never",
  "min_age_days",
  "keep_at_least",
  "max_images_per_call",
  "max_images_per_day",
  "delete",
  "unprotect",
  "tools",
  "policies",
];

const POLICY_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/;

function createSchema(tools: readonly string[], policy: z.ZodTypeAny) {
  const tool = z.string().superRefine((name, context) => {
    if (tools.includes(name)) return;
    context.addIssue({
      code: "custom",
      message: `there is no tool ${quote(name)}.${didYouMean(name, tools)}`,
    });
  });
  return z
    .object({
      never: z.array(labelSelector).optional(),
      min_age_days: count().optional(),
      keep_at_least: count().optional(),
      max_images_per_call: count(100_000).optional(),
      max_images_per_day: count(100_000).optional(),
      delete: z.enum(["bin first", "direct"]).optional(),
      unprotect: z.enum(["never", "ask"]).optional(),
      tools: z.array(tool).optional(),
      policies: z
        .record(z.string().regex(POLICY_NAME, "must be 1 to 40 letters, digits, - or _"), policy)
        .optional(),
    })
    .strict();
}
