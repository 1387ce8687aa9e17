/** What every gated tool adds to the schemas of its literal. */

import { expecting } from "../problems.ts";
import { z } from "../schema.ts";

/** The argument of every gated tool. */
export const confirmArgument = z.object({
  confirm: z
    .string(expecting("the code of a preview"))
    .optional()
    .describe("Code of the preview, after the user has agreed"),
});

/** What matters of the result of every gated tool beside the tool's own output. */
export const gatedOutput = z.object({
  status: z.enum(["done", "unchanged", "running", "incomplete", "confirmation_required", "declined"]),
  confirm: z.string().optional(),
});
