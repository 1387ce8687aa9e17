/** Opens the operator's rules, which can name the tools and the arguments of a plan. */

import type { OperatorRules } from "../call/rules.ts";
import { openRulesFile } from "../call/rules-file.ts";
import type { Config } from "../config/options.ts";
import type { Tool } from "../tool.ts";
import { tools } from "./index.ts";
import { namedPolicyInput } from "./plan-input.ts";

/** Opens the file at `path`, which is as it was set. Never throws: a problem with the file is part of its state. */
export function openRules(
  path: string,
  { auditFile, demo }: Pick<Config, "auditFile" | "demo">,
): OperatorRules {
  const names = tools.map(({ name }) => name);
  const isCounted = (tool: Tool) => tool.effect === "destructive" && tool.change !== undefined;
  const countedTools = tools.filter(isCounted).map(({ name }) => name);
  return openRulesFile({ path, auditFile, demo, tools: names, countedTools, policy: namedPolicyInput });
}
