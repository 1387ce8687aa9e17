/** The arguments of a plan: a policy for a new plan, ids of a chosen one, or a page of a plan that was made. */

import { GROUP_CRITERIA } from "../housekeeping/group-rules.ts";
import {
  count,
  flag,
  groupBy,
  imageIds,
  instant,
  labelKey,
  labelSelector,
  oneOf,
  servers,
  text,
  z,
} from "../schema.ts";

/** A policy needs at least one of these. */
const CRITERIA = [
  "label_selector",
  "server",
  "description_contains",
  "older_than_days",
  "created_before",
  ...GROUP_CRITERIA,
  "bin",
];

/** The arguments about groups: no group keeps an image in the bin. */
const OF_GROUPS = [...GROUP_CRITERIA, "allow_empty_groups"];

export const planInput = z
  .object({
    type: oneOf("snapshot", "backup").optional().describe("Default snapshot; Hetzner rotates backups"),
    label_selector: labelSelector.optional().describe("Consider only images that match"),
    server: servers("Consider only images of these servers: id or exact name"),
    exclude_servers: servers("Consider no images of these servers"),
    description_contains: text(
      "Consider only images whose description contains this, in any case",
    ).optional(),
    older_than_days: count().optional().describe("Select only images older than N times 24 hours"),
    created_before: instant
      .optional()
      .describe("Select only images created before this day or time, e.g. 2026-01-31 (UTC)"),
    keep_last: count()
      .optional()
      .describe(
        "Keep the newest N available images of each group; those protected or labelled keep count. Default 1",
      ),
    allow_empty_groups: z
      .boolean()
      .optional()
      .describe("Select even the newest of a group; not with keep_last. Default false"),
    group_by: groupBy(
      ["server", "description", "none"],
      "server (default), description, none (one group) or label:<key>; each of these is split by architecture",
    ),
    keep_daily: count()
      .optional()
      .describe("Keep the newest image of each of the last N days (UTC) that have one, per group"),
    keep_weekly: count().optional().describe("The same for ISO weeks"),
    keep_monthly: count().optional().describe("The same for months"),
    keep_within_days: count()
      .optional()
      .describe("Keep images made less than N days before the newest of their group"),
    keep_label: labelKey.optional().describe("Also keep images with this label key"),
    policy: text("Name of a policy in the operator's rules, instead of criteria").optional(),
    bin: oneOf("due")
      .optional()
      .describe("Select only images in the recycle bin whose last day has passed, the newest too"),
    ids: imageIds(100, "Plan the deletion of exactly these images, without a policy").optional(),
    explain: flag("List every image considered, with all reasons to delete and to keep").optional(),
    plan: z.string().optional().describe("The confirm of a plan, to read its other pages"),
    page: count().optional().describe("Page of that plan. Default 1"),
  })
  .strict()
  .superRefine((input, context) => {
    const fail = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message });
    const isGiven = (name: string) => input[name as keyof typeof input] !== undefined;
    const given = Object.keys(input).filter(isGiven);
    if (isGiven("plan")) {
      if (given.some((name) => name !== "plan" && name !== "page"))
        fail("plan", "must be given with page only");
      return;
    }
    if (isGiven("page")) fail("page", "must be given with plan");
    if (isGiven("ids")) {
      if (given.length > 1) fail("ids", "must be given alone, without a policy");
      return;
    }
    if (isGiven("policy")) {
      if (given.some((name) => name !== "policy" && name !== "explain"))
        fail("policy", "must be given alone, or with explain");
      return;
    }
    if (input.allow_empty_groups && isGiven("keep_last"))
      fail("allow_empty_groups", "must not be true when keep_last is given");
    const ofGroup = OF_GROUPS.find(isGiven);
    if (isGiven("bin") && ofGroup !== undefined)
      fail(ofGroup, "must not be given with bin: no group keeps an image in the bin");
    if (!CRITERIA.some(isGiven))
      context.addIssue({
        code: "custom",
        message: `at least one criterion is required: ${CRITERIA.join(", ")}`,
      });
  });

/** The arguments of a named policy in the operator's rules. */
export const namedPolicyInput = planInput.superRefine((input, context) => {
  const foreign = ["plan", "page", "ids", "policy", "explain"].find(
    (name) => input[name as keyof typeof input] !== undefined,
  );
  if (foreign !== undefined)
    context.addIssue({ code: "custom", path: [foreign], message: "must not be in a policy" });
});
