/** Applies a retention policy to the project, or takes chosen images, and issues a code for what would be deleted. */

import { apiNow } from "../hcloud/api-time.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import type { Image } from "../hcloud/types.ts";
import { hasLabel, isInBin } from "../housekeeping/bin.ts";
import { gigabytes } from "../housekeeping/costs.ts";
import { type GroupBy, groupName } from "../housekeeping/groups.ts";
import { explainLoneImages } from "../housekeeping/lone-images.ts";
import { decide, type Policy } from "../housekeeping/policy.ts";
import { describePolicy } from "../housekeeping/policy-words.ts";
import { applyRules, needsBinFirst, type Rules, rulesKeeping } from "../housekeeping/rules.ts";
import { KEEP_LABEL } from "../label-sets.ts";
import { z } from "../schema.ts";
import { didYouMean, quote } from "../text.ts";
import { type CallContext, defineTool } from "../tool.ts";
import { ToolError } from "../tool-error.ts";
import { describeBinned } from "../view/bin.ts";
import { deletionWords } from "../view/code-words.ts";
import { plural } from "../view/counts.ts";
import { summarizePlan } from "../view/deletion-summary.ts";
import { rowsOfImages } from "../view/images.ts";
import { describeLastImages } from "../view/last-images.ts";
import { type PlanPage, viewPlan } from "../view/plan.ts";
import { viewChosenPage, viewPlanPage } from "../view/plan-page.ts";
import { listRenames, viewRenames } from "../view/renames.ts";
import { toMinute } from "../view/time.ts";
import { whyNotDeletable } from "./chosen-images.ts";
import { policyNow } from "./clock.ts";
import { readDeletable } from "./deletion-preview.ts";
import { DELETE_TOOL, type DeletionTargets, findPlan, PLAN_TOOL } from "./deletion-targets.ts";
import { findImages } from "./find-images.ts";
import { readLastImages } from "./last-images.ts";
import { BACKUPS_COST, readPrice, savingsAt } from "./money.ts";
import { planInput } from "./plan-input.ts";
import { rowsOutput } from "./shared.ts";

type PlanInput = z.output<typeof planInput>;

const NOT_DUE = "the operator's rules let an image be deleted only after its last day in the bin";

export const planImageCleanup = defineTool({
  name: PLAN_TOOL,
  title: "Plan image cleanup",
  description:
    "Applies a retention policy and lists which snapshots (or backups) it would delete; deletes nothing. Needs at least one criterion; selects only images that meet all given. Always keeps images that are protected, not available, labelled keep or in no group, and the newest of each group unless allow_empty_groups is true. Returns all groups, a table of the selected images, and a code for hcloud_delete_images.",
  effect: "read",
  patient: true,
  page: true,
  input: planInput,
  policyArgument: "policy",
  output: z
    .object({
      summary: z.string(),
      columns: z.array(z.string()),
      rows: rowsOutput,
      total: z.number(),
      as_of: z.string(),
    })
    .passthrough(),
  async run(input, api, call) {
    if (input.plan !== undefined) return readPlanPage(input.plan, input.page ?? 1, call);
    if (input.ids) return planChosen(input.ids, api, call);
    return planByPolicy(input.policy === undefined ? input : namedPolicy(input, call), api, call);
  },
});

async function planByPolicy(input: PlanInput, api: ImagesApi, call: CallContext) {
  const { type = "snapshot", label_selector, server, exclude_servers, description_contains, explain } = input;
  const by = (input.group_by ?? "server") as GroupBy;
  const keep_labels = [...new Set([KEEP_LABEL, input.keep_label ?? KEEP_LABEL])];
  const policy: Policy = { ...input, group_by: by, keep_labels, bound: type === "backup" };
  const given = { server, exclude_servers, description_contains };
  const { images, considered, filter } = await findImages({ type: [type], label_selector }, given, api, call);
  refuseUnknownLabel(by, images);
  const now = policyNow(api);
  const { price, money } = type === "backup" ? { price: null, money: BACKUPS_COST } : await readPrice(api);
  const words = describePolicy({ policy, type, label_selector, filter: given });
  const {
    rules,
    renames: { formerDescription },
  } = call;
  const decided = decide(images, policy, now);
  const isAnySelected = decided.some(({ kept }) => kept === null);
  // Images that the plan does not consider count as kept.
  const all =
    label_selector !== undefined && isAnySelected ? await api.listAllImages({ type: [type] }) : considered;
  const decisions = applyRules(decided, all, rules, now);
  const note = explainLoneImages(decisions, policy, type, now);
  const isPartial = label_selector !== undefined || description_contains !== undefined;
  const options = { groupBy: by, price, now, isPartial, explain, textBefore: words, formerDescription };
  const { selected, summary, pages } = viewPlan(decisions, options);
  const last = describeLastImages(selected, all);
  const binFirst = needsBinFirst(selected, rules, now);
  call.showPage?.({
    ...viewPlanPage(decisions, type, price, formerDescription),
    ...(binFirst && { bin_first: true }),
  });
  const targets = {
    images: selected,
    selection: { policy, type, label_selector, filter },
    pages,
    emptied: last.emptied,
  };
  return {
    summary: summarizePlan(
      selected,
      { considered: images.length, noun: type, warning: last.warning?.inSummary },
      summary.to_delete.saves_per_month,
    ),
    ...(call.project && { project: call.project }),
    policy: words,
    ...summary,
    // Without these filters, the groups of the summary say so.
    ...(isPartial && last.shown),
    ...(money && { money }),
    ...(note && { note }),
    ...(noImageHasLabel(input.keep_label, images) && {
      warning: `no image has the label ${input.keep_label}`,
    }),
    ...pages[0],
    ...issueCode(targets, { pages, binFirst }, call),
  };
}

