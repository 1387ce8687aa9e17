/** The JSON Schemas of a tool, generated from its literal: the content of src/tools/schemas.json. */

import { zodToJsonSchema } from "zod-to-json-schema";
import { confirmArgument, gatedOutput } from "../../src/call/gated-schemas.ts";
import type { z } from "../../src/schema.ts";
import type { Tool } from "../../src/tool.ts";

interface JsonObjectSchema {
  type: "object";
  properties: Record<string, object>;
  required?: string[];
  additionalProperties?: unknown;
}

export function jsonSchemasOf(tool: Tool) {
  const isGated = tool.effect === "destructive";
  const input = merged(tool.input, ...(isGated ? [confirmArgument] : []));
  // A result may have more members than its schema.
  const { additionalProperties: _, ...output } = merged(tool.output, ...(isGated ? [gatedOutput] : []));
  return { input, output };
}

/** Returns one object schema with the properties of all; the first decides about additional ones. */
function merged(first: z.ZodTypeAny, ...more: z.ZodTypeAny[]): JsonObjectSchema {
  const schemas = [first, ...more].map(toJsonSchema);
  const required = schemas.flatMap((schema) => schema.required ?? []);
  return {
    ...(schemas[0] as JsonObjectSchema),
    properties: Object.assign({}, ...schemas.map(({ properties }) => properties)),
    ...(required.length > 0 && { required }),
  };
}

/** Returns a JSON Schema without `$schema` and `$ref`, with keywords that mean the same in draft-07 and 2020-12. */
function toJsonSchema(schema: z.ZodTypeAny): JsonObjectSchema {
  const full = zodToJsonSchema(schema, { target: "jsonSchema7", $refStrategy: "none" });
  return JSON.parse(JSON.stringify(full, omitObvious));
}

/** Omits what every MCP client assumes, because models pay for each word. */
function omitObvious(key: string, value: unknown): unknown {
  const isObvious =
    key === "$schema" ||
    (key === "additionalProperties" && value === true) ||
    (key === "maximum" && value === Number.MAX_SAFE_INTEGER) ||
    (key === "minLength" && value === 1) ||
    (key === "properties" && JSON.stringify(value) === "{}");
  return isObvious ? undefined : value;
}
