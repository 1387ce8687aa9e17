/** The errors with which a tool refuses a call, and the operator's rules an image. */

/** The refusal of a call before anything is done; the message says why and what to do next. */
export class ToolError extends Error {
  /** The error code, in the style of the API's codes. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "ToolError";
    this.code = code;
  }
}

/** The error code for what the operator's rules forbid. */
export const FORBIDDEN_BY_RULE = "forbidden_by_rule";

/** The refusal of one image by the operator's rules, which no call overrides. */
export class RuleError extends ToolError {
  /** The reason as a fragment of a sentence, for a list of images. */
  readonly why: string;

  constructor(why: string, message: string) {
    super(FORBIDDEN_BY_RULE, message);
    this.name = "RuleError";
    this.why = why;
  }
}
