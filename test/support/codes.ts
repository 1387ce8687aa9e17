/** The store of confirmation codes, on a fake clock. */

import { ConfirmationCodes } from "../../src/call/confirmation-codes.ts";
import type { Agreement } from "../../src/tool.ts";
import { many } from "./cleanup.ts";
import { refusalIn } from "./code-refusals.ts";
import { FakeClock } from "./harness.ts";

export const TOOL = "hcloud_delete_image";
export const WORDS = "delete 4 snapshots, 41.01 GB, web-1 3, db-1 1";

/** Characters of the random part of a code. */
export const ALPHABET = "23456789abcdefghijkmnpqrstuvwxyz";

/** Returns an agreement on `count` images. */
export const agreement = (count = 1): Agreement => ({
  tool: TOOL,
  input: "id 1",
  shown: { images: many(count) },
});

export function openStore() {
  const clock = new FakeClock();
  const codes = new ConfirmationCodes(clock);
  return {
    clock,
    codes,
    issue: (count?: number, words = WORDS) => codes.issue(words, agreement(count)).confirm,
    /** Returns the agreement of a code, or why the code is refused. */
    find(code: string, tool = TOOL) {
      const found = codes.find(code, tool);
      return typeof found === "string" ? refusalIn(found) : found;
    },
    isValid: (code: string) => typeof codes.find(code, TOOL) !== "string",
  };
}
