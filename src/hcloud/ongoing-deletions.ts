/** Knows which images may be gone soon: all calls of a server share the deletions that they have begun. */

/**
 * The time after a deletion with an unknown outcome has ended, in ms, in which it can still take effect: longer than any request can
 * be on its way.
 */
export const SETTLE_MS = 60_000;

/** The deletions of one image. */
interface Deletions {
  /** How many have begun and not ended. */
  begun: number;
  /** When none of those that ended can take effect any more, in ms of the clock. */
  settledAt: number;
}

const NONE: Deletions = { begun: 0, settledAt: Number.NEGATIVE_INFINITY };

export class OngoingDeletions {
  readonly #byId = new Map<number, Deletions>();

  begin(id: number): void {
    const { begun, settledAt } = this.#byId.get(id) ?? NONE;
    this.#byId.set(id, { begun: begun + 1, settledAt });
  }

  /** Ends a deletion. Only reads that were sent at `until` or later, in ms of the clock, show its outcome; null when it was not made. */
  end(id: number, until: number | null): void {
    const { begun, settledAt } = this.#byId.get(id) ?? NONE;
    const left = { begun: begun - 1, settledAt: Math.max(settledAt, until ?? NONE.settledAt) };
    if (left.begun <= 0 && left.settledAt === NONE.settledAt) this.#byId.delete(id);
    else this.#byId.set(id, left);
  }

  /** Whether the image may be gone although it was there when it was read at `readAt`, in ms of the clock. */
  mayBeGone(id: number, readAt: number): boolean {
    const { begun, settledAt } = this.#byId.get(id) ?? NONE;
    return begun > 0 || readAt < settledAt;
  }
}
