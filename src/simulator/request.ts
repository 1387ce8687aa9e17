/** A request as the simulator records it, and the function with which a test intercepts requests. */

import type { ServerResponse } from "node:http";
import type { SimulatorReply } from "./errors.ts";

export interface RecordedRequest {
  method: string;
  /** The path below `/v1`; the whole path when `/v1` does not start it. */
  path: string;
  query: [string, string][];
  rawUrl: string;
  /** The headers: names in lower case, values as received. */
  headers: Record<string, string>;
  body: string;
  /** The status of the response; null before the response, and always when the response was lost. */
  status: number | null;
}

/**
 * Called before each request is handled. Returns nothing to let the simulator handle the request, or "handled" after a response of
 * its own. `apply()` applies the request to the state once, and returns the reply without sending it, so that a test can lose the
 * response.
 */
export type Intercept = (
  request: RecordedRequest,
  response: ServerResponse,
  apply: () => SimulatorReply,
  // biome-ignore lint/suspicious/noConfusingVoidType: an intercept that only looks on returns nothing
) => "handled" | undefined | void;
