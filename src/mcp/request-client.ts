/** What is known of the client of a request. */

import type { ClientCapabilities } from "@modelcontextprotocol/sdk/types.js";

export interface RequestClient {
  clientCapabilities: ClientCapabilities;
  /** As negotiated. */
  protocolVersion?: string;
}
