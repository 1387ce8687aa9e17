/** server.json for the MCP registry, compared with package.json and the table of options. */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { OPTIONS } from "../src/config/option-table.ts";

const read = (file: string) => JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), "utf8"));
const server = read("server.json");
const pkg = read("package.json");

test("server.json names the package, its version and its registry name as package.json does", () => {
  expect([server.name, server.version]).toEqual([pkg.mcpName, pkg.version]);
  expect(server.packages).toEqual([
    expect.objectContaining({
      registryType: "npm",
      identifier: pkg.name,
      version: pkg.version,
      transport: { type: "stdio" },
    }),
  ]);
});

test("server.json offers every environment variable in the words of the options, the token as a secret", () => {
  const variables = Object.values(OPTIONS).flatMap((option) => ("variable" in option ? [option] : []));
  expect(variables.length).toBeGreaterThanOrEqual(3);
  expect(server.packages[0].environmentVariables).toEqual(
    variables.map(({ variable, help }) => ({
      name: variable,
      description: help,
      isRequired: variable === OPTIONS.token.variable,
      isSecret: variable === OPTIONS.token.variable,
    })),
  );
});

test("server.json keeps the registry's limits: a name of one owner and one server, a description of 100 characters", () => {
  expect(server.$schema).toBe("https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json");
  expect(server.name).toMatch(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/);
  expect(server.name.length).toBeLessThanOrEqual(200);
  expect(server.description.length).toBeLessThanOrEqual(100);
  expect(server.title.length).toBeLessThanOrEqual(100);
});
