/** The clock by which the client measures and waits, so that tests can replace it. */

/** The time, waiting, and random numbers. */
export interface Clock {
  /** Returns the time for ages, deadlines and waits, in ms; never runs back. */
  now(): number;
  /** Returns the time of this machine's clock, in ms since the epoch. */
  wall(): number;
  /** Waits `ms` milliseconds. Rejects with the signal's reason when aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Returns a random number in [0, 1). */
  random(): number;
}

/** The drift between the two clocks of a machine, in ms, beyond which one of them counts as set. */
const DRIFT_MS = 50;

/**
 * Returns a wall clock that goes on when the machine's clock is set back: a read must not look younger than it is. The time for which
 * the machine was suspended counts.
 */
export function createNow(wall: () => number, monotonic: () => number): () => number {
  let ahead = 0;
  let latest = wall();
  let start = latest - monotonic();
  return () => {
    const expected = start + monotonic();
    const found = wall() + ahead;
    if (found < expected - DRIFT_MS) ahead += expected - found;
    else start += found - expected;
    latest = Math.max(latest, wall() + ahead);
    return latest;
  };
}

export const realClock: Clock = {
  now: createNow(Date.now, () => performance.now()),
  wall: Date.now,
  random: Math.random,
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const stop = () => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      const timer = setTimeout(() => {
        signal.removeEventListener("abort", stop);
        resolve();
      }, ms);
      signal.addEventListener("abort", stop, { once: true });
    }),
};
