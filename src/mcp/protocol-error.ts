/** An error as JSON-RPC sends it. */

export const METHOD_NOT_FOUND = -32601;
export const INVALID_PARAMS = -32602;
export const INTERNAL_ERROR = -32603;

/** The SDK's McpError puts the code into the message, where clients put the code again. */
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
