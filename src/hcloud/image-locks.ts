/** Changes of one image by the calls of one server: one after the other. */

export class ImageLocks {
  /** By id, what the next change waits for. */
  readonly #tails = new Map<number, Promise<unknown>>();
  readonly #ended = new Map<number, number>();

  /** How many changes of the image have ended. A read that began before the last of them says nothing for the next. */
  ended(id: number): number {
    return this.#ended.get(id) ?? 0;
  }

  /** Waits for the changes of the image before this one; no longer once `signal` is aborted, after which nothing is sent. */
  async run<T>(id: number, signal: AbortSignal, change: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(id);
    let end: () => void = () => undefined;
    const tail = Promise.all([before, new Promise<void>((resolve) => (end = resolve))]);
    this.#tails.set(id, tail);
    void tail.then(() => this.#tails.get(id) === tail && this.#tails.delete(id));
    try {
      if (before) await endOrAbort(before, signal);
      return await change();
    } finally {
      this.#ended.set(id, this.ended(id) + 1);
      end();
    }
  }
}

function endOrAbort(before: Promise<unknown>, signal: AbortSignal): Promise<void> {
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
