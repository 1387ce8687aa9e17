/**
 * Adds version 2026-07-28 of MCP to the versions that the SDK knows. That version has no handshake: each request has an envelope in
 * `_meta` with its version and the capabilities of its client, and its answer depends on no other request.
 */

import { once } from "node:events";
import {
  type ClientCapabilities,
  type Implementation,
  type JSONRPCRequest,
  LoggingLevelSchema,
  type Result,
  type ServerCapabilities,
} from "@modelcontextprotocol/sdk/types.js";
import { isObject } from "../json.ts";
import { clean, MAX_QUOTED_CHARS } from "../text.ts";
import type { Handler, Method } from "./dispatch.ts";
import { INVALID_PARAMS, invalidParamsError, ProtocolError } from "./protocol-error.ts";
import type { RequestClient } from "./request-client.ts";
import { RESOURCE_NOT_FOUND } from "./resources.ts";
import type { Extra } from "./session.ts";
import { decodeId } from "./stdio.ts";

const VERSION = "2026-07-28";
const UNSUPPORTED_VERSION = -32022;

const PREFIX = "io.modelcontextprotocol";
const PROTOCOL_VERSION = `${PREFIX}/protocolVersion`;
const CLIENT_CAPABILITIES = `${PREFIX}/clientCapabilities`;
const LOG_LEVEL = `${PREFIX}/logLevel`;
const SERVER_INFO = `${PREFIX}/serverInfo`;
const SUBSCRIPTION_ID = `${PREFIX}/subscriptionId`;

const DISCOVER = "server/discover";
const LISTEN = "subscriptions/listen";

/** The time for which an MCP client may reuse a list, in ms. A list changes with the release and the mode. */
const LIST_TTL_MS = 5 * 60_000;

const TTL_MS = new Map([
  [DISCOVER, LIST_TTL_MS],
  ["tools/list", LIST_TTL_MS],
  ["prompts/list", LIST_TTL_MS],
  ["resources/list", LIST_TTL_MS],
  ["resources/templates/list", LIST_TTL_MS],
  ["resources/read", 0],
]);

/** The results that an operator changes who replaces the rules file: no MCP client may reuse them when there is one. */
const CHANGED_BY_RULES = new Set([DISCOVER, "tools/list"]);

/** Returns the methods that only version 2026-07-28 has. `describe` returns what the server declares to the client of a request. */
export function createModernMethods(
  describe: (extra: Extra) => { capabilities: ServerCapabilities; instructions: string },
): Method[] {
  return [
    [DISCOVER, (_, extra) => ({ supportedVersions: [VERSION], ...describe(extra) })],
    [
      LISTEN,
      async ({ params }, { requestId, sendNotification, signal }) => {
        if (!isObject(params?.["notifications"]))
          throw invalidParamsError(`${LISTEN}: params.notifications: must be an object`);
        const cancelled = once(signal, "abort");
        // Changed rules change the list of tools, but no client is notified: each call checks the rules.
        await sendNotification({
          method: "notifications/subscriptions/acknowledged",
          params: { _meta: { [SUBSCRIPTION_ID]: decodeId(requestId) }, notifications: {} },
        });
        await cancelled;
        return {};
      },
    ],
  ];
}

interface Eras {
  /** Answers the requests of the versions with a handshake. */
  legacy: Handler;
  /** Answers the requests of version 2026-07-28. */
  modern: Handler;
  serverInfo: Implementation;
  redact(text: string): string;
  /** Whether the operator's rules can change while the server runs. */
  hasRulesFile: boolean;
  /** The client of an `initialize` that was already answered. */
  client?: RequestClient | undefined;
}

/** Returns a handler that answers each request in its era, and passes the capabilities of its client to the handlers. */
export function speakBothEras(eras: Eras): Handler {
  const { legacy, modern, serverInfo, redact, hasRulesFile, client: opened } = eras;
  let client: RequestClient = opened ?? { clientCapabilities: {} };
  return async (request, extra) => {
    if (!isModern(request)) {
      if (request.method !== "initialize") return legacy(request, withClient(extra, client));
      // A client may send its first calls without a wait for the answer.
      const announced: RequestClient = { clientCapabilities: readCapabilities(request) };
      const before = client;
      client = announced;
      try {
        const result = await legacy(request, withClient(extra, client));
        announced.protocolVersion = String(result["protocolVersion"]);
        return result;
      } catch (error) {
        // A refused request changes nothing.
        if (client === announced) client = before;
        throw error;
      }
    }
    const clientCapabilities = openEnvelope(request, redact);
    const { inputResponses, requestState } = request.params ?? {};
    const retry = { inputResponses, requestState };
    try {
      const envelope = { clientCapabilities, protocolVersion: VERSION, retry };
      const result = await modern(request, withClient(extra, envelope));
      return {
        resultType: "complete",
        ...result,
        ...createCacheHints(request, hasRulesFile),
        _meta: { ...result._meta, [SERVER_INFO]: serverInfo },
      };
    } catch (error) {
      if (!(error instanceof ProtocolError) || error.code !== RESOURCE_NOT_FOUND) throw error;
      throw new ProtocolError(INVALID_PARAMS, error.message, error.data);
    }
  };
}

/** Names the members: on Node 20, a spread before new members takes longer than the rest of this file. */
function withClient(
  { _meta, requestId, sendNotification, sendRequest, signal }: Extra,
  client: RequestClient & Pick<Extra, "retry">,
): Extra {
  return { _meta, requestId, sendNotification, sendRequest, signal, ...client };
}

function isModern({ method, params }: JSONRPCRequest): boolean {
  const meta = params?._meta ?? {};
  return method === DISCOVER || PROTOCOL_VERSION in meta || CLIENT_CAPABILITIES in meta;
}

/** Returns the capabilities of the client. Throws when the envelope is incomplete, or of a version that this server does not know. */
function openEnvelope({ params }: JSONRPCRequest, redact: Eras["redact"]): ClientCapabilities {
  const meta: Record<string, unknown> = params?._meta ?? {};
  const version = meta[PROTOCOL_VERSION];
  const capabilities = meta[CLIENT_CAPABILITIES];
  if (typeof version !== "string")
    throw invalidParamsError(`params._meta.${PROTOCOL_VERSION}: must be a string`);
  if (version !== VERSION) {
    const data = { supported: [VERSION], requested: redact(clean(version, MAX_QUOTED_CHARS)) };
    throw new ProtocolError(UNSUPPORTED_VERSION, "Unsupported protocol version", data);
  }
  if (!isObject(capabilities))
    throw invalidParamsError(`params._meta.${CLIENT_CAPABILITIES}: must be an object`);
  if (!LoggingLevelSchema.optional().safeParse(meta[LOG_LEVEL]).success)
    throw invalidParamsError(
      `params._meta.${LOG_LEVEL}: must be one of ${LoggingLevelSchema.options.join(", ")}`,
    );
  return capabilities;
}

function createCacheHints({ method }: JSONRPCRequest, hasRulesFile: boolean): Result {
  const ttlMs = hasRulesFile && CHANGED_BY_RULES.has(method) ? 0 : TTL_MS.get(method);
  return ttlMs === undefined ? {} : { ttlMs, cacheScope: "private" };
}

/** Returns the capabilities in the params of `initialize`, which are not checked yet. */
function readCapabilities({ params }: JSONRPCRequest): ClientCapabilities {
  const capabilities = params?.["capabilities"];
  return isObject(capabilities) ? capabilities : {};
}
