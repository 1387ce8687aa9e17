/** Runs the changes of one image by all calls of this server one after the other. */

import type { Clock } from "./clock.ts";
import { HcloudError } from "./errors.ts";

/** How long a change waits for its turn. */
interface Patience {
  signal: AbortSignal;
  /** In ms of the clock. */
  deadline: number;
  clock: Clock;
}

export class ImageLocks {
  /** The promise that the next change of an image waits for, by the id of the image. */
  readonly #tails = new Map<number, Promise<unknown>>();
  /** The number of ended changes, by the id of the image. */
  readonly #ended = new Map<number, number>();

  /** Returns how many changes of the image have ended. A read that began before the last of them is out of date. */
  ended(id: number): number {
    return this.#ended.get(id) ?? 0;
  }

  /**
   * Runs the change after the earlier changes of the image, or once the signal is aborted: then, the change sends nothing. When the
   * earlier changes last until the deadline, the change gets the error `deadline_exceeded`, and must send nothing.
   */
  async run<T>(id: number, patience: Patience, change: (late?: HcloudError) => Promise<T>): Promise<T> {
    const before = this.#tails.get(id);
    let end: () => void = () => undefined;
    const tail = Promise.all([before, new Promise<void>((resolve) => (end = resolve))]);
    this.#tails.set(id, tail);
    void tail.then(() => this.#tails.get(id) === tail && this.#tails.delete(id));
    try {
      return await change(before && (await waitForTurn(before, patience)));
    } finally {
      this.#ended.set(id, this.ended(id) + 1);
      end();
    }
  }
}

/** Returns the error of a change whose turn did not come before the deadline. */
function waitForTurn(
  before: Promise<unknown>,
  { signal, deadline, clock }: Patience,
): Promise<HcloudError | undefined> {
  return new Promise((resolve) => {
    const leave = (late?: HcloudError) => {
      signal.removeEventListener("abort", go);
      clearTimeout(timer);
      resolve(late);
    };
    const go = () => leave();
    const late = () => leave(new HcloudError("deadline_exceeded", "another call was changing the image"));
    const timer = setTimeout(late, deadline - clock.now());
    signal.addEventListener("abort", go);
    if (signal.aborted) go();
    void before.then(go);
  });
}
