/** A tool result, as far as the page reads it. */

export type Params = Record<string, unknown>;

export interface ToolResult {
  structuredContent?: Params;
  content?: { type: string; text?: string }[];
  isError?: boolean;
  /** Clients keep it from the model. */
  _meta?: Params;
}
