/** Exceptions that are a defect of this server: the person gets a sentence, the operator a stack on stderr. */

import { once } from "node:events";
import { Client as McpClient } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { expect, onTestFinished, test } from "vitest";
import { explain } from "../../src/call/explain.ts";
import { type Client, createClient } from "../../src/hcloud/client.ts";
import { createServer } from "../../src/mcp/server.ts";
import { SNAPSHOT, TOKEN } from "../support/answers.ts";
import { install } from "../support/installed-copy.ts";
import { callMessage, INITIALIZE, spawnCommand } from "../support/spawned.ts";

const READ = explain(new TypeError());
const CHANGE = explain(new TypeError(), true);

/** A server whose requests to the API go to `send`, and what it reports. */
async function startBroken(send: Client["send"]) {
  const client = createClient({ endpoint: "http://127.0.0.1:9/v1", token: TOKEN, userAgent: "test" });
  const reports: string[] = [];
  const events: object[] = [];
  const server = createServer({
    client: { ...client, send },
    version: "1.2.3",
    readOnly: false,
    demo: false,
    audit: (event) => {
      events.push(event);
      return null;
    },
    onInternalError: (text) => reports.push(text),
  });
  const mcp = new McpClient({ name: "test", version: "0" });
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(theirs), mcp.connect(ours)]);
  onTestFinished(async () => {
    await mcp.close();
    await client.close();
  });
  return { mcp, reports, events };
}

const throwing =
  (thrown: unknown): Client["send"] =>
  async () => {
    throw thrown;
  };

test.each([
  ["hcloud_get_image", { id: SNAPSHOT }, READ],
  ["hcloud_delete_image", { id: SNAPSHOT }, CHANGE],
  ["hcloud_update_image", { id: SNAPSHOT, description: "x" }, CHANGE],
])("%s answers a TypeError with internal_error and reports its stack", async (name, args, sentence) => {
  const { mcp, reports } = await startBroken(throwing(new TypeError("x is not a function")));
  const { isError, content } = await mcp.callTool({ name, arguments: args });
  expect([isError, content]).toEqual([true, [{ type: "text", text: sentence }]]);
  expect(reports).toHaveLength(1);
  expect(reports[0]).toMatch(
    new RegExp(
      `^hcloud-images-mcp 1\\.2\\.3: internal error in ${name}\\nTypeError: x is not a function\\n +at `,
    ),
  );
});

test("the audit line of a change with an internal error states the code", async () => {
  const { mcp, events } = await startBroken(throwing(new TypeError("x is not a function")));
  await mcp.callTool({ name: "hcloud_update_image", arguments: { id: SNAPSHOT, description: "x" } });
  expect(events.at(-1)).toMatchObject({ outcome: "failed", code: "internal_error" });
});

test("the report contains no part of the token and no control character, and neither does the result", async () => {
  const { mcp, reports } = await startBroken(throwing(new TypeError(`no ${TOKEN} \u001b[31m\u202e`)));
  const result = await mcp.callTool({ name: "hcloud_get_image", arguments: { id: SNAPSHOT } });
  expect(reports[0]).toContain("TypeError: no [redacted] [31m\n");
  expect(JSON.stringify(result)).not.toMatch(/TypeError|redacted/);
});

test("a thrown value that is no Error is reported", async () => {
  const { mcp, reports } = await startBroken(throwing("just words"));
  await mcp.callTool({ name: "hcloud_get_image", arguments: { id: SNAPSHOT } });
  expect(reports).toEqual(["hcloud-images-mcp 1.2.3: internal error in hcloud_get_image\njust words"]);
});

test("reading a resource and completing an id report an internal error", async () => {
  const { mcp, reports } = await startBroken(throwing(new TypeError("x is not a function")));
  await expect(mcp.readResource({ uri: "hcloud://images" })).rejects.toMatchObject({
    code: -32603,
    message: `MCP error -32603: ${READ}`,
  });
  const ref = { type: "ref/resource" as const, uri: "hcloud://images/{id}" };
  const { completion } = await mcp.complete({ ref, argument: { name: "id", value: "1" } });
  expect(completion.values).toEqual([]);
  expect(reports.map((report) => report.split("\n")[0])).toEqual([
    "hcloud-images-mcp 1.2.3: internal error in resources/read",
    "hcloud-images-mcp 1.2.3: internal error in completion/complete",
  ]);
});

test("a cancelled call is no internal error", async () => {
  const cancel = new AbortController();
  const { mcp, reports } = await startBroken(async (_method, _path, { signal }) => {
    cancel.abort("enough");
    await once(signal, "abort");
    throw signal.reason;
  });
  const options = { signal: cancel.signal };
  const call = mcp.callTool({ name: "hcloud_get_image", arguments: { id: SNAPSHOT } }, undefined, options);
  await expect(call).rejects.toThrow("enough");
  await mcp.ping();
  expect(reports).toEqual([]);
});

test("the built command writes the stack to stderr when one of its files is missing", async () => {
  const { command } = await install({ without: ["undici.js"] });
  const server = spawnCommand([], { HCLOUD_TOKEN: TOKEN }, { command });
  server.send(INITIALIZE);
  await server.nextLine();
  server.send(callMessage(2, "hcloud_get_image", { id: SNAPSHOT }));
  expect(await server.nextLine()).toContain(READ);
  await expect
    .poll(() => server.stderr())
    .toMatch(
      /^hcloud-images-mcp \d+\.\d+\.\d+: internal error in hcloud_get_image\n\w*Error.*: Cannot find module .*undici\.js/,
    );
});
