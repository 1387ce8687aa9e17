/** What is wrong with the params of a request, in words. */

import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { ErrorCode } from "@modelcontextprotocol/sdk/types.js";
import { clean } from "../text.ts";
import { ProtocolError } from "./protocol-error.ts";

/** Characters of all that is said. */
const SAID = 500;

interface Issue {
  path: (string | number)[];
  message: string;
}

type Handler = (request: unknown, extra: unknown) => unknown;

/**
 * The SDK answers params of the wrong shape with an internal error and all that its validation found, as JSON. Call this
 * when all handlers are set: it lets them answer with what it is, and where.
 */
export function explainInvalidParams(server: Server): void {
  const handlers: Map<string, Handler> = server["_requestHandlers"];
  for (const [method, handle] of handlers) {
    handlers.set(method, (request, extra) =>
      Promise.resolve()
        .then(() => handle(request, extra))
        .catch((error) => {
          throw Array.isArray(error?.issues) ? invalidParams(method, error.issues) : error;
        }),
    );
  }
}

function invalidParams(method: string, issues: Issue[]): ProtocolError {
  const found = issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  return new ProtocolError(ErrorCode.InvalidParams, clean(`${method} got invalid ${found.join("; ")}`, SAID));
}
