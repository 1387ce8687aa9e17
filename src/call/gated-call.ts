/** One call of a gated tool, as the gate sees it. */

import type { ImagesApi } from "../hcloud/images.ts";
import type { CallContext } from "../tool.ts";
import type { ConfirmationCodes } from "./confirmation-codes.ts";
import type { FormChannel, Person } from "./person.ts";
import type { Renames } from "./renames.ts";
import type { OperatorRules } from "./rules.ts";

export interface GatedCall {
  input: unknown;
  confirm: string | undefined;
  codes: ConfirmationCodes;
  person: Person;
  renames: Renames;
  operator: OperatorRules;
  /** Null when the client shows no forms, or must show none. */
  channel: FormChannel | null;
  /** What the call works with until `renew` replaces it: the time in which a person reads does not count. */
  work: Work;
  /** Starts the call's time limit again. Throws `ToolError` when the operator's rules no longer allow the tool. */
  renew(): void;
  /** Records an event; the call goes on when the event cannot be written. */
  record(outcome: string, more?: Record<string, unknown>): void;
  /** Records preview, refused, asked, confirmed or started before it takes effect. Throws `ToolError` when it cannot be written. */
  recordOrAbort(outcome: string, more?: Record<string, unknown>): void;
}

/** The API and the context of one call, with its time limit. */
export interface Work {
  api: ImagesApi;
  call: CallContext;
}
