/** A tool as `tools/list` shows it, derived from its literal. */

import { expecting } from "../problems.ts";
import { type JsonObjectSchema, toJsonSchema, z } from "../schema.ts";
import { annotations, type Tool } from "../tool.ts";

const definitions = new WeakMap<Tool, ReturnType<typeof define>>();

/** Made when it is first asked for, then kept: `initialize` needs none of it. */
export function definitionOf(tool: Tool) {
  const definition = definitions.get(tool) ?? define(tool);
  definitions.set(tool, definition);
  return definition;
}

/** The argument of every gated tool. */
export const confirmArgument = z.object({
  confirm: z
    .string(expecting("the code of a preview"))
    .optional()
    .describe("Code of the preview, once the user has agreed to it"),
});

/** What matters of the result of every gated tool beside the tool's own output. */
const gatedOutput = z.object({
  status: z.enum(["done", "unchanged", "running", "incomplete", "confirmation_required", "declined"]),
  preview: z.object({}).passthrough().optional(),
  confirm: z.string().optional(),
});

function define(tool: Tool) {
  const { name, title, description, effect } = tool;
  const isGated = effect === "destructive";
  // A result may have more than its schema states.
  const { additionalProperties: _, ...outputSchema } = merged(tool.output, ...(isGated ? [gatedOutput] : []));
  return {
    name,
    title,
    description,
    inputSchema: merged(tool.input, ...(isGated ? [confirmArgument] : [])),
    outputSchema,
    annotations: annotations(tool),
  };
}

/** One object schema with the properties of all; the first decides on additional ones. */
function merged(first: z.ZodTypeAny, ...more: z.ZodTypeAny[]): JsonObjectSchema {
  const schemas = [first, ...more].map(toJsonSchema);
  const required = schemas.flatMap((schema) => schema.required ?? []);
  return {
    ...(schemas[0] as JsonObjectSchema),
    properties: Object.assign({}, ...schemas.map(({ properties }) => properties)),
    ...(required.length > 0 && { required }),
  };
}
