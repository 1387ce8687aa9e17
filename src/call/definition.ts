/** A tool as `tools/list` shows it, derived from its literal. */

import { toJsonSchema, z } from "../schema.ts";
import { annotations, type Tool } from "../tool.ts";

const definitions = new WeakMap<Tool, ReturnType<typeof define>>();

/** Made when it is first asked for, then kept: `initialize` needs none of it. */
export function definitionOf(tool: Tool) {
  const definition = definitions.get(tool) ?? define(tool);
  definitions.set(tool, definition);
  return definition;
}

const confirm = z.string().describe("Code of the preview, once the user has agreed to it");

/** What an answer of a tool that changes something carries besides the tool's own output. */
const status = z.enum(["done", "running", "incomplete", "confirmation_required"]);
const gatedOutput = z.object({
  refused: z.string().optional(),
  preview: z.unknown(),
  confirm: z.string().optional(),
  expires_at: z.string().optional(),
  next: z.string().optional(),
});

function define(tool: Tool) {
  const { name, title, description, effect } = tool;
  const inputSchema = toJsonSchema(tool.input);
  const outputSchema = toJsonSchema(tool.output);
  if (effect !== "read") {
    outputSchema.properties = { ...outputSchema.properties, status: toJsonSchema(status) };
    outputSchema.required = ["status", ...(outputSchema.required ?? [])];
  }
  if (effect === "destructive") {
    inputSchema.properties["confirm"] = toJsonSchema(confirm);
    Object.assign(outputSchema.properties, toJsonSchema(gatedOutput).properties);
  }
  return { name, title, description, inputSchema, outputSchema, annotations: annotations(tool) };
}
