/** Who may send next: so many requests at a time, no more than the project's bucket allows, in order of arrival. */

import type { Clock } from "./clock.ts";
import { HcloudError } from "./errors.ts";

const HOUR_MS = 3_600_000;

/** What the API answers for a project of the usual size, assumed until it says otherwise. */
const USUAL_LIMIT = 3600;

/** A bucket is asked again after this long, in ms, however slowly it says that it fills. */
const LONGEST_REFILL = 60_000;

interface QueuedRequest {
  /** From `arrive`, once for all requests of a call: the lower goes first. */
  place: number;
  signal: AbortSignal;
  /** In the clock's milliseconds. */
  deadline: number;
}

/** The right to send one request. */
export interface Permit {
  /** Takes in what the answer says of the bucket; before `end`, and only when there was an answer. */
  answered(status: number, headers: Record<string, string | string[] | undefined>): void;
  /** Lets the next go; to be called once, when the request has ended. Without an answer it may have been counted all the same. */
  end(neverSent: boolean): void;
}

interface Bucket {
  /** Requests per hour, which is also the most that can be saved up. */
  limit: number;
  /** What the API last said was left. */
  remaining: number;
}

export interface RequestQueue {
  /** A place behind all that were given before. */
  arrive(): number;
  /**
   * Resolves when the request may be sent. Rejects with the signal's reason, or with `deadline_exceeded`: at the deadline, or
   * as soon as it is certain that the bucket will not have filled by then.
   */
  take(applicant: QueuedRequest): Promise<Permit>;
  /** Null before the first answer. */
  bucket(): Bucket | null;
  /** Refuses all that wait, and all that come later. */
  close(): void;
}

interface Waiting extends QueuedRequest {
  go(): void;
  refuse(error: unknown): void;
}

export function createRequestQueue(atOnce: number, clock: Clock): RequestQueue {
  /** By place. */
  const waiting: Waiting[] = [];
  let arrived = 0;
  let closed = false;
  let sent = 0;
  let inFlight = 0;
  /** Of those under way, the ones without an answer: the API may have counted them, or not yet. */
  let uncounted = 0;
  /** Those that ended without saying what is left. */
  let lost = 0;
  let bucket: Bucket | null = null;
  /** The least that was left in the bucket by the answers so far, and what has come back since; fractions of a request too. */
  let left = Number.POSITIVE_INFINITY;
  let leftAt = clock.now();
  let sleeping: AbortController | null = null;

  const limit = () => bucket?.limit ?? USUAL_LIMIT;
  const refillMs = () => Math.min(LONGEST_REFILL, HOUR_MS / limit());

  function refill(): void {
    const now = clock.now();
    // The clock of a computer can be put back.
    const back = Math.max(0, now - leftAt) / refillMs();
    left = Math.max(left, Math.min(limit(), left + back));
    leftAt = now;
  }

  /** Lets everyone go whose turn it is. */
  function advance(): void {
    refill();
    while (waiting[0] && inFlight < atOnce && left - uncounted >= 1) {
      const [first] = waiting;
      if (first.deadline > clock.now()) first.go();
      else first.refuse(tooLate());
    }
    rejectTooLate();
    sleeping?.abort();
    if (waiting.length > 0 && left - uncounted < 1) void sleep();
  }

  /** Those whose time will be up before the bucket has filled for them, even if all under way were counted already. */
  function rejectTooLate(): void {
    let before = 0;
    for (const one of [...waiting]) {
      const free = clock.now() + (before + 1 - left) * refillMs();
      if (free < one.deadline) before++;
      else one.refuse(usedUp(refillMs()));
    }
  }

  async function sleep(): Promise<void> {
    const waking = new AbortController();
    sleeping = waking;
    const ms = Math.ceil((1 - left + uncounted) * refillMs());
    await clock.sleep(ms, waking.signal).catch(() => undefined);
    if (!waking.signal.aborted) advance();
  }

  function begin(): Permit {
    const [others, lostBefore, number] = [uncounted, lost, ++sent];
    let isCounted = false;
    inFlight++;
    uncounted++;

    /** `said` is null when nothing is known but that the request may have taken one. */
    function count(said: Bucket | null): void {
      isCounted = true;
      uncounted--;
      refill();
      if (said === null) {
        lost++;
        left = Math.max(0, left - 1);
        return;
      }
      bucket = said;
      // Answers overtake each other: one that had company tells only the least that was left.
      const alone = others === 0 && sent === number;
      const sure = Math.max(0, said.remaining - (lost - lostBefore));
      left = alone ? sure : Math.min(left, sure);
    }

    return {
      answered(status, headers) {
        count(bucketOf(headers));
        if (status === 429) left = 0;
        advance();
      },
      end(neverSent) {
        if (!isCounted && neverSent) uncounted--;
        else if (!isCounted) count(null);
        inFlight--;
        advance();
      },
    };
  }

  return {
    arrive: () => ++arrived,
    bucket: () => bucket,

    take({ place, signal, deadline }) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        if (closed) return reject(shut());
        if (deadline <= clock.now()) return reject(tooLate());
        const leave = () => {
          clearTimeout(timer);
          signal.removeEventListener("abort", cancel);
          waiting.splice(waiting.indexOf(one), 1);
          if (waiting.length === 0) sleeping?.abort();
        };
        const one: Waiting = {
          place,
          signal,
          deadline,
          go() {
            leave();
            resolve(begin());
          },
          refuse(error) {
            leave();
            reject(error);
          },
        };
        const cancel = () => one.refuse(signal.reason);
        const timer = setTimeout(() => one.refuse(tooLate()), deadline - clock.now());
        signal.addEventListener("abort", cancel, { once: true });
        waiting.splice(waiting.findLastIndex((other) => other.place <= place) + 1, 0, one);
        advance();
      });
    },

    close() {
      closed = true;
      for (const one of [...waiting]) one.refuse(shut());
    },
  };
}

/** Only what the API would say is taken for it. */
function bucketOf(headers: Record<string, string | string[] | undefined>): Bucket | null {
  const [limit, remaining] = [headers["ratelimit-limit"], headers["ratelimit-remaining"]].map((value) =>
    typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : null,
  );
  return limit && remaining != null ? { limit, remaining } : null;
}

const tooLate = () => outOfTime("there was no time left to send the request");
const usedUp = (ms: number) =>
  outOfTime(
    `the project's requests are used up, one comes back every ${Math.ceil(ms / 1000)} s, and there was no time to wait`,
  );
const shut = () => outOfTime("the client was closed");

function outOfTime(message: string): HcloudError {
  return new HcloudError("deadline_exceeded", message);
}
