/** What the server knows of the client of a request. */

import type { ClientCapabilities } from "@modelcontextprotocol/sdk/types.js";

export interface RequestClient {
  clientCapabilities: ClientCapabilities;
  /** The negotiated version of MCP. */
  protocolVersion?: string;
}
