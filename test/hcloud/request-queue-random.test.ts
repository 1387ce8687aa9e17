import { getEventListeners } from "node:events";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { HcloudError } from "../../src/hcloud/errors.ts";
import { createRequestQueue, type Permit } from "../../src/hcloud/request-queue.ts";
import { newBucket, rateLimitHeaders, take } from "../../src/simulator/bucket.ts";
import { fakeTime, pass, timerClock } from "./request-queue-support.ts";

fakeTime();

/** One request: all times in milliseconds. */
interface Plan {
  /** When it is asked for, after the start. */
  at: number;
  /** How long the way there takes, and the way back. */
  there: number;
  back: number;
  patience: number;
  /** How long after it was asked for it is cancelled. */
  cancelled: number | null;
  answer: "comes" | "gets lost" | "says nothing of the bucket";
}

const plan: fc.Arbitrary<Plan> = fc.record({
  at: fc.integer({ min: 0, max: 20_000 }),
  there: fc.integer({ min: 0, max: 300 }),
  back: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 20_000 })),
  patience: fc.integer({ min: 0, max: 45_000 }),
  cancelled: fc.option(fc.integer({ min: 0, max: 30_000 })),
  answer: fc.oneof(
    { weight: 8, arbitrary: fc.constant("comes" as const) },
    fc.constantFrom("gets lost" as const, "says nothing of the bucket" as const),
  ),
});

interface Project {
  atOnce: number;
  /** Requests per hour, and how many there are at first. */
  limit: number;
  tokens: number;
  /** When somebody else sends a request. */
  others: number[];
  plans: Plan[];
}

const project: fc.Arbitrary<Project> = fc.record({
  atOnce: fc.integer({ min: 1, max: 16 }),
  limit: fc.constantFrom(60, 100, 3600, 36_000),
  tokens: fc.integer({ min: 0, max: 60 }),
  others: fc.array(fc.integer({ min: 0, max: 60_000 }), { maxLength: 40 }),
  plans: fc.array(plan, { minLength: 1, maxLength: 120 }),
});

/** Lets all plans happen against a bucket that counts like the API's. */
async function run({ atOnce, limit, tokens, others, plans }: Project) {
  const turns = createRequestQueue(atOnce, timerClock);
  const bucket = { ...newBucket(limit, Date.now()), tokens: Math.min(tokens, limit) };
  const waiting = new Set<number>();
  const outcomes: string[] = [];
  const signals: AbortSignal[] = [];
  let inFlight = 0;
  let known = false;
  const seen = { most: 0, overtaken: 0, refusedByApi: 0, refusedLate: 0 };

  for (const at of others) setTimeout(() => take(bucket, Date.now()), at);
  for (const { at, ...rest } of plans) setTimeout(() => void request(rest), at);
  await pass(200_000);
  return { outcomes, signals, seen };

  async function request({ there, back, patience, cancelled, answer }: Omit<Plan, "at">) {
    const place = turns.arrive();
    const deadline = Date.now() + patience;
    const cancel = new AbortController();
    signals.push(cancel.signal);
    waiting.add(place);
    if (cancelled !== null) setTimeout(() => cancel.abort("cancelled"), cancelled);
    let turn: Permit;
    try {
      turn = await turns.take({ place, signal: cancel.signal, deadline });
    } catch (error) {
      outcomes.push(error instanceof HcloudError ? error.code : String(error));
      if (Date.now() > deadline) seen.refusedLate++;
      return;
    } finally {
      waiting.delete(place);
    }
    outcomes.push("sent");
    seen.most = Math.max(seen.most, ++inFlight);
    if ([...waiting].some((other) => other < place)) seen.overtaken++;
    const wasKnown = known;
    await wait(there);
    if (!cancel.signal.aborted) {
      const status = take(bucket, Date.now()) ? 200 : 429;
      const headers = answer === "comes" ? rateLimitHeaders(bucket) : {};
      if (status === 429 && wasKnown) seen.refusedByApi++;
      await wait(back);
      if (answer !== "gets lost" && !cancel.signal.aborted) {
        turn.answered(status, lower(headers));
        known ||= answer === "comes";
      }
    }
    inFlight--;
    turn.end(false);
  }
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const lower = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

test("in any project: all get a turn or a refusal in time, in their order, never too many, and nothing is left behind", async () => {
  await fc.assert(
    fc.asyncProperty(project, async (project) => {
      const { outcomes, signals, seen } = await run(project);
      expect(outcomes).toHaveLength(project.plans.length);
      expect(seen).toMatchObject({ overtaken: 0, refusedLate: 0 });
      expect(seen.most).toBeLessThanOrEqual(project.atOnce);
      for (const signal of signals) expect(getEventListeners(signal, "abort")).toEqual([]);
      expect(vi.getTimerCount()).toBe(0);
    }),
    { numRuns: 500 },
  );
});

test("alone in a project: once the bucket is known, it never refuses a request", async () => {
  await fc.assert(
    fc.asyncProperty(project, async (project) => {
      const { seen } = await run({ ...project, others: [] });
      expect(seen.refusedByApi).toBe(0);
    }),
    { numRuns: 500 },
  );
});
