/** Applies a retention policy to the project, and issues a code for what it selects. */

import type { Image } from "../hcloud/types.ts";
import { type GroupBy, groupName } from "../housekeeping/groups.ts";
import { explainLoneImages } from "../housekeeping/lone-images.ts";
import { decide, type Policy } from "../housekeeping/policy.ts";
import { describePolicy } from "../housekeeping/policy-words.ts";
import { count, groupBy, instant, labelKey, labelSelector, oneOf, z } from "../schema.ts";
import { type CallContext, defineTool, ToolError } from "../tool.ts";
import { deletionWords } from "../view/code-words.ts";
import { viewPlan } from "../view/plan.ts";
import { policyNow } from "./clock.ts";
import { DELETE_IMAGES, type DeletionTargets } from "./delete-images.ts";
import { BACKUPS_COST, priceOf } from "./money.ts";
import { rowsOutput } from "./shared.ts";

/** Always protects an image from a plan. */
const KEEP_LABEL = "keep";

/** A policy for a new plan, or a page of a plan that was made. */
const planInput = z
  .object({
    type: oneOf("snapshot", "backup").optional().describe("Default snapshot. Hetzner rotates backups itself"),
    label_selector: labelSelector.optional().describe("Consider only images that match"),
    older_than_days: count().optional().describe("Select only images older than N times 24 hours"),
    created_before: instant
      .optional()
      .describe("Select only images created before this day or time, e.g. 2026-01-31 (UTC)"),
    keep_last: count()
      .optional()
      .describe(
        "Keep the newest N of each group. Default 1. Protected and labelled images count, unfinished ones do not",
      ),
    allow_empty_groups: z
      .boolean()
      .optional()
      .describe("Select even the newest of a group; not with keep_last. Default false"),
    group_by: groupBy(
      ["server", "description", "none"],
      "server (default), description, none or label:<key>; each architecture is a group of its own",
    ),
    keep_daily: count()
      .optional()
      .describe("Keep the newest image of each of the last N days (UTC) that have one, per group"),
    keep_weekly: count().optional().describe("The same for ISO weeks"),
    keep_monthly: count().optional().describe("The same for months"),
    keep_within_days: count()
      .optional()
      .describe("Keep images made less than N days before the newest of their group"),
    keep_label: labelKey
      .optional()
      .describe("Keep images with this label too; the label keep always protects"),
    plan: z.string().optional().describe("Code of a plan, to read its other pages"),
    page: count().optional().describe("Page of that plan. Default 1"),
  })
  .strict()
  .superRefine(({ plan, page, type, group_by, keep_label, allow_empty_groups, ...criteria }, context) => {
    const fail = (message: string, ...path: string[]) => context.addIssue({ code: "custom", path, message });
    const policy = [type, group_by, keep_label, allow_empty_groups, ...Object.values(criteria)];
    const hasPolicy = policy.some((value) => value !== undefined);
    if (plan !== undefined && hasPolicy) fail("must be given with page only, without a policy", "plan");
    if (plan !== undefined) return;
    if (page !== undefined) fail("must be given with plan", "page");
    if (allow_empty_groups && criteria.keep_last !== undefined)
      fail("must not be true when keep_last is given", "allow_empty_groups");
    if (Object.values(criteria).every((value) => value === undefined)) {
      fail(
        "a policy needs a criterion: label_selector, older_than_days, created_before, keep_last, keep_daily, keep_weekly, keep_monthly or keep_within_days",
      );
    }
  });

export const planImageCleanup = defineTool({
  name: "hcloud_plan_image_cleanup",
  title: "Plan image cleanup",
  description:
    "Applies a retention policy and lists which snapshots (or backups) it would delete; deletes nothing. An image is selected only if it meets every criterion given. Always kept: protected images, images that are not available, images with the label keep, images in no group, and the newest of each group unless allow_empty_groups is true. Returns a complete summary per group, the selected images as a table, and a code for hcloud_delete_images.",
  effect: "read",
  patient: true,
  input: planInput,
  output: z.object({ columns: z.array(z.string()), rows: rowsOutput, total: z.number() }).passthrough(),
  async run(input, api, call) {
    const project = call.project && { project: call.project };
    if (input.plan !== undefined) return { ...project, ...readPlanPage(input.plan, input.page ?? 1, call) };
    const { type = "snapshot", label_selector } = input;
    const by = (input.group_by ?? "server") as GroupBy;
    const keep_labels = [...new Set([KEEP_LABEL, input.keep_label ?? KEEP_LABEL])];
    const policy: Policy = { ...input, group_by: by, keep_labels, bound: type === "backup" };
    const images = await api.listAllImages({ type: [type], label_selector }, (done, total) =>
      call.progress(done, total, "reading images"),
    );
    refuseUnknownLabel(by, images);
    const now = policyNow(api);
    const { price, money } = type === "backup" ? { price: null, money: BACKUPS_COST } : await priceOf(api);
    const words = describePolicy(policy, type, label_selector);
    const decisions = decide(images, policy, now);
    const note = explainLoneImages(decisions, policy, type, now);
    const { selected, summary, pages } = viewPlan(decisions, by, price, now, words);
    const [first = { columns: [], rows: [], total: 0, page: 1 }] = pages;
    return {
      ...project,
      policy: words,
      ...summary,
      ...(money && { money }),
      ...(note && { note }),
      ...(noImageHasLabel(input.keep_label, images) && {
        warning: `no image has the label ${input.keep_label}`,
      }),
      ...first,
      ...(selected.length > 0 && {
        ...call.codes.issue(deletionWords(selected), {
          tool: DELETE_IMAGES,
          shown: { images: selected, selection: { policy, type, label_selector }, pages } as DeletionTargets,
        }),
        next: whatNext(selected.length, pages.length, call),
      }),
    };
  },
});

function whatNext(count: number, pages: number, { readOnly }: CallContext): string {
  const rest = pages > 1 ? ` The code covers all ${pages} pages: read the others with plan and page.` : "";
  if (readOnly) return `Nothing was deleted, and nothing can be: this server runs read-only.${rest}`;
  return `Nothing was deleted.${rest} Show the plan to the user; only after they agree, call hcloud_delete_images with confirm and count ${count}.`;
}

/** A label that no image has is probably mistyped. */
function noImageHasLabel(label: string | undefined, images: readonly Image[]): boolean {
  return (
    label !== undefined && images.length > 0 && !images.some((image) => Object.hasOwn(image.labels, label))
  );
}

/** Returns a page of a plan that was made; sends no request. */
function readPlanPage(code: string, page: number, { codes }: CallContext) {
  const plan = codes.find(code, DELETE_IMAGES);
  if (typeof plan === "string") throw new ToolError("code_refused", `plan: ${plan} Make a new plan.`);
  const { pages } = plan.shown as DeletionTargets;
  const found = pages?.[page - 1];
  if (found) return found;
  const problem = pages
    ? `page: must be at most ${pages.length}`
    : "plan: must be the code of a plan; the code of a preview has no pages";
  throw new ToolError("invalid_input", problem);
}

/** Grouped by a label that no image has, every image would be in no group. */
function refuseUnknownLabel(by: GroupBy, images: readonly Image[]): void {
  if (!by.startsWith("label:") || images.length === 0) return;
  if (images.some((image) => groupName(image, by) !== null)) return;
  throw new ToolError(
    "invalid_input",
    `group_by: none of the images has the label ${JSON.stringify(by.slice("label:".length))}. Nothing was planned. Group by something else, or select images by label_selector.`,
  );
}
