/** Finds the images that the code of a plan or a preview covers, and selects those that a call is about. */

import type { Selection } from "../housekeeping/policy.ts";
import type { z } from "../schema.ts";
import type { BulkTargets, Codes } from "../tool.ts";
import { ToolError } from "../tool-error.ts";
import type { PlanPage } from "../view/plan.ts";
import type { SkippedImage } from "./chosen-images.ts";

/** Names of the tools that share codes. */
export const PLAN_TOOL = "hcloud_plan_image_cleanup";
export const DELETE_TOOL = "hcloud_delete_images";

export interface DeletionTargets extends BulkTargets {
  /** Images that the preview named as not deletable: their ids may be repeated with the code, and are kept. */
  notDeletable?: readonly SkippedImage[];
  /** Images that a call keeps by `except`. */
  excepted?: readonly SkippedImage[];
  /** How a plan selected the images. */
  selection?: Selection;
  /** The pages of a plan. */
  pages?: readonly PlanPage[];
}

/** Returns the plan of a code, without using up the code. Throws {@link ToolError}. */
export function findPlan(code: string, codes: Codes): DeletionTargets {
  const deletion = codes.find(code, DELETE_TOOL);
  // Where nothing can be deleted, the code of a plan only serves to read its pages.
  const found = typeof deletion === "string" ? codes.find(code, PLAN_TOOL) : deletion;
  if (typeof found === "string")
    throw new ToolError("code_refused", `plan: ${deletion} Nothing was changed. Make a new plan.`);
  return found.shown;
}

/** The arguments that select images of a code. */
export interface Choice {
  ids?: number[] | undefined;
  except?: number[] | undefined;
  /** How many images the user agreed to. */
  count?: number | undefined;
}

/** Checks what can be checked without the code. */
export function checkChoice({ ids, except, count }: Choice, context: z.RefinementCtx): void {
  const fail = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
  if (ids && count !== undefined && count > ids.length)
    fail("count", "must not be more than the number of ids. Ask the user again");
  if (ids && except) fail("except", "must not be given with ids");
}

/** Returns the chosen images of the code, and the others that the call names, with the reason. Throws {@link ToolError} with `nothing`, the sentence on what was not done. */
export function selectChosen(
  { ids, except, count }: Choice,
  { images, notDeletable = [], excepted = [], selection }: DeletionTargets,
  nothing: string,
): DeletionTargets {
  const refuse = (problem: string, next: string) => {
    throw new ToolError("invalid_input", `${problem} ${nothing} ${next}`);
  };
  const kept = [...notDeletable, ...excepted];
  const covered = new Set([...images, ...kept].map(({ id }) => id));
  const foreign = (ids ?? except ?? []).filter((id) => !covered.has(id));
  if (foreign.length > 0) {
    refuse(
      `${ids ? "ids" : "except"}: the code does not cover ${foreign.join(", ")}.`,
      "Leave them out; other images need a call of their own.",
    );
  }
  const chosen = images.filter(({ id }) => (ids ? ids.includes(id) : !except?.includes(id)));
  if (ids && chosen.length === 0)
    refuse("ids: the code selects none of these images.", "Give ids of images that the code selects.");
  if (count !== chosen.length && !(ids && count === undefined)) {
    const which = (ids && " and ids names") || (except && ", without those of except") || "";
    refuse(`count: must be the number of images that the code stands for${which}.`, "Ask the user again.");
  }
  return {
    images: chosen,
    notDeletable: kept.filter(({ id }) => ids?.includes(id)),
    excepted: except?.map((id) => ({ id, why: "excepted" })) ?? [],
    ...(selection && { selection }),
  };
}
