/** Passes requests to their handlers: checks params with the SDK's schemas, and converts errors to JSON-RPC errors. */

import type { JSONRPCRequest, Result } from "@modelcontextprotocol/sdk/types.js";
import { explain } from "../call/explain.ts";
import { clean, didYouMean, quote } from "../text.ts";
import { INTERNAL_ERROR, invalidParamsError, METHOD_NOT_FOUND, ProtocolError } from "./protocol-error.ts";
import { type Extra, reportIfInternal, type Session } from "./session.ts";

const MAX_PROBLEMS_CHARS = 500;

type Answer<Asked> = (asked: Asked, extra: Extra) => Result | Promise<Result>;
export type Handler = (request: JSONRPCRequest, extra: Extra) => Promise<Result>;
export type Method = readonly [name: string, answer: Answer<JSONRPCRequest>];

/** The part of a request schema of the SDK that this file uses. */
interface RequestSchema<Request> {
  shape: { method: { value: string } };
  safeParse(request: unknown): { success: true; data: Request } | { success: false; error: Problems };
}

interface Problems {
  issues: { path: PropertyKey[]; message: string }[];
}

/**
 * Returns a method with the function that answers it, which gets only checked params. Params for which `isPlain` is true skip the
 * schema, which takes ten times as long.
 */
export function defineMethod<Request extends { params?: unknown }>(
  schema: RequestSchema<Request>,
  answer: Answer<Request["params"]>,
  isPlain: (params: unknown) => boolean = () => false,
): Method {
  const name = schema.shape.method.value;
  const answerChecked: Answer<JSONRPCRequest> = (request, extra) => {
    if (isPlain(request.params)) return answer(request.params as Request["params"], extra);
    const parsed = schema.safeParse(request);
    if (parsed.success) return answer(parsed.data.params, extra);
    const problems = parsed.error.issues.map(
      ({ path, message }) => `${path.map(String).join(".")}: ${message}`,
    );
    throw invalidParamsError(clean(`${name}: ${problems.join("; ")}`, MAX_PROBLEMS_CHARS));
  };
  return [name, answerChecked];
}

/** Returns a list method with its whole list. The list has one page, so every cursor is unknown. */
export function defineListMethod<Request extends { params?: { cursor?: string | undefined } | undefined }>(
  schema: RequestSchema<Request>,
  list: (extra: Extra) => Result,
): Method {
  return defineMethod(schema, (params, extra) => {
    if (params?.cursor === undefined) return list(extra);
    throw invalidParamsError("Unknown cursor. The list has one page: call again without a cursor.");
  });
}

/** Returns the handler of all requests, which knows only these methods. */
export function createDispatcher(session: Session, methods: readonly Method[]): Handler {
  const { redact } = session.client;
  const answers = new Map(methods);
  return async (request, extra) => {
    const answer = answers.get(request.method);
    if (!answer) throw new ProtocolError(METHOD_NOT_FOUND, "Method not found");
    try {
      return await answer(request, extra);
    } catch (error) {
      extra.signal.throwIfAborted();
      if (error instanceof ProtocolError)
        throw new ProtocolError(error.code, redact(error.message), error.data);
      reportIfInternal(error, request.method, session);
      throw new ProtocolError(INTERNAL_ERROR, redact(explain(error)));
    }
  };
}

/** Returns the error of an unknown tool or prompt, with the nearest known name. */
export function unknownNameError(
  what: string,
  name: string,
  known: readonly { name: string }[],
): ProtocolError {
  const names = known.map(({ name }) => name);
  return invalidParamsError(`Unknown ${what} ${quote(name)}.${didYouMean(name, names)}`);
}
