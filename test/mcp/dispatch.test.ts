import { McpError, ResultSchema } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, test } from "vitest";
import { MISSING, recordMessages, start, TOKEN } from "../support/answers.ts";
import { INITIALIZE, spawnCommand } from "../support/spawned.ts";

/** Clients put "MCP error" and the code before a message. */
const REFUSED: [method: string, params: object, code: number, ...facts: string[]][] = [
  ["tools/call", { name: "hcloud_get_imag" }, -32602, 'tool "hcloud_get_imag"', '"hcloud_get_image"'],
  ["tools/call", { name: 1 }, -32602, "params.name: "],
  ["prompts/get", { name: "clean_up" }, -32602, 'prompt "clean_up"', '"clean_up_snapshots"'],
  [
    "prompts/get",
    { name: "clean_up_snapshots", arguments: { keep_last: "x" } },
    -32602,
    "keep_last: ",
    "1 to 9999",
  ],
  ["resources/read", { uri: `hcloud://images/${MISSING}` }, -32002, "(not_found, "],
  ["resources/read", { uri: "hcloud://servers" }, -32002, "hcloud://images/{id}"],
  ["tools/unknown", {}, -32601, "Method not found"],
];

describe.each(REFUSED)("%s with %j", (method, params, code, ...facts) => {
  test("the SDK's client shows an error with its code once", async () => {
    const { mcp } = await start();
    const error = await mcp.request({ method, params } as never, ResultSchema).catch((error) => error);
    expect(error).toBeInstanceOf(McpError);
    expect(error.code).toBe(code);
    const [, shown] = error.message.split(`MCP error ${code}: `);
    for (const fact of facts) expect(shown).toContain(fact);
    expect(error.message.match(/MCP error/g)).toHaveLength(1);
  });

  test("an error is sent as a message without the code", async () => {
    const server = spawnCommand(["--demo"]);
    server.send(INITIALIZE);
    await server.nextLine();
    server.send({ jsonrpc: "2.0", id: 2, method, params });
    const { id, error } = JSON.parse(await server.nextLine());
    expect([id, error.code]).toEqual([2, code]);
    for (const fact of facts) expect(error.message).toContain(fact);
    expect(error.message).not.toContain("MCP error");
  });
});

test("the error of a missing resource states its URI as data, without the token", async () => {
  const harness = await start();
  const heard = recordMessages(harness);
  for (const uri of [`hcloud://images/${MISSING}`, `hcloud://${TOKEN}`]) {
    await expect(harness.mcp.readResource({ uri })).rejects.toMatchObject({ code: -32002 });
  }
  expect(heard).toMatchObject([
    { error: { data: { uri: `hcloud://images/${MISSING}` } } },
    { error: { data: { uri: "hcloud://[redacted]" } } },
  ]);
});

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
  ["no protocol version", "initialize", {}, /params\.protocolVersion: /],
])("a request with %s is answered with the reason", async (_, method, params, sentence) => {
  const { mcp } = await start();
  const asked = mcp.request({ method, params } as never, ResultSchema);
  const error = await asked.then(
    () => expect.unreachable(),
    (error) => error,
  );
  expect(error.code).toBe(-32602);
  expect(error.message).toMatch(sentence);
  expect(error.message).not.toMatch(/[\n{[]/);
});

describe.each(["tools/list", "prompts/list", "resources/list", "resources/templates/list"])(
  "%s, which has one page",
  (method) => {
    test.each(["2", "", "tools"])("refuses the cursor %j as unknown", async (cursor) => {
      const { mcp } = await start();
      await expect(mcp.request({ method, params: { cursor } } as never, ResultSchema)).rejects.toMatchObject({
        code: -32602,
        message: expect.stringContaining("cursor"),
      });
    });

    test("answers without a cursor, and names no next one", async () => {
      const { mcp } = await start();
      for (const params of [undefined, {}, { _meta: {} }]) {
        expect(await mcp.request({ method, params } as never, ResultSchema)).not.toHaveProperty("nextCursor");
      }
    });
  },
);
