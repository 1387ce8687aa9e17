/** A fake clock with concurrent sleepers: time passes when nothing else can happen. */

import { runEventLoop } from "./cleanup.ts";
import type { Harness } from "./harness.ts";

/** Rounds of the event loop without a request before time passes. */
const QUIET_ROUNDS = 200;

/** Lets the harness's time pass until `work` has ended; nothing else may use the clock during that time. */
export async function whileTimePasses<T>(
  { clock, simulator }: Pick<Harness, "clock" | "simulator">,
  work: Promise<T>,
): Promise<T> {
  const sleepers = new Set<{ until: number; wake(): void }>();
  const { sleep } = clock;
  clock.sleep = (ms, signal) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const stop = () => {
        sleepers.delete(sleeper);
        reject(signal.reason);
      };
      const wake = () => {
        signal.removeEventListener("abort", stop);
        resolve();
      };
      const sleeper = { until: clock.now() + ms, wake };
      sleepers.add(sleeper);
      signal.addEventListener("abort", stop);
    });

  let ended = false;
  const end = () => {
    ended = true;
  };
  work.then(end, end);
  while (!ended) {
    const { handled } = simulator.state;
    for (let quiet = 0; quiet < QUIET_ROUNDS && !ended; quiet++) await runEventLoop(1);
    const [next] = [...sleepers].sort((a, b) => a.until - b.until);
    if (!next || simulator.state.handled !== handled) continue;
    sleepers.delete(next);
    clock.time = Math.max(clock.time, next.until);
    await clock.onSlept();
    next.wake();
  }
  clock.sleep = sleep;
  return work;
}
