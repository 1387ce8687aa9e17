/** The members of a tool result that the page reads. */

export type Params = Record<string, unknown>;

export interface ToolResult {
  structuredContent?: Params;
  content?: { type: string; text?: string }[];
  isError?: boolean;
  /** Data for the page: MCP clients do not show it to the model. */
  _meta?: Params;
}
