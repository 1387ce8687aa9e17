/** Errors of JSON-RPC. */

export const METHOD_NOT_FOUND = -32601;
export const INVALID_PARAMS = -32602;
export const INTERNAL_ERROR = -32603;

/** An error that a request is answered with. The SDK's McpError would put the code into the message, as MCP clients do too. */
export class ProtocolError extends Error {
  readonly code: number;
  readonly data: object | undefined;

  constructor(code: number, message: string, data?: object) {
    super(message);
    this.name = "ProtocolError";
    this.code = code;
    this.data = data;
  }
}

export function invalidParamsError(sentence: string): ProtocolError {
  return new ProtocolError(INVALID_PARAMS, sentence);
}
