/** What the server sent to clients of older versions before it spoke 2026-07-28: recorded bytes, apart from wording. */

import { SUPPORTED_PROTOCOL_VERSIONS } from "@modelcontextprotocol/sdk/types.js";
import { expect, test } from "vitest";
import { MISSING, recordMessages, SNAPSHOT, start } from "../support/answers.ts";
import { PLAN } from "../support/cleanup.ts";
import { INITIALIZE } from "../support/spawned.ts";

const call = (name: unknown, args?: unknown) => ["tools/call", { name, arguments: args }] as const;

const REQUESTS: readonly (readonly [method: string, params?: object])[] = [
  ...SUPPORTED_PROTOCOL_VERSIONS.map(
    (protocolVersion) => ["initialize", { ...INITIALIZE.params, protocolVersion }] as const,
  ),
  ["initialize", {}],
  ["ping"],
  ["ping", { _meta: { progressToken: 0, "io.modelcontextprotocol/related-task": { taskId: "1" } } }],
  ["prompts/list"],
  ["prompts/get", { name: "clean_up_snapshots", arguments: { keep_last: "2" } }],
  ["prompts/get", { name: "clean_up" }],
  ["resources/list"],
  ["resources/list", { cursor: "2" }],
  ["resources/templates/list"],
  ["resources/read", { uri: `hcloud://images/${SNAPSHOT}` }],
  ["resources/read", { uri: `hcloud://images/${MISSING}` }],
  ["resources/read", { uri: "hcloud://servers" }],
  [
    "completion/complete",
    { ref: { type: "ref/resource", uri: "hcloud://images/{id}" }, argument: { name: "id", value: "36" } },
  ],
  call("hcloud_get_image", { id: SNAPSHOT }),
  call("hcloud_get_image", { id: MISSING }),
  call("hcloud_get_image", { ids: SNAPSHOT }),
  call("hcloud_get_imag"),
  call(1),
  call("hcloud_update_image", { id: SNAPSHOT, description: "renamed" }),
  ["tools/call", { name: PLAN, arguments: { keep_last: 50 }, _meta: { progressToken: "plan" } }],
  ["logging/setLevel", { level: "debug" }],
  ["subscriptions/listen", { notifications: {} }],
  ["of/tomorrow"],
];

/** What tools, prompts and instructions say has tests of its own, and may change. */
const WORDING = ["text", "description", "structuredContent", "instructions"];

function withoutWording(message: object): string {
  return JSON.stringify(message, (key, value) => (WORDING.includes(key) ? "…" : value));
}

test("a client of an older version receives the same messages as before 2026-07-28", async () => {
  const harness = await start();
  const heard = recordMessages(harness);
  const { transport } = harness.mcp;
  for (const [i, [method, params]] of REQUESTS.entries()) {
    const id = 100 + i;
    await transport?.send({ jsonrpc: "2.0", id, method, ...(params && { params: { ...params } }) });
    await expect.poll(() => heard.some((message) => "id" in message && message.id === id)).toBe(true);
  }
  expect(heard.map(withoutWording)).toMatchSnapshot();
});

test("a client of an older version receives the tools without new fields", async () => {
  const harness = await start();
  const heard = recordMessages(harness);
  const { tools } = await harness.mcp.listTools();
  expect(heard.map((message) => JSON.stringify(message))).toEqual([
    JSON.stringify({ result: { tools }, jsonrpc: "2.0", id: heard[0] && "id" in heard[0] && heard[0].id }),
  ]);
});
