/** Creates the MCP server: the SDK's server with the methods of this server. */

import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { PingRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { describeRulesState } from "../call/rules.ts";
import { createDispatcher, defineMethod, type Method } from "./dispatch.ts";
import { createModernMethods, speakBothEras } from "./era.ts";
import { createGreeting } from "./greeting.ts";
import { createPromptMethods } from "./prompts.ts";
import type { RequestClient } from "./request-client.ts";
import { createResourceMethods } from "./resources.ts";
import { openSession, type ServerOptions } from "./session.ts";
import { createToolMethods } from "./tools.ts";

/** Returns the server. `client` is the client of an `initialize` that was already answered. */
export function createServer(options: ServerOptions, client?: RequestClient): Server {
  const session = openSession(options);
  const { operator } = session;
  const describeRules = () => describeRulesState(operator.read());
  const { serverInfo, describe, initialize } = createGreeting({ ...options, describeRules });
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
  // The SDK answers invalid params with raw zod output.
  for (const name of ["initialize", "ping"]) server.removeRequestHandler(name);
  server.fallbackRequestHandler = speakBothEras({
    legacy: createDispatcher(session, [...opening, ...methods]),
    modern: createDispatcher(session, [...createModernMethods(describe), ...methods]),
    serverInfo,
    redact: session.client.redact,
    hasRulesFile: operator.read().digest !== undefined,
    client,
  });
  return server;
}
