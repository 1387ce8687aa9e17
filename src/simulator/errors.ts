/** The replies of the simulated API, and its errors. */

/** A reply of a route: HTTP status, extra headers, and a JSON body, which may be missing. */
export interface SimulatorReply {
  status: number;
  headers: Record<string, string>;
  body?: unknown;
}

/** The refusal of a request; `handleRequest` converts it to the body `{error: {code, message, details}}`. */
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

/** Returns a 422 for one field, with the wording and the `details.fields` of the live API. */
export function invalidInputError(field: string, problem: string): ApiError {
  return new ApiError(422, "invalid_input", `invalid input in field '${field}'`, {
    fields: [{ name: field, messages: [problem] }],
  });
}

/** Returns a 404 for an image or action; `id` is the text in the path, which may be no number. */
export function notFoundError(kind: "image" | "action", id: string): ApiError {
  return new ApiError(404, "not_found", `${kind} with ID '${id}' not found`);
}

/** Returns a 423 for an image with a running action. */
export function lockedError(message: string): ApiError {
  return new ApiError(423, "locked", message);
}
