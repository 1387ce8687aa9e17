/** Checks of requests and responses by the official OpenAPI document, which is not part of this project. */
import { existsSync, readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

type Schema = Record<string, unknown>;

interface Parameter {
  name: string;
  in: "query" | "path";
  required?: boolean;
  schema: Schema;
}

type Content = { "application/json"?: { schema: Schema } };

interface Operation {
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Content };
  responses: Record<string, { content?: Content }>;
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
}

/** Checks that return a sentence for each problem. Paths are below `/v1`. */
export interface OpenApi {
  checkRequest(method: string, path: string, query: [string, string][], body: string): string[];
  /** `body` is parsed JSON; undefined if the response has none. */
  checkReply(method: string, path: string, status: number, body: unknown): string[];
}

const location =
  process.env["HCLOUD_OPENAPI"] ?? new URL("../../../shared/hetzner-images.openapi.json", import.meta.url);

/** The checks; null without the document. HCLOUD_OPENAPI can name its file. */
export const openapi: OpenApi | null = existsSync(location)
  ? createChecks(JSON.parse(readFileSync(location, "utf8")))
  : null;

function createChecks(document: Document): OpenApi {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addFormat("decimal", /^\d+(\.\d+)?$/);
  const compiled = new Map<Schema, ValidateFunction>();

  /** Extended schemas, each always the same object, so that it is compiled once. */
  const extended = new Map<Schema, Schema>();
  const extend = (schema: Schema, more: Schema | undefined): Schema => {
    const longer = extended.get(schema) ?? { ...schema, ...more };
    extended.set(schema, longer);
    return longer;
  };

  const problems = (where: string, schema: Schema, value: unknown): string[] => {
    const validate = compiled.get(schema) ?? ajv.compile(schema);
    compiled.set(schema, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map((error) => `${where}${error.instancePath}: ${error.message}`);
  };

  const checkParameter = ({ name, schema }: Parameter, values: string[]): string[] => {
    const value = `${name}=${values.join("&")}`;
    if (schema["type"] === "array") {
      const items = (schema["items"] ?? {}) as Schema;
      return values.flatMap((text) => problems(value, items, coerce(text, items)));
    }
    if (values.length > 1) return [`${name} is given ${values.length} times`];
    return values.flatMap((text) => problems(value, extend(schema, RANGES[name]), coerce(text, schema)));
  };

  const checkBody = (requestBody: Operation["requestBody"], body: string): string[] => {
    const schema = requestBody?.content["application/json"]?.schema;
    if (!schema) return body === "" ? [] : ["the operation takes no body"];
    if (body === "") return requestBody?.required ? ["the body is missing"] : [];
    let value: unknown;
    try {
      value = JSON.parse(body);
    } catch {
      return ["the body is not JSON"];
    }
    // The document allows unknown members, but sending one is a mistake.
    return problems("body", extend(schema, { additionalProperties: false }), value);
  };

  return {
    checkRequest(method, path, query, body) {
      const found = find(document, method, path);
      if (!found) return [`${method} ${path} is not in the document`];
      const { operation, pathValues } = found;
      const parameters = operation.parameters ?? [];
      const known = new Set(parameters.filter((each) => each.in === "query").map(({ name }) => name));
      const unknown = query.filter(([name]) => !known.has(name)).map(([name]) => `unknown parameter ${name}`);
      const wrong = parameters.flatMap((parameter) => {
        const values =
          parameter.in === "path"
            ? [pathValues.get(parameter.name) ?? ""]
            : query.filter(([name]) => name === parameter.name).map(([, value]) => value);
        if (values.length === 0) return parameter.required ? [`${parameter.name} is missing`] : [];
        return checkParameter(parameter, values);
      });
      return [...unknown, ...wrong, ...checkBody(operation.requestBody, body)];
    },

    checkReply(method, path, status, body) {
      const responses = find(document, method, path)?.operation.responses;
      if (!responses) return [`${method} ${path} is not in the document`];
      const response = responses[status] ?? responses[`${Math.floor(status / 100)}xx`];
      if (!response) return [`status ${status} is not in the document`];
      const schema = response.content?.["application/json"]?.schema;
      if (schema) return problems("body", schema, body);
      return body === undefined ? [] : [`a reply of status ${status} has no body`];
    },
  };
}

/** Ranges that only the reference's text states. */
const RANGES: Record<string, Schema> = {
  page: { minimum: 1 },
  per_page: { minimum: 1, maximum: 50 },
};

/** Returns the operation and its path values; a path without placeholders has priority. */
function find(document: Document, method: string, path: string) {
  const candidates = Object.entries(document.paths).flatMap(([template, methods]) => {
    const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
    const match = new RegExp(`^${template.replaceAll(/\{\w+\}/g, "([^/]+)")}$`).exec(path);
    const operation = methods[method.toLowerCase()];
    if (!match || !operation) return [];
    return [{ operation, pathValues: new Map(names.map((name, index) => [name, match[index + 1] ?? ""])) }];
  });
  return candidates.sort((a, b) => a.pathValues.size - b.pathValues.size)[0];
}

/** Returns a parameter in its type; invalid text stays text, so that the schema rejects the value. */
function coerce(text: string, schema: Schema): unknown {
  if (schema["type"] === "integer" && /^-?\d+$/.test(text)) return Number(text);
  if (schema["type"] === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}
