import { expect, test, vi } from "vitest";
import { NOTHING_SENT } from "../support/claims.ts";
import { many } from "../support/cleanup.ts";
import { NOON, startHarness } from "../support/harness.ts";
import { whileTimePasses } from "../support/idle-clock.ts";

vi.setConfig({ testTimeout: 60_000 });

const CALLS = 1000;
const CALL_MS = 45_000;
const [IMAGE] = many(1).map(({ id }) => id);

/** A thousand concurrent calls of a project with few requests left; the last call began at noon. */
async function thousand(limit: number, tokens: number) {
  const harness = await startHarness({ images: many(1), rateLimit: limit });
  const { simulator, call, clock } = harness;
  simulator.state.bucket.tokens = tokens;
  const calls = Array.from({ length: CALLS }, async () => {
    const { isError, text } = await call("hcloud_get_image", { id: IMAGE });
    return { isError, text, ms: clock.now() - NOON };
  });
  const answers = await whileTimePasses(harness, Promise.all(calls));
  return {
    served: answers.filter(({ isError }) => !isError),
    refused: answers.filter(({ isError }) => isError),
    latest: Math.max(...answers.map(({ ms }) => ms)),
    requests: simulator.requests.length,
    tooMany: simulator.requests.filter(({ status }) => status === 429).length,
  };
}

test.for([
  // One request comes back after 36 s, and the next too late.
  [100, 100, 101],
  // One comes back each second, of the 45 that a call may take.
  [3600, 100, 144],
  [3600, 16, 60],
] as const)(
  "a thousand concurrent calls with %i requests an hour and %i left: the rate limit serves as many as it allows",
  async ([limit, tokens, served], { task }) => {
    const outcome = await thousand(limit, tokens);
    expect(outcome.served).toHaveLength(served);
    expect(outcome.requests).toBe(served);
    expect(outcome.tooMany).toBe(0);
    expect(outcome.latest).toBeLessThanOrEqual(CALL_MS);
    for (const { text, ms } of outcome.refused) {
      expect(ms).toBe(0);
      expect(text).toContain(NOTHING_SENT);
      expect(text).toMatch(/\(deadline_exceeded\).* \d+ s\b/);
    }
    task.meta.figures = {
      "calls at once": CALLS,
      "requests left in the bucket": tokens,
      "served, at once or as requests came back": outcome.served.length,
      "refused at once": outcome.refused.length,
      "requests beyond the bucket": outcome.tooMany,
    };
  },
);

test("a thousand concurrent calls learn once that the rate limit is used up, and then keep to the limit", async ({
  task,
}) => {
  const outcome = await thousand(3600, 0);
  expect(outcome.served.length + outcome.refused.length).toBe(CALLS);
  expect(outcome.tooMany).toBe(16);
  expect(outcome.requests).toBe(outcome.served.length + 16);
  expect(outcome.served).toHaveLength(44);
  expect(outcome.latest).toBeLessThanOrEqual(CALL_MS);
  task.meta.figures = { "requests beyond the bucket": outcome.tooMany };
});
