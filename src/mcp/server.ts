/** The MCP server: the SDK's, with the methods that this server answers. */

import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { PingRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { introduce } from "../call/rules.ts";
import { createDispatcher, defineMethod, type Method } from "./dispatch.ts";
import { createModernMethods, speakBothEras } from "./era.ts";
import { createGreeting } from "./greeting.ts";
import { createPromptMethods } from "./prompts.ts";
import type { RequestClient } from "./request-client.ts";
import { createResourceMethods } from "./resources.ts";
import { openSession, type ServerOptions } from "./session.ts";
import { createToolMethods } from "./tools.ts";

/** `client` is that of an `initialize` that was answered already. */
export function createServer(options: ServerOptions, client?: RequestClient): Server {
  const session = openSession(options);
  const { serverInfo, describe, initialize } = createGreeting({
    ...options,
    rules: introduce(session.operator.read()),
  });
  const opening: Method[] = [
    ["initialize", ({ params }) => initialize(params)],
    defineMethod(PingRequestSchema, () => ({})),
  ];
  const methods = [
    ...createToolMethods(session),
    ...createPromptMethods(session.readOnly),
    ...createResourceMethods(session),
  ];
  const server = new Server(serverInfo, { capabilities: describe({}).capabilities });
  // The SDK answers params of the wrong shape with raw zod output.
  for (const name of ["initialize", "ping"]) server.removeRequestHandler(name);
  server.fallbackRequestHandler = speakBothEras({
    legacy: createDispatcher(session, [...opening, ...methods]),
    modern: createDispatcher(session, [...createModernMethods(describe), ...methods]),
    serverInfo,
    redact: session.client.redact,
    client,
  });
  return server;
}
