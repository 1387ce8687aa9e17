import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { beforeEach, describe, expect, test } from "vitest";
import { start } from "./support/answers.ts";
import type { Harness } from "./support/harness.ts";

const HOUSEKEEPING = [
  "hcloud_plan_image_cleanup",
  "hcloud_delete_images",
  "hcloud_bin_images",
  "hcloud_restore_images",
  "hcloud_edit_image_labels",
  "hcloud_report_images",
  "hcloud_wait_for_image",
];
const ENDPOINTS = [
  "hcloud_list_images",
  "hcloud_get_image",
  "hcloud_update_image",
  "hcloud_delete_image",
  "hcloud_change_image_protection",
  "hcloud_list_image_actions",
  "hcloud_get_image_action",
  "hcloud_list_actions_for_image",
  "hcloud_get_action_for_image",
];
const NAMES = [...HOUSEKEEPING, ...ENDPOINTS];
const READ = [
  "hcloud_plan_image_cleanup",
  "hcloud_report_images",
  "hcloud_wait_for_image",
  "hcloud_list_images",
  "hcloud_get_image",
  "hcloud_list_image_actions",
  "hcloud_get_image_action",
  "hcloud_list_actions_for_image",
  "hcloud_get_action_for_image",
];
const GATED = [
  "hcloud_delete_images",
  "hcloud_edit_image_labels",
  "hcloud_update_image",
  "hcloud_delete_image",
  "hcloud_change_image_protection",
];

/** These mean the same in draft-07 and 2020-12, and every host is known to take them. */
const KEYWORDS = new Set([
  "type",
  "properties",
  "required",
  "additionalProperties",
  "items",
  "enum",
  "const",
  "pattern",
  "minItems",
  "maxItems",
  "minLength",
  "minimum",
  "maximum",
  "description",
]);

type Listed = Awaited<ReturnType<Harness["mcp"]["listTools"]>>["tools"];

let listed: Listed;
let harness: Harness;

beforeEach(async () => {
  harness = await start();
  listed = (await harness.mcp.listTools()).tools;
});

/** The schemas of a tool; each is said with its name when a rule is broken. */
function schemas(): [where: string, schema: object][] {
  return listed.flatMap(({ name, inputSchema, outputSchema }): [string, object][] => [
    [`${name} input`, inputSchema],
    [`${name} output`, outputSchema ?? {}],
  ]);
}

/** A schema and all schemas in it, with where they are. */
function walk(schema: unknown, where: string): [where: string, schema: Record<string, unknown>][] {
  if (Array.isArray(schema)) return schema.flatMap((one, i) => walk(one, `${where}.${i}`));
  if (typeof schema !== "object" || schema === null) return [];
  const own = schema as Record<string, unknown>;
  const properties = Object.entries((own["properties"] ?? {}) as object);
  const inner = ["items", "additionalProperties", "not"].map((key) => [key, own[key]] as const);
  const unions = ["anyOf", "oneOf", "allOf"].flatMap((key) =>
    ((own[key] ?? []) as unknown[]).map((one) => [key, one] as const),
  );
  return [
    [where, own],
    ...[...properties, ...inner, ...unions].flatMap(([key, value]) => walk(value, `${where}.${key}`)),
  ];
}

test("the tools are listed in a fixed order, plan first, and nothing else", () => {
  expect(listed.map(({ name }) => name)).toEqual(NAMES);
});

test("the list of tools is identical when it is requested again", async () => {
  expect(JSON.stringify((await harness.mcp.listTools()).tools)).toBe(JSON.stringify(listed));
});

test("the tools are listed without a request to the API", () => {
  expect(harness.simulator.requests).toEqual([]);
});

