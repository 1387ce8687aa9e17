/** Enforces the operator's rules in a session: they hold for each change, whatever was confirmed. */

import { type Clocks, earlierNow, measureClockSkew } from "../hcloud/api-time.ts";
import { classifyError } from "../hcloud/error-table.ts";
import { HcloudError } from "../hcloud/errors.ts";
import type { Forbid } from "../hcloud/image-change.ts";
import type { Image } from "../hcloud/types.ts";
import { describeDueDay, dueDay, isInBin } from "../housekeeping/bin.ts";
import { BIN_FIRST, NO_RULES, type Rules, ruleAgainst } from "../housekeeping/rules.ts";
import { isObject } from "../json.ts";
import { FORBIDDEN_BY_RULE, RuleError, ToolError } from "../tool-error.ts";
import { plural } from "../view/counts.ts";
import { describeRules } from "../view/rules-summary.ts";

/** The current state of the operator's rules file. */
export interface RulesState {
  /** The rules in force; when the file cannot be used, rules that restrict nothing. */
  rules: Rules;
  /** Differs whenever the file does; undefined without a file. */
  digest?: string | undefined;
  /** Why the file cannot be used, as a clause; every change is then refused. */
  problem?: string | undefined;
}

/** The operator's rules of one server. */
export interface OperatorRules {
  /** Reads the file again. */
  read(): RulesState;
  /** Counts the images that calls changed, or may have, in the 24 hours before `now`, in ms. Throws {@link ToolError}. */
  countDay(now: number): number;
}

/** The rules of a server without a rules file. */
export const NO_RULES_FILE: OperatorRules = { read: () => ({ rules: NO_RULES }), countDay: () => 0 };

/** Returns a check of each change against the current rules; once the rules differ from `before`, it forbids every change. */
export function createForbid(operator: OperatorRules, before: RulesState, clocks: Clocks): Forbid {
  return (change, image) => {
    const { rules, digest, problem } = operator.read();
    if (problem !== undefined) return new RuleError("the rules file cannot be used", unusable(problem));
    if (digest !== before.digest) return new RuleError("the operator's rules have changed", CHANGED);
    const rule = ruleAgainst(change, image, rules, earlierNow(clocks));
    return rule === null ? null : new RuleError(describeRule(image, rule), forbidden(image, rule));
  };
}

const CHANGED =
  "The operator's rules have changed during this call. Nothing was changed. Call again: what was agreed to before holds no longer.";

/** Throws {@link ToolError} while the rules file cannot be used. */
function refuseUnlessUsable({ problem }: RulesState): void {
  if (problem !== undefined) throw new ToolError("rules_unusable", unusable(problem));
}

/** Throws {@link ToolError} when the tool must not be called. */
export function refuseUnlessOffered(operator: OperatorRules, tool: string): void {
  const { tools } = operator.read().rules;
  if (!tools || tools.includes(tool)) return;
  throw new ToolError(
    FORBIDDEN_BY_RULE,
    `The operator's rules do not offer ${tool}. Nothing was sent. No call overrides the rules: tell the user.`,
  );
}

/** Throws {@link ToolError} when a change by the tool must not begin, or not go on. */
export function refuseUnlessAllowed(operator: OperatorRules, tool: string): void {
  refuseUnlessUsable(operator.read());
  refuseUnlessOffered(operator, tool);
}

/** Throws {@link ToolError} when `images` are more than one call may change, or more than remain of the last 24 hours. */
export function refuseAboveLimits(
  operator: OperatorRules,
  clocks: Clocks,
  images: number,
  areCounted = false,
): void {
  const { max_images_per_call: perCall, max_images_per_day: perDay } = operator.read().rules;
  if (perCall !== undefined && images > perCall) {
    throw new ToolError(
      FORBIDDEN_BY_RULE,
      `The operator's rules let one call delete, bin or unprotect at most ${plural(perCall, "image")} (max_images_per_call), and this one is for ${images}. Nothing was changed. Ask the user which images to take first.`,
    );
  }
  if (perDay === undefined) return;
  refuseUnlessClocksAgree(clocks);
  const used = operator.countDay(earlierNow(clocks)) - (areCounted ? images : 0);
  if (used + images <= perDay) return;
  throw new ToolError(
    FORBIDDEN_BY_RULE,
    `The operator's rules let all calls of 24 hours delete, bin or unprotect at most ${plural(perDay, "image")} (max_images_per_day); ${used} are used up, and this call is for ${images}. Nothing was changed. Ask the user which images to take, or try again later.`,
  );
}

