/** A store of confirmation codes on a fake clock. */

import { ConfirmationCodes } from "../../src/call/confirmation-codes.ts";
import type { Agreement } from "../../src/tool.ts";
import { many } from "./cleanup.ts";
import { refusalIn } from "./code-refusals.ts";
import { FakeClock } from "./harness.ts";

export const TOOL = "hcloud_delete_image";
export const WORDS = "delete 4 snapshots, 41.01 GB, web-1 3, db-1 1";

/** Of which the random part of a code is made. */
export const ALPHABET = "23456789abcdefghijkmnpqrstuvwxyz";

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
    /** What the code stands for, or why it is refused. */
    find(code: string, tool = TOOL) {
      const found = codes.find(code, tool);
      return typeof found === "string" ? refusalIn(found) : found;
    },
    isValid: (code: string) => typeof codes.find(code, TOOL) !== "string",
  };
}
