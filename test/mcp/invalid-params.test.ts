import { type McpError, ResultSchema } from "@modelcontextprotocol/sdk/types.js";
import { expect, test } from "vitest";
import { start } from "../support/answers.ts";

test.each<[what: string, method: string, params: object, sentence: RegExp]>([
  [
    "arguments that are no object",
    "tools/call",
    { name: "hcloud_get_image", arguments: [1] },
    /params\.arguments: /,
  ],
  ["no name", "tools/call", {}, /params\.name: /],
  ["a number for a name", "prompts/get", { name: 1 }, /params\.name: /],
  ["no uri", "resources/read", {}, /params\.uri: /],
])("a request with %s is answered with what is wrong with it", async (_, method, params, sentence) => {
  const { mcp } = await start();
  const asked = mcp.request({ method, params } as never, ResultSchema);
  const error: McpError = await asked.then(
    () => expect.unreachable(),
    (error) => error,
  );
  expect(error.code).toBe(-32602);
  expect(error.message).toMatch(sentence);
  expect(error.message).not.toMatch(/[\n{[]/);
});
