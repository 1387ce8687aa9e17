import fc from "fast-check";
import { expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import type { Intercept } from "../../src/simulator/http.ts";
import { CHANGE_KINDS, ChangedError, IF_UNCHANGED, PROJECT } from "../support/changes.ts";
import { answerAsGateway, cut, lost, newCall, refuseWith, startCloud } from "../support/cloud.ts";
import { image } from "../support/simulated.ts";

/** What happens with one request, in this order. */
interface Event {
  /** Another client changes or deletes the image before it is handled. */
  other: "nothing" | "changes" | "deletes";
  /** Changes that were lost on their way take effect before it is handled. */
  isOverdue: boolean;
  /** How it is answered; "late" is lost, and takes effect with a later request, if ever. */
  fault: keyof typeof FAULTS;
  /** Whether a change is made although its response is lost. */
  isMade: boolean;
  /** How long it takes. */
  ms: number;
}

const FAULTS = {
  none: undefined,
  lost,
  cut,
  late: lost,
  gateway: answerAsGateway(502),
  timeout: refuseWith(504, "timeout"),
  failed: answerAsGateway(500),
  page: answerAsGateway(200),
  conflict: refuseWith(409, "conflict"),
  limit: refuseWith(429, "rate_limit_exceeded"),
  locked: refuseWith(423, "locked"),
  forbidden: refuseWith(403, "forbidden"),
} satisfies Record<string, Intercept | undefined>;

/** Which of them may answer a change that was made. */
const AMBIGUOUS = new Set<Event["fault"]>(["lost", "cut", "gateway", "timeout", "failed", "page"]);

const event: fc.Arbitrary<Event> = fc.record({
  other: fc.oneof(
    { weight: 6, arbitrary: fc.constant("nothing" as const) },
    { weight: 2, arbitrary: fc.constantFrom("changes" as const, "deletes" as const) },
  ),
  isOverdue: fc.boolean(),
  fault: fc.oneof(
    { weight: 5, arbitrary: fc.constant("none" as const) },
    { weight: 3, arbitrary: fc.constantFrom("lost" as const, "late" as const, "conflict" as const) },
    { weight: 2, arbitrary: fc.constantFrom(...(Object.keys(FAULTS) as Event["fault"][])) },
  ),
  isMade: fc.boolean(),
  ms: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 0, max: 900 }) }, fc.integer({ min: 0, max: 3000 })),
});

const story = fc.record({
  kind: fc.constantFrom(...CHANGE_KINDS),
  events: fc.array(event, { maxLength: 14, size: "max" }),
});

test("sends a change only to an image as agreed, and states its true outcome, whatever happens", async () => {
  const { client, simulator, clock } = await startCloud(PROJECT);
  await fc.assert(
    fc.asyncProperty(story, async ({ kind, events }) => {
      const { state } = simulator;
      state.images.set(1, image(1, structuredClone(PROJECT.images[0])));
      state.actions.clear();
      state.bucket.tokens = 3600;
      clock.time = Date.parse("2026-11-23T12:00:00Z");
      simulator.requests.length = 0;
      let requests = 0;
      let overdue = 0;
      let made = 0;
      // What fails in the simulator only breaks its response.
      const violations: string[] = [];
      let read: { image: Image | undefined; at: number } | undefined;
      const faultless = {
        other: "nothing",
        isOverdue: false,
        fault: "none",
        isMade: false,
        ms: 0,
      } as const;

      simulator.intercept = (request, response, apply) => {
        const { other, isOverdue, fault, isMade, ms } = events[requests++] ?? faultless;
        const now = state.images.get(1);
        if (other === "deletes") state.images.delete(1);
        if (other === "changes" && now) state.images.set(1, { ...now, created_from: null });
        if (isOverdue && overdue > 0) {
          overdue = 0;
          made++;
          kind.takeEffect(simulator);
        }
        if (request.method === "GET") {
          read = { image: state.images.get(1), at: clock.now() };
        } else {
          // It is as agreed by the last read, which is fresh, and every sending has a read of its own.
          if (!read?.image || IF_UNCHANGED.mismatch(read.image))
            violations.push("sent without a matching read");
          else if (clock.now() - read.at > 1000) violations.push("sent too long after its read");
          read = undefined;
        }
        const before = state.images.get(1);
        clock.pass(ms);
        if (request.method !== "GET") {
          if (fault === "late") overdue++;
          if (fault === "none" || (isMade && AMBIGUOUS.has(fault))) {
            const { status } = apply();
            if (status < 300 && before) made++;
          }
        }
        const fall = FAULTS[fault];
        return fall ? fall(request, response, apply) : undefined;
      };

      const result = await kind.run(newCall(client));
      expect(violations).toEqual([]);
      const wasSent = simulator.writes().length > 0;
      // An image that is gone after a lost deletion is deleted, by whomever.
      if (result.outcome === "done") expect(made > 0 || kind.isDone(simulator)).toBe(true);
      if (result.outcome === "refused" || result.outcome === "notSent")
        expect([made, overdue]).toEqual([0, 0]);
      if (result.outcome === "unknown") expect(wasSent).toBe(true);
      if (result.outcome !== "done" && result.error instanceof ChangedError)
        expect(result.outcome).toBe("refused");
    }),
    { numRuns: 1000 },
  );
});
