import { expect, test } from "vitest";
import { tools } from "../../src/tools/index.ts";
import { jsonSchemasOf } from "../support/json-schema.ts";

// After a change that was reviewed: npx vitest run test/tools/definition.test.ts --update
test("the JSON Schemas that tools/list sends are those of the literals", async () => {
  const schemas = Object.fromEntries(tools.map((tool) => [tool.name, jsonSchemasOf(tool)]));
  await expect(`${JSON.stringify(schemas, null, 2)}\n`).toMatchFileSnapshot("../../src/tools/schemas.json");
});