/** Throws {@link ToolError} when the clocks differ: audit lines have this machine's time, and would count for another day. */
function refuseUnlessClocksAgree(clocks: Clocks): void {
  if (measureClockSkew(clocks) === null) return;
  throw new ToolError(
    "clock_differs",
    "The API's clock and this machine's clock differ by more than an hour, so that the images of a day cannot be counted (max_images_per_day). Nothing was changed. Correct this machine's clock, then call again.",
  );
}

/** The count of one call's images for the operator's rules. */
export interface CallLimits {
  /** Counts images before they are changed. Throws {@link ToolError} when the rules allow fewer. */
  admit(images: number): void;
  /** Returns, for the call's last audit line, how many images the call changed or may have, by that line's details or its error. */
  countedBy(end: unknown): { counted?: number };
}

/** Returns the limits of one call; `recordOrAbort` writes the count to the audit file before the first change. */
export function createCallLimits(
  operator: OperatorRules,
  clocks: () => Clocks,
  recordOrAbort: (outcome: string, more: object) => void,
): CallLimits {
  let admitted: number | undefined;
  return {
    admit(images) {
      refuseUnlessUsable(operator.read());
      refuseAboveLimits(operator, clocks(), images);
      if (operator.read().rules.max_images_per_day === undefined) return;
      recordOrAbort("counted", { counted: images });
      admitted = images;
      // Another process may have counted at the same time.
      refuseAboveLimits(operator, clocks(), images, true);
    },
    countedBy: (end) => (admitted === undefined ? {} : { counted: countChanged(end, admitted) }),
  };
}

/** Returns how many images a call changed; an uncertain change counts. */
function countChanged(end: unknown, admitted: number): number {
  if (end instanceof ToolError) return 0;
  if (end instanceof HcloudError) return classifyError(end).effect === "unknown" ? admitted : 0;
  if (!isObject(end)) return admitted;
  if (end["status"] === "unchanged") return 0;
  const changed = end["deleted"] ?? end["binned"] ?? end["edited"];
  if (!Array.isArray(changed)) return admitted;
  const failed = Array.isArray(end["failed"]) ? end["failed"] : [];
  return changed.length + failed.filter(({ code }) => code === "outcome_unknown").length;
}

/** Returns the rules, or the problem with their file, in words for an MCP client; null when there are none. */
export function describeRulesState({ rules, problem }: RulesState): string | null {
  return problem === undefined ? describeRules(rules) : unusable(problem);
}

function unusable(problem: string): string {
  return `The rules file set in HCLOUD_IMAGES_RULES cannot be used: ${problem}. Nothing was changed, and every change is refused until the file is correct. Reading works. Ask the operator of this server to correct it.`;
}

function forbidden(image: Image, rule: string): string {
  const next =
    rule === BIN_FIRST
      ? adviseBinFirst(image)
      : "No call or confirmation overrides the operator's rules: tell the user.";
  return `The operator's rules forbid this for image ${image.id} (${rule}). Nothing was changed. ${next}`;
}

function adviseBinFirst(image: Image): string {
  if (!isInBin(image))
    return "Put it into the bin with hcloud_bin_images; it can be deleted once its day has passed.";
  return dueDay(image) === null
    ? "It is in the bin, and its day cannot be read: take it out with hcloud_restore_images, then put it into the bin with hcloud_bin_images."
    : `It is ${describeDueDay([image])}, and can be deleted after that day.`;
}

/** Returns the rule as a reason in a list; of an image that is in the bin already, with its day. */
function describeRule(image: Image, rule: string): string {
  return rule === BIN_FIRST && isInBin(image) ? `${rule}, ${describeDueDay([image])}` : rule;
}
