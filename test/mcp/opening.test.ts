/** The first lines of a session, which the built command answers before it has loaded the server. Needs `npm run build`. */

import { expect, test } from "vitest";
import { install } from "../support/installed-copy.ts";
import { callMessage, INITIALIZE, spawnCommand } from "../support/spawned.ts";

const UI = "io.modelcontextprotocol/ui";
const PAGES = { extensions: { [UI]: { mimeTypes: ["text/html;profile=mcp-app"] } } };
const LIST = { jsonrpc: "2.0", id: 2, method: "tools/list" };

/** What the built command answers to these lines, which arrive in one piece. */
async function answers(
  lines: object[],
  env = {},
): Promise<{ id: unknown; result: Record<string, unknown> }[]> {
  const server = spawnCommand([], env);
  server.child.stdin.end(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  expect([await server.ended, server.stderr()]).toEqual([0, ""]);
  return server.lines.map((line) => JSON.parse(line));
}

test("initialize is answered without the file that all commands are in", async () => {
  const { command } = await install({ without: ["commands.js"] });
  const server = spawnCommand([], {}, { command });
  server.send(INITIALIZE);
  const whole = await answers([INITIALIZE]);
  expect(JSON.parse(await server.nextLine())).toEqual(whole[0]);
});

test("a server that cannot load a file reports that to every request and on stderr, and ends with its client", async () => {
  const { command } = await install({ without: ["commands.js"] });
  const server = spawnCommand([], {}, { command });
  for (const line of [INITIALIZE, { jsonrpc: "2.0", method: "notifications/initialized" }, LIST])
    server.send(line);
  await server.nextLine();
  const NOT_LOADED =
    "The server could not load all of its files (internal_error). Nothing was sent. Install hcloud-images-mcp again, then restart it.";
  const refusal = { jsonrpc: "2.0", id: 2, error: { code: -32603, message: NOT_LOADED } };
  expect(JSON.parse(await server.nextLine())).toEqual(refusal);
  server.send("this is not JSON");
  server.send(callMessage(3, "hcloud_list_images"));
  expect(JSON.parse(await server.nextLine())).toEqual({ ...refusal, id: 3 });
  server.child.stdin.end();
  expect(await server.ended).toBe(0);
  expect(server.lines).toHaveLength(3);
  const [sentence, cause] = server.stderr().split("\n");
  expect(sentence).toBe(`hcloud-images-mcp: ${NOT_LOADED}`);
  expect(cause).toMatch(/Cannot find module .*commands\.js/);
});

test.each([
  [
    "with progress asked for",
    { ...INITIALIZE, params: { ...INITIALIZE.params, _meta: { progressToken: 1 } } },
  ],
  ["whose id is a text", { ...INITIALIZE, id: "1" }],
])("an initialize %s is answered like any other", async (_, message) => {
  const [plain, unusual] = await Promise.all([answers([INITIALIZE]), answers([message])]);
  expect(unusual).toEqual([{ ...plain[0], id: message.id }]);
});

test("the capabilities of the first line apply to the lines after it", async () => {
  const initialize = (capabilities: object) => ({
    ...INITIALIZE,
    params: { ...INITIALIZE.params, capabilities },
  });
  const [opened, listed] = await answers([initialize(PAGES), LIST]);
  const [, plain] = await answers([initialize({}), LIST]);
  expect(opened?.result["capabilities"]).toHaveProperty("extensions");
  expect(JSON.stringify(listed?.result)).toContain("ui://");
  expect(JSON.stringify(plain?.result)).not.toContain("ui://");
});

test("a second initialize is answered as the first one", async () => {
  const [first, second] = await answers([INITIALIZE, { ...INITIALIZE, id: 2 }]);
  expect(second).toEqual({ ...first, id: 2 });
});
