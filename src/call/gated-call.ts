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
  /** Null when the client shows no forms, or is to show none. */
  channel: FormChannel | null;
  /** What the call works with, until `renew` replaces it: the time in which a person reads is not the call's. */
  work: Work;
  renew(): void;
  /** Records what needs no undoing when it cannot be written. */
  record(outcome: string, more?: Record<string, unknown>): void;
  /** Records what the gate decides before it is done: preview, refused, asked, confirmed, started. Throws to prevent it. */
  recordOrAbort(outcome: string, more?: Record<string, unknown>): void;
}

export interface Work {
  api: ImagesApi;
  call: CallContext;
}
