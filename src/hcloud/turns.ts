/** Who may send next: so many requests at a time, no more than the project's bucket allows, the most urgent first. */

import type { Clock } from "./client.ts";
import { HcloudError } from "./errors.ts";

/** What the API answers for a project of the usual size, assumed until it says otherwise. */
const USUAL_LIMIT = 3600;

/** A bucket is asked again after this long, in ms, however slowly it says that it fills. */
const LONGEST_REFILL = 60_000;

interface Applicant {
  signal: AbortSignal;
  /** In the clock's milliseconds. */
  deadline: number;
}

interface Bucket {
  /** Requests per hour. */
  limit: number;
  /** What the API last said was left. */
  remaining: number;
}

export interface Turns {
  /**
   * Resolves when the request may be sent, to a function that has to be called when it has ended. Earliest deadline first,
   * which is the order of arrival; a write, which leaves time to be settled, goes before the reads of the last seconds.
   * Rejects with the signal's reason, or with `deadline_exceeded`.
   */
  take(applicant: Applicant): Promise<() => void>;
  /** Takes in what an answer says of the bucket. */
  learn(status: number, headers: Record<string, string | string[] | undefined>): void;
  /** Null before the first answer. */
  bucket(): Bucket | null;
  /** Ends all waiting. */
  close(): void;
}

interface Waiting extends Applicant {
  go(): void;
  refuse(error: unknown): void;
}

export function createTurns(atOnce: number, clock: Clock): Turns {
  const waiting: Waiting[] = [];
  const closing = new AbortController();
  let sent = 0;
  let bucket: Bucket | null = null;
  /** Requests that may still be sent, counting those under way as sent. */
  let level = Number.POSITIVE_INFINITY;
  let levelAt = 0;
  let asleep = false;

  const refillMs = () => Math.min(LONGEST_REFILL, 3_600_000 / (bucket?.limit ?? USUAL_LIMIT));

  function refill(): void {
    const now = clock.now();
    const full = bucket?.limit ?? USUAL_LIMIT;
    level = Math.min(Math.max(full, level), level + (now - levelAt) / refillMs());
    levelAt = now;
  }

  /** Lets everyone go whose turn it is. */
  function advance(): void {
    refill();
    while (waiting[0] && sent < atOnce && level >= 1) {
      const [first] = waiting;
      if (first.deadline <= clock.now()) {
        first.refuse(outOfTime("there was no time left to send the request"));
      } else {
        level--;
        sent++;
        first.go();
      }
    }
    if (level < 1) refuseHopeless();
    if (level < 1 && waiting.length > 0 && !asleep) void sleep();
  }

  /** Those whose time will be up before the bucket has filled for them hear so at once. */
  function refuseHopeless(): void {
    let before = 0;
    for (const one of [...waiting]) {
      const free = clock.now() + (before + 1 - level) * refillMs();
      if (free < one.deadline) before++;
      else one.refuse(outOfTime("the project's requests are used up, and there was no time to wait"));
    }
  }

  async function sleep(): Promise<void> {
    asleep = true;
    await clock.sleep(Math.ceil((1 - level) * refillMs()), closing.signal).catch(() => undefined);
    asleep = false;
    if (!closing.signal.aborted) advance();
  }

  return {
    bucket: () => bucket,

    take({ signal, deadline }) {
      return new Promise((resolve, reject) => {
        const leave = () => {
          clearTimeout(timer);
          signal.removeEventListener("abort", cancel);
          const at = waiting.indexOf(one);
          if (at >= 0) waiting.splice(at, 1);
        };
        const cancel = () => one.refuse(signal.reason);
        const one: Waiting = {
          signal,
          deadline,
          go() {
            leave();
            let ended = false;
            resolve(() => {
              if (ended) return;
              ended = true;
              sent--;
              advance();
            });
          },
          refuse(error) {
            leave();
            reject(error);
          },
        };
        const expire = () => one.refuse(outOfTime("there was no time left to send the request"));
        const timer = setTimeout(expire, Math.max(0, deadline - clock.now()));
        signal.addEventListener("abort", cancel, { once: true });
        const after = waiting.findIndex((other) => other.deadline > deadline);
        waiting.splice(after < 0 ? waiting.length : after, 0, one);
        advance();
      });
    },

    learn(status, headers) {
      const [limit, remaining] = [Number(headers["ratelimit-limit"]), Number(headers["ratelimit-remaining"])];
      refill();
      if (limit > 0 && remaining >= 0) {
        bucket = { limit, remaining };
        // What else is under way may or may not have been counted.
        const others = sent - 1;
        level = others === 0 ? remaining : Math.min(level, remaining - others);
      }
      if (status === 429) level = Math.min(level, 0);
    },

    close() {
      closing.abort();
      for (const one of [...waiting]) one.refuse(outOfTime("the client was closed"));
    },
  };
}

function outOfTime(message: string): HcloudError {
  return new HcloudError("deadline_exceeded", message);
}
