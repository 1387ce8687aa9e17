/** Describes the operator's rules in one sentence, for a model and its user. */

import type { Rules } from "../housekeeping/rules.ts";
import { plural } from "./counts.ts";

/** Returns null when there are no rules. */
export function describeRules(rules: Rules): string | null {
  const { never, min_age_days: age, keep_at_least: least, tools, policies } = rules;
  const { max_images_per_call: perCall, max_images_per_day: perDay } = rules;
  const names = Object.keys(policies);
  const parts = [
    never.length > 0 &&
      `images that match ${never.map(({ selector }) => selector).join(" or ")} are never deleted, binned or unprotected`,
    age !== undefined && `no image younger than ${plural(age, "day")} is deleted`,
    least !== undefined &&
      `${plural(least, "available image")} of each type, server and architecture ${least === 1 ? "is" : "are"} kept`,
    perCall !== undefined && `one call deletes, bins or unprotects at most ${plural(perCall, "image")}`,
    perDay !== undefined && `all calls of 24 hours at most ${plural(perDay, "image")}`,
    rules.binFirst && "only images from the bin are deleted, after their day",
    rules.keepProtection && "protection is never lifted",
    tools && `only ${plural(tools.length, "tool")} ${tools.length === 1 ? "is" : "are"} offered`,
    names.length > 0 && `policies for plans: ${names.join(", ")}`,
  ].filter(Boolean);
  return parts.length > 0 ? `The operator's rules, which nothing overrides: ${parts.join("; ")}.` : null;
}
