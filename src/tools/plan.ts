/** Applies a retention policy to the project, and issues a code for what it selects. */

import { cover } from "../call/plans.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import type { Image } from "../hcloud/types.ts";
import { byAge, type GroupBy, groupName } from "../housekeeping/groups.ts";
import { explainLoneImages } from "../housekeeping/lone-images.ts";
import { type Decision, decide, groupsOf, keepsGroup, type Policy } from "../housekeeping/policy.ts";
import { describePolicy } from "../housekeeping/policy-words.ts";
import { groupBy, instant, labelKey, labelSelector, z } from "../schema.ts";
import { type Call, defineTool, ToolError } from "../tool.ts";
import { viewPlan } from "../view/plan.ts";
import { BACKUPS_COST, priceOf } from "./money.ts";

/** Always protects an image from a plan. */
const KEEP_LABEL = "keep";

const MAX_CLOCK_DIFFERENCE_MS = 60 * 60 * 1000;

const count = z.number().int().min(1, "must be at least 1");

/** A policy for a new plan, or a page of a plan that was made. */
const planInput = z
  .object({
    type: z
      .enum(["snapshot", "backup"])
      .optional()
      .describe("Default snapshot. Hetzner rotates backups itself"),
    label_selector: labelSelector.optional().describe("Consider only images that match"),
    older_than_days: count.optional().describe("Select only images older than N days"),
    created_before: instant
      .optional()
      .describe("Select only images created before this day or time, e.g. 2026-01-31 (UTC)"),
    keep_last: count.optional().describe("Keep the newest N of each group. Default 1"),
    allow_empty_groups: z
      .boolean()
      .optional()
      .describe("Select even the newest of a group; not with keep_last. Default false"),
    group_by: groupBy(
      ["server", "description", "none"],
      "server (default), description, none or label:<key>; each architecture is a group of its own",
    ),
    keep_daily: count
      .optional()
      .describe("Keep the newest image of each of the last N days (UTC) that have one, per group"),
    keep_weekly: count.optional().describe("The same for ISO weeks"),
    keep_monthly: count.optional().describe("The same for months"),
    keep_label: labelKey
      .optional()
      .describe("Keep images with this label too; the label keep always protects"),
    plan: z.string().optional().describe("Code of a plan, to read its other pages"),
    page: count.optional().describe("Page of that plan. Default 1"),
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
        "a policy needs a criterion: label_selector, older_than_days, created_before, keep_last, keep_daily, keep_weekly or keep_monthly",
      );
    }
  });

export const planImageCleanup = defineTool({
  name: "hcloud_plan_image_cleanup",
  title: "Plan image cleanup",
  description:
    "Applies a retention policy and lists which snapshots (or backups) it would delete; deletes nothing. An image is selected only if it meets every criterion given. Always kept: protected images, images that are not available, images with the label keep, images in no group, and the newest of each group unless allow_empty_groups is true. Returns a complete summary per group, the selected images as a table, and a code for hcloud_delete_images.",
  effect: "read",
  input: planInput,
  output: z
    .object({ columns: z.array(z.string()), rows: z.array(z.array(z.unknown())), total: z.number() })
    .passthrough(),
  async run(input, hcloud, call) {
    const project = call.project && { project: call.project };
    if (input.plan !== undefined) return { ...project, ...readPlanPage(input.plan, input.page ?? 1, call) };
    const { type = "snapshot", label_selector } = input;
    const by = (input.group_by ?? "server") as GroupBy;
    const keep_labels = [...new Set([KEEP_LABEL, input.keep_label ?? KEEP_LABEL])];
    const policy: Policy = { ...input, group_by: by, keep_labels, bound: type === "backup" };
    const images = await hcloud.listAllImages({ type: [type], label_selector }, (done, total) =>
      call.progress(done, total, "reading images"),
    );
    refuseUnknownLabel(by, images);
    const now = timeOfApi(hcloud);
    const { price, money } = type === "backup" ? { price: null, money: BACKUPS_COST } : await priceOf(hcloud);
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
        ...call.plans.issue({ covered: cover(selected), keepers: keptNewest(decisions), pages }),
        next: whatNext(selected.length, pages.length, call),
      }),
    };
  },
});

/** Returns, for each selected image, the newest image that is kept for the sake of its group. */
function keptNewest(decisions: readonly Decision[]): Map<number, number> {
  return new Map(
    groupsOf(decisions).flatMap((group) => {
      const images = group.flatMap(({ image, kept }) => (keepsGroup(kept) ? [image] : []));
      const [newest] = images.sort(byAge);
      const selected = group.filter(({ kept }) => kept === null);
      return newest ? selected.map(({ image }): [number, number] => [image.id, newest.id]) : [];
    }),
  );
}

/** The time by the API's clock, in ms. A wrong clock of this machine must not decide the age of an image. */
function timeOfApi({ apiClock, clock }: ImagesApi): number {
  const { now, ahead } = apiClock() ?? { now: clock.now(), ahead: 0 };
  const minutes = Math.round(Math.abs(ahead) / 60_000);
  if (Math.abs(ahead) <= MAX_CLOCK_DIFFERENCE_MS) return now;
  throw new ToolError(
    "clock_differs",
    `The API's clock is ${Math.floor(minutes / 60)} h ${minutes % 60} min ${ahead > 0 ? "ahead of" : "behind"} this machine's clock. Nothing was planned. Correct this machine's clock, then call again.`,
  );
}

function whatNext(count: number, pages: number, { readOnly }: Call): string {
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
function readPlanPage(code: string, page: number, { plans }: Call) {
  const plan = plans.find(code);
  if (typeof plan === "string") throw new ToolError("code_refused", `plan: ${plan} Make a new plan.`);
  const found = plan.pages?.[page - 1];
  if (found) return found;
  const problem = plan.pages
    ? `page: must be at most ${plan.pages.length}`
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
