/** What a route hands back: HTTP status, extra headers, and a JSON body unless the reply has none. */
export interface SimulatorReply {
  status: number;
  headers: Record<string, string>;
  body?: unknown;
}

/** A request the API turns down; `handle` makes it the body `{error: {code, message, details}}`. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: object | null;

  constructor(status: number, code: string, message: string, details: object | null = null) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/** 422 for one field, in the wording and with the `details.fields` of the live API. */
export function invalidInputError(field: string, problem: string): ApiError {
  return new ApiError(422, "invalid_input", `invalid input in field '${field}'`, {
    fields: [{ name: field, messages: [problem] }],
  });
}

/** 404 for an image or action; `id` is what stood in the path, which need not be a number. */
export function notFoundError(kind: "image" | "action", id: string): ApiError {
  return new ApiError(404, "not_found", `${kind} with ID '${id}' not found`);
}

/** 423 while something else is at work on the image. */
export function lockedError(message: string): ApiError {
  return new ApiError(423, "locked", message);
}
