/** The schemas that every gated tool adds to those of its literal. */

import { expecting } from "../problems.ts";
import { z } from "../schema.ts";

/** The argument of every gated tool. */
export const confirmArgument = z.object({
  confirm: z
    .string(expecting("the code of a preview"))
    .optional()
    .describe("Code of the preview, after the user has agreed"),
});

/** The members of every gated tool's result beside the tool's own output. */
export const gatedOutput = z.object({
  status: z.enum(["done", "unchanged", "running", "incomplete", "confirmation_required", "declined"]),
  confirm: z.string().optional(),
});
