import { getEventListeners } from "node:events";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { HcloudError } from "../../src/hcloud/errors.ts";
import { createRequestQueue, type Permit } from "../../src/hcloud/request-queue.ts";
import { createBucket, formatRateLimitHeaders, takeToken } from "../../src/simulator/bucket.ts";
import { pass, timerClock, useFakeTime } from "../support/request-queue.ts";

useFakeTime();

const HOUR_MS = 3_600_000;

/** One request under a permit: all times in milliseconds. */
interface Sending {
  /** How long the way there takes, and the way back. */
  there: number;
  back: number;
  answer: "comes" | "gets lost" | "says nothing of the rate limit" | "request never leaves";
}

interface Plan {
  /** When the permit is asked for, after the start. */
  at: number;
  patience: number;
  /** How long after it was asked for it is cancelled. */
  cancelled: number | null;
  /** What the permit is for. */
  requests: number;
  /** What is sent under it, no more than it is for. */
  sendings: Sending[];
}

const sending: fc.Arbitrary<Sending> = fc.record({
  there: fc.integer({ min: 0, max: 300 }),
  back: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 20_000 })),
  answer: fc.oneof(
    { weight: 8, arbitrary: fc.constant("comes" as const) },
    fc.constantFrom(
      "gets lost" as const,
      "says nothing of the rate limit" as const,
      "request never leaves" as const,
    ),
  ),
});

const plan: fc.Arbitrary<Plan> = fc
  .record({
    at: fc.integer({ min: 0, max: 20_000 }),
    patience: fc.integer({ min: 0, max: 45_000 }),
    cancelled: fc.option(fc.integer({ min: 0, max: 30_000 })),
    requests: fc.oneof({ weight: 2, arbitrary: fc.constant(1) }, fc.integer({ min: 2, max: 5 })),
    sendings: fc.array(sending, { minLength: 1, maxLength: 5, size: "max" }),
  })
  .map((whole) => ({ ...whole, sendings: whole.sendings.slice(0, whole.requests) }));

interface Project {
  maxInFlight: number;
  /** Requests per hour, and how many there are at first. */
  limit: number;
  tokens: number;
  /** When another client sends a request. */
  others: number[];
  plans: Plan[];
}

const project: fc.Arbitrary<Project> = fc.record({
  maxInFlight: fc.integer({ min: 1, max: 16 }),
  limit: fc.constantFrom(60, 100, 3600, 36_000),
  tokens: fc.integer({ min: 0, max: 60 }),
  others: fc.array(fc.integer({ min: 0, max: 60_000 }), { maxLength: 40, size: "max" }),
  plans: fc.array(plan, { minLength: 1, maxLength: 120, size: "max" }),
});

/** Lets all plans happen against a rate limit that counts like the API's. */
async function run({ maxInFlight, limit, tokens, others, plans }: Project) {
  const queue = createRequestQueue(maxInFlight, timerClock);
  const bucket = { ...createBucket(limit, Date.now()), tokens: Math.min(tokens, limit) };
  const waiting = new Set<number>();
  const outcomes: string[] = [];
  const signals: AbortSignal[] = [];
  let inFlight = 0;
  let known = false;
  const seen = { most: 0, overtaken: 0, refusedByApi: 0, rejectedLate: 0 };

  for (const at of others) setTimeout(() => takeToken(bucket, Date.now()), at);
  for (const { at, ...rest } of plans) setTimeout(() => void hold(rest), at);
  await pass(300_000);
  return { queue, outcomes, signals, seen };

  async function hold({ patience, cancelled, requests, sendings }: Omit<Plan, "at">) {
    const ticket = queue.nextTicket();
    const deadline = Date.now() + patience;
    const cancel = new AbortController();
    signals.push(cancel.signal);
    waiting.add(ticket);
    if (cancelled !== null) setTimeout(() => cancel.abort("cancelled"), cancelled);
    let permit: Permit;
    try {
      permit = await queue.acquire({ ticket, signal: cancel.signal, deadline, requests });
    } catch (error) {
      outcomes.push(error instanceof HcloudError ? error.code : String(error));
      if (Date.now() > deadline) seen.rejectedLate++;
      return;
    } finally {
      waiting.delete(ticket);
    }
    outcomes.push("granted");
    seen.most = Math.max(seen.most, ++inFlight);
    if ([...waiting].some((other) => other < ticket)) seen.overtaken++;
    const wasKnown = known;
    for (const one of sendings) if (!cancel.signal.aborted) await send(permit, one, cancel.signal, wasKnown);
    inFlight--;
    permit.end();
  }

  async function send(
    permit: Permit,
    { there, back, answer }: Sending,
    signal: AbortSignal,
    wasKnown: boolean,
  ) {
    const request = permit.markSent();
    if (answer === "request never leaves") return request.end(true);
    await wait(there);
    if (!signal.aborted) {
      const status = takeToken(bucket, Date.now()) ? 200 : 429;
      const headers = answer === "comes" ? formatRateLimitHeaders(bucket) : {};
      if (status === 429 && wasKnown) seen.refusedByApi++;
      await wait(back);
      if (answer !== "gets lost" && !signal.aborted) {
        request.answered(status, lower(headers));
        known ||= answer === "comes";
      }
    }
    request.end(false);
  }
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const lower = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

test("every permit of a random project is granted or rejected in time and in order, within the limit", async () => {
  await fc.assert(
    fc.asyncProperty(project, async (project) => {
      const { outcomes, signals, seen } = await run(project);
      expect(outcomes).toHaveLength(project.plans.length);
      expect(seen).toMatchObject({ overtaken: 0, rejectedLate: 0 });
      expect(seen.most).toBeLessThanOrEqual(project.maxInFlight);
      for (const signal of signals) expect(getEventListeners(signal, "abort")).toEqual([]);
      expect(vi.getTimerCount()).toBe(0);
    }),
    { numRuns: 150 },
  );
});

test("no request of a random project remains reserved: a full limit allows a permit for all of it", async () => {
  await fc.assert(
    fc.asyncProperty(project, async (project) => {
      const { queue } = await run(project);
      vi.setSystemTime(Date.now() + HOUR_MS);
      const { signal } = new AbortController();
      const requests = project.limit;
      const permit = await queue.acquire({ ticket: 0, signal, deadline: Date.now() + 1, requests });
      permit.end();
    }),
    { numRuns: 50 },
  );
});

test("the only client of a project is never refused after it knows the rate limit", async () => {
  await fc.assert(
    fc.asyncProperty(project, async (project) => {
      const { seen } = await run({ ...project, others: [] });
      expect(seen.refusedByApi).toBe(0);
    }),
    { numRuns: 150 },
  );
});
