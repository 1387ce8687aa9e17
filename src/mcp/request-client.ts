/** The MCP client of a request: its capabilities and its version of MCP. */

import type { ClientCapabilities } from "@modelcontextprotocol/sdk/types.js";

export interface RequestClient {
  clientCapabilities: ClientCapabilities;
  /** The negotiated version of MCP. */
  protocolVersion?: string;
}
