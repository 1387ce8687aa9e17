/** The time, waiting, and a number in [0, 1): real by default, faked in tests. */
export interface Clock {
  /** In ms, for ages, deadlines and waits; never runs back. */
  now(): number;
  /** In ms, as this machine's clock shows it. */
  wall(): number;
  /** Rejects when aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  random(): number;
}

/** Milliseconds by which the two clocks of a machine may drift apart before one of them counts as set. */
const DRIFT_MS = 50;

/**
 * The wall clock, but that it goes on when the clock of the machine is set back: nothing that was read may look younger for
 * that. It also counts the time for which the machine was suspended.
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
