/** The sentences by which an error says that no change was made: here alone, so that no test passes because they were reworded. */

export const NOTHING_SENT = "Nothing was sent.";
export const NOTHING_CHANGED = "Nothing was changed";

/** Whether a text says that no change was made. */
export function claimsUnchanged(text: string): boolean {
  return /nothing was|changed nothing|unchanged/i.test(text);
}
