/** The official client's validator with a cache, because compiling takes ten times as long as starting everything else. */

import { AjvJsonSchemaValidator } from "@modelcontextprotocol/sdk/validation/ajv";
import type { JsonSchemaValidator, jsonSchemaValidator } from "@modelcontextprotocol/sdk/validation/types.js";

const compiler = new AjvJsonSchemaValidator();
const compiled = new Map<string, JsonSchemaValidator<unknown>>();

/** A validator with a cache by the schema's text, because each client gets its own objects. */
export const cachingValidator = {
  getValidator(schema) {
    const key = JSON.stringify(schema);
    const validate = compiled.get(key) ?? compiler.getValidator(schema);
    compiled.set(key, validate);
    return validate;
  },
} as jsonSchemaValidator;
