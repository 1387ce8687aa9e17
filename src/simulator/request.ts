/** A request as the simulator records it, and what a test may do with one. */

import type { ServerResponse } from "node:http";
import type { SimulatorReply } from "./errors.ts";

export interface RecordedRequest {
  method: string;
  /** Below `/v1`; the whole path when it is not below it. */
  path: string;
  query: [string, string][];
  rawUrl: string;
  /** Names in lower case, values as received. */
  headers: Record<string, string>;
  body: string;
  /** Null until answered, and for ever when the answer was lost. */
  status: number | null;
}

/**
 * Called before each request is handled. Return nothing to let it through; return "handled" after dealing with
 * `response` oneself. `apply()` runs the request on the state, once, and returns the reply without sending it, so
 * that a test can lose the answer.
 */
export type Intercept = (
  request: RecordedRequest,
  response: ServerResponse,
  apply: () => SimulatorReply,
  // biome-ignore lint/suspicious/noConfusingVoidType: an intercept that only looks on returns nothing
) => "handled" | undefined | void;
