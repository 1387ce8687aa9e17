/** An error as JSON-RPC sends it. The SDK's McpError puts its code into the message, where clients put it again. */

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
