/** A tool as `tools/list` shows it. */

import { deriveAnnotations, type Tool } from "../tool.ts";
import schemas from "./schemas.json" with { type: "json" };

/** JSON Schemas by the name of the tool, which test/tools/definition.test.ts writes from the schemas in the literals. */
const jsonSchemas: Partial<Record<string, { input: object; output: object }>> = schemas;

/** Returns the tool's name, title, description, JSON Schemas and hints. */
export function definitionOf(tool: Tool) {
  const { name, title, description } = tool;
  const { input, output } = jsonSchemas[name] ?? {};
  return {
    name,
    title,
    description,
    inputSchema: input,
    outputSchema: output,
    annotations: deriveAnnotations(tool),
  };
}