describe("tools/list", () => {
  test("every tool has a name that all MCP clients accept", () => {
    for (const { name } of listed) {
      expect(name).toMatch(/^hcloud_[a-z_]+$/);
      expect(name.length).toBeLessThanOrEqual(64);
    }
  });

  test("every tool has its own title and a description of 40 to 600 characters", () => {
    expect(new Set(listed.map(({ title }) => title)).size).toBe(listed.length);
    for (const { name, title, description = "" } of listed) {
      expect(title, name).toMatch(/^[A-Z][a-z ]+$/);
      expect(description.length, name).toBeGreaterThanOrEqual(40);
      expect(description.length, name).toBeLessThanOrEqual(600);
      expect(description, name).toMatch(/\.$/);
    }
  });

  test("every tool has all five hints, derived from its effect", () => {
    for (const { name, title, annotations } of listed) {
      expect(annotations, name).toEqual({
        title,
        readOnlyHint: READ.includes(name),
        destructiveHint: GATED.includes(name),
        idempotentHint: true,
        openWorldHint: true,
      });
    }
  });

  test("descriptions name only existing tools", () => {
    for (const { name, description = "" } of listed) {
      for (const [mentioned] of description.matchAll(/hcloud_\w+/g)) {
        expect(NAMES, name).toContain(mentioned);
        expect(mentioned).not.toBe(name);
      }
    }
  });

  test("every tool describes every parameter", () => {
    for (const { name, inputSchema } of listed) {
      for (const [parameter, schema] of Object.entries(inputSchema.properties ?? {})) {
        const { description = "" } = schema as { description?: string };
        expect(description, `${name}.${parameter}`).not.toBe("");
      }
    }
  });

  test("a tool has the optional argument confirm exactly when it is gated", () => {
    for (const { name, inputSchema } of listed) {
      expect(Object.hasOwn(inputSchema.properties ?? {}, "confirm"), name).toBe(GATED.includes(name));
      expect(inputSchema.required ?? [], name).not.toContain("confirm");
    }
  });

  test("the output of a changing tool requires only status", () => {
    for (const { name, outputSchema } of listed) {
      if (GATED.includes(name)) expect(outputSchema?.required, name).toEqual(["status"]);
    }
  });
});

describe("JSON Schemas", () => {
  test("every schema is an object, and no input allows unknown arguments", () => {
    for (const { name, inputSchema, outputSchema } of listed) {
      expect(inputSchema.type, name).toBe("object");
      expect(outputSchema?.type, name).toBe("object");
      expect(inputSchema["additionalProperties"], name).toBe(false);
    }
  });

  test("no schema has $schema, $ref or $defs, or a union at its root", () => {
    for (const [where, schema] of schemas()) {
      expect(JSON.stringify(schema), where).not.toMatch(/"\$\w+"|"definitions"/);
      for (const union of ["anyOf", "oneOf", "allOf"]) expect(schema, where).not.toHaveProperty(union);
    }
  });

  test("schemas use only keywords that every MCP client accepts", () => {
    const strange = schemas()
      .flatMap(([where, schema]) => walk(schema, where))
      .flatMap(([where, schema]) =>
        Object.keys(schema)
          .filter((keyword) => !KEYWORDS.has(keyword))
          .map((keyword) => `${where}: ${keyword}`),
      );
    expect(strange).toEqual([]);
  });

  // The MCP Inspector warns of a tool with an empty schema.
  test("no schema contains the empty schema {}", () => {
    const empty = schemas()
      .flatMap(([where, schema]) => walk(schema, where))
      .filter(([, schema]) => Object.keys(schema).length === 0)
      .map(([where]) => where);
    expect(empty).toEqual([]);
  });

  test.each([
    ["draft-07", () => new Ajv({ strict: true })],
    ["2020-12", () => new Ajv2020({ strict: true })],
  ] as const)("compiles in %s, strictly", (_, create) => {
    for (const [where, schema] of schemas()) {
      expect(() => create().compile(schema), where).not.toThrow();
    }
  });
});

describe("tokens", () => {
  test("the nine tools of the API cost at most 3,000 tokens", async () => {
    const tools = listed.filter(({ name }) => ENDPOINTS.includes(name));
    expect(tools).toHaveLength(9);
    expect(countTokens(JSON.stringify({ tools }))).toBeLessThanOrEqual(3000);
  });

  test("all tools cost less than 4,900 tokens, and are at most 16", () => {
    expect(listed.length).toBeLessThanOrEqual(16);
    expect(countTokens(JSON.stringify({ tools: listed }))).toBeLessThan(4900);
  });

  test("a page of 25 snapshots costs at most 1,350 tokens", async () => {
    const { data, text } = await harness.call("hcloud_list_images", { type: "snapshot" });
    expect(data["rows"]).toHaveLength(25);
    expect(countTokens(text)).toBeLessThanOrEqual(1350);
  });
});
