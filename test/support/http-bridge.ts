/** The built command behind Streamable HTTP on loopback, for a test suite that cannot use stdio. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import { spawnCommand } from "./spawned.ts";

interface Message {
  jsonrpc: "2.0";
  id?: number | string;
  method?: string;
  params?: { _meta?: Record<string, unknown>; [key: string]: unknown };
  error?: { code: number; message: string };
}

interface Asked {
  id: number | string;
  isModern: boolean;
  progressToken: unknown;
  response: ServerResponse;
}

const VERSION = "io.modelcontextprotocol/protocolVersion";
const SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId";

/** HTTP statuses of JSON-RPC errors in Streamable HTTP of 2026-07-28. */
const STATUSES = new Map([
  [-32601, 404],
  [-32602, 400],
  [-32020, 400],
  [-32022, 400],
]);

/** Starts the demo and the bridge, which end with the test. Returns the URL. */
export async function startBridge(): Promise<string> {
  const server = spawnCommand(["--demo"]);
  const asked = new Map<number, Asked>();
  let lastId = 0;

  async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const message = JSON.parse(await text(request)) as Message;
    const { id, method, params } = message;
    if (id === undefined) return void response.writeHead(202).end();
    const header = request.headers["mcp-protocol-version"];
    const version = params?._meta?.[VERSION];
    const isModern = version !== undefined || method === "server/discover";
    const entry = { id, isModern, progressToken: params?._meta?.["progressToken"], response };
    if (version !== undefined && header !== version)
      return finish(entry, { jsonrpc: "2.0", error: { code: -32020, message: "Header mismatch" } });
    // Over HTTP, two MCP clients may use the same id.
    const ours = ++lastId;
    asked.set(ours, entry);
    response.once("close", () => {
      if (asked.delete(ours))
        server.send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: ours } });
    });
    server.send({ ...message, id: ours });
  }

  function receive(line: string): void {
    const message = JSON.parse(line) as Message;
    if (message.method === undefined) {
      const entry = asked.get(message.id as number);
      asked.delete(message.id as number);
      if (entry) finish(entry, message);
      return;
    }
    const { params = {} } = message;
    const subscription = asked.get(params._meta?.[SUBSCRIPTION] as number);
    const entry =
      subscription ??
      [...asked.values()].find(({ progressToken }) => progressToken === params["progressToken"]);
    if (!entry) return;
    const _meta = { ...params._meta, ...(subscription && { [SUBSCRIPTION]: subscription.id }) };
    stream(entry, { ...message, params: { ...params, _meta } });
  }

  createInterface({ input: server.child.stdout }).on("line", receive);
  const http = createServer((request, response) => {
    if (request.method === "POST") void forward(request, response);
    else response.writeHead(405).end();
  });
  await once(http.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void http.close());
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`;
}

function stream({ response }: Asked, message: Message): void {
  if (!response.headersSent) response.writeHead(200, { "Content-Type": "text/event-stream" });
  response.write(`data: ${JSON.stringify(message)}\n\n`);
}

function finish(entry: Asked, message: Message): void {
  const { id, isModern, response } = entry;
  const answer = { ...message, id };
  if (response.headersSent) {
    stream(entry, answer);
    response.end();
    return;
  }
  const status = (isModern && STATUSES.get(message.error?.code ?? 0)) || 200;
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(answer));
}