/** Returns a preview of exactly these images, from a tool that deletes nothing: some MCP clients refuse any other, or ask first. */
async function planChosen(ids: readonly number[], api: ImagesApi, call: CallContext) {
  const {
    rules,
    renames: { formerDescription },
  } = call;
  const whyNot = (image: Image) =>
    whyNotDeletable(image, KEEP_LABEL) ?? rulesKeeping(image, rules, apiNow(api))[0] ?? null;
  const { images, notDeletable } = await readDeletable(ids, { whyNot, rules }, api);
  const now = policyNow(api);
  const [price, last] = await Promise.all([readPrice(api), readLastImages(images, api)]);
  const money = savingsAt(price, images);
  const binned = describeBinned(images);
  const targets = { images, notDeletable, emptied: last.emptied };
  const binFirst = needsBinFirst(images, rules, now);
  call.showPage?.({
    ...viewChosenPage(images, price.price, formerDescription),
    ...(binFirst && { bin_first: true }),
  });
  return {
    summary: summarizePlan(images, { warning: last.warning?.inSummary }, money.saves_per_month),
    ...(call.project && { project: call.project }),
    to_delete: { images: images.length, gb: gigabytes(images), ...money },
    ...last.shown,
    ...(notDeletable.length > 0 && { not_deletable: notDeletable }),
    ...(binned && { bin: binned }),
    ...viewRenames(listRenames(images, formerDescription)),
    ...rowsOfImages(images, now),
    total: images.length,
    as_of: toMinute(now),
    ...issueCode(targets, { pages: [], binFirst }, call),
  };
}

interface Shown {
  pages: readonly PlanPage[];
  binFirst: boolean;
}

function issueCode(targets: DeletionTargets, { pages, binFirst }: Shown, call: CallContext) {
  const { images } = targets;
  const cannot = call.cannotDelete ?? (binFirst && images.every(isInBin) ? NOT_DUE : null);
  // The server stores a row for every image of an explained plan.
  const shown = { ...targets, size: Math.max(images.length, pages[0]?.total ?? 0) };
  const others = pages.length > 1 ? "read the others with plan and page." : "";
  if (images.length === 0 || cannot !== null) {
    const why = images.length > 0 ? `, and nothing can be: ${cannot}` : "";
    if (!others) return why && { next: `Nothing was deleted${why}.` };
    const { confirm: plan } = call.codes.issue("plan", { tool: PLAN_TOOL, shown });
    return { plan, next: `Nothing was deleted${why}. There are ${pages.length} pages: ${others}` };
  }
  const rest = others && ` The code covers all ${pages.length} pages: ${others}`;
  const next = `Nothing was deleted.${rest} Show the plan to the user; only after they agree, ${nextCall(images.length, binFirst, call.rules)}.`;
  return { ...call.codes.issue(deletionWords(images), { tool: DELETE_TOOL, shown }), next };
}

function nextCall(count: number, binFirst: boolean, { max_images_per_call: most }: Rules): string {
  const how = binFirst
    ? `call hcloud_bin_images with plan (this code) and count ${count}: the operator's rules let nothing be deleted that was not in the bin`
    : `call ${DELETE_TOOL} with confirm and count ${count}`;
  const isTooMany = most !== undefined && count > most;
  return isTooMany
    ? `${how}; the operator's rules allow ${plural(most, "image")} in one call: ask which to except`
    : how;
}

/** Returns the policy that the call names. Throws {@link ToolError} for a name that the operator's rules do not have. */
function namedPolicy({ policy = "", explain }: PlanInput, { rules }: CallContext): PlanInput {
  const named = Object.hasOwn(rules.policies, policy) ? rules.policies[policy] : undefined;
  if (named) return { ...named, explain };
  const names = Object.keys(rules.policies);
  throw new ToolError(
    "invalid_input",
    `policy: the operator's rules have no policy ${quote(policy)}.${didYouMean(policy, names)} Nothing was planned. Give criteria instead.`,
  );
}

/** Whether no image has the label, which is then probably mistyped. */
function noImageHasLabel(label: string | undefined, images: readonly Image[]): boolean {
  return label !== undefined && images.length > 0 && !images.some((image) => hasLabel(image, label));
}

/** Returns a page of a plan; sends no request. Throws {@link ToolError}. */
function readPlanPage(code: string, page: number, { codes, project }: CallContext) {
  const { pages = [] } = findPlan(code, codes);
  const shown = pages[page - 1];
  if (shown) {
    const summary = `Page ${page} of ${pages.length} of a plan: ${shown.shown ?? "all rows"}. Nothing deleted yet.`;
    return { summary, ...(project && { project }), ...shown };
  }
  const problem =
    pages.length > 0
      ? `page: must be a whole number from 1 to ${pages.length}, not ${page}`
      : "plan: must be the code of a plan; the code of a preview has no pages";
  throw new ToolError(
    "invalid_input",
    `${problem}. Nothing was sent. Correct the arguments and call ${PLAN_TOOL} again.`,
  );
}

/** Throws {@link ToolError} for a label that no image has: every image would be in no group. */
function refuseUnknownLabel(by: GroupBy, images: readonly Image[]): void {
  if (!by.startsWith("label:") || images.length === 0) return;
  if (images.some((image) => groupName(image, by) !== null)) return;
  throw new ToolError(
    "invalid_input",
    `group_by: none of the images has the label ${JSON.stringify(by.slice("label:".length))}. Nothing was planned. Group by something else, or select images by label_selector.`,
  );
}
