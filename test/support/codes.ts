/** A store of confirmation codes on a fake clock, and the sentences with which it refuses. */

import { ConfirmationCodes } from "../../src/call/confirmation-codes.ts";
import type { Agreement } from "../../src/tool.ts";
import { many } from "./cleanup.ts";
import { FakeClock } from "./harness.ts";

export const TOOL = "hcloud_delete_image";
export const WORDS = "delete 4 snapshots, 41.01 GB, web-1 3, db-1 1";

/** Of which the random part of a code is made. */
export const ALPHABET = "23456789abcdefghijkmnpqrstuvwxyz";

export const NOT_KEPT =
  "This code was not issued by this server since it was started, is no longer kept, or is mistyped.";
export const EXPIRED = "This code has expired.";
export const OTHER_TOOL = "This code was issued for another tool or other arguments.";
export const USED = "This code has been used already.";

/** An agreement on as many images. */
export const agreement = (count = 1): Agreement => ({
  tool: TOOL,
  input: "id 1",
  shown: { images: many(count) },
});

export function openStore() {
  const clock = new FakeClock();
  const codes = new ConfirmationCodes(clock.now);
  return {
    clock,
    codes,
    issue: (count?: number, words = WORDS) => codes.issue(words, agreement(count)).confirm,
    find: (code: string) => codes.find(code, TOOL),
    isValid: (code: string) => typeof codes.find(code, TOOL) !== "string",
  };
}
