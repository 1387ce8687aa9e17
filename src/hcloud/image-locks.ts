/** Runs the changes of one image by all calls of this server one after the other. */

export class ImageLocks {
  /** The promise that the next change of an image waits for, by the id of the image. */
  readonly #tails = new Map<number, Promise<unknown>>();
  /** The number of ended changes, by the id of the image. */
  readonly #ended = new Map<number, number>();

  /** Returns how many changes of the image have ended. A read that began before the last of them is out of date. */
  ended(id: number): number {
    return this.#ended.get(id) ?? 0;
  }

  /** Runs the change after the earlier changes of the image, or once `signal` is aborted: then, the change sends nothing. */
  async run<T>(id: number, signal: AbortSignal, change: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(id);
    let end: () => void = () => undefined;
    const tail = Promise.all([before, new Promise<void>((resolve) => (end = resolve))]);
    this.#tails.set(id, tail);
    void tail.then(() => this.#tails.get(id) === tail && this.#tails.delete(id));
    try {
      if (before) await waitForEndOrAbort(before, signal);
      return await change();
    } finally {
      this.#ended.set(id, this.ended(id) + 1);
      end();
    }
  }
}

function waitForEndOrAbort(before: Promise<unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      signal.removeEventListener("abort", go);
      resolve();
    };
    signal.addEventListener("abort", go);
    if (signal.aborted) go();
    void before.then(go);
  });
}
