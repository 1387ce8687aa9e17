/** What the official client checks results by, compiled once: that takes ten times as long as starting everything else. */

import { AjvJsonSchemaValidator } from "@modelcontextprotocol/sdk/validation/ajv";
import type { JsonSchemaValidator, jsonSchemaValidator } from "@modelcontextprotocol/sdk/validation/types.js";

const compiler = new AjvJsonSchemaValidator();
const compiled = new Map<string, JsonSchemaValidator<unknown>>();

/** By the text of a schema, because each client gets schemas of its own. */
export const cachingValidator = {
  getValidator(schema) {
    const key = JSON.stringify(schema);
    const validate = compiled.get(key) ?? compiler.getValidator(schema);
    compiled.set(key, validate);
    return validate;
  },
} as jsonSchemaValidator;
