/** Requests of version 2026-07-28, sent by an MCP client that knows only older versions. */

import { type Result, ResultSchema } from "@modelcontextprotocol/sdk/types.js";
import type { Harness } from "./harness.ts";

export const PREFIX = "io.modelcontextprotocol";

/** Members of `_meta` in each request of this version. */
export const ENVELOPE = {
  [`${PREFIX}/protocolVersion`]: "2026-07-28",
  [`${PREFIX}/clientInfo`]: { name: "test", version: "0" },
  [`${PREFIX}/clientCapabilities`]: {},
};

type Options = Parameters<Harness["mcp"]["request"]>[2];

export function ask(
  { mcp }: Harness,
  method: string,
  params: object = {},
  options?: Options,
): Promise<Result> {
  return mcp.request({ method, params } as never, ResultSchema, options);
}

export function askModern(harness: Harness, method: string, params = {}, options?: Options): Promise<Result> {
  return ask(harness, method, { ...params, _meta: ENVELOPE }, options);
}
