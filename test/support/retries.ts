/** Changes by another API client before a retry, for each reason to retry. */

import type { Intercept, RecordedRequest } from "../../src/simulator/http.ts";
import { onRequest } from "./cleanup.ts";
import { answerAsGateway, lost, refuseWith } from "./cloud.ts";
import type { Harness } from "./harness.ts";

/** Reasons to retry a change, and the fault of its first attempt; `isLost`: the outcome of that attempt is unknown. */
export const RETRIES: [why: string, isLost: boolean, fault: Intercept | "refused"][] = [
  ["409 conflict", false, refuseWith(409, "conflict")],
  ["429 rate_limit_exceeded", false, refuseWith(429, "rate_limit_exceeded")],
  ["a refused connection", false, "refused"],
  ["a lost response", true, lost],
  ["a gateway's 504", true, answerAsGateway(504)],
];

const isChange = ({ method }: RecordedRequest) => method !== "GET";

/** Applies the fault to the first change, after this number of `reads`, and runs `beforeRetry` before the retry. */
export function failOnce(
  harness: Harness,
  fault: Intercept | "refused",
  { reads = 1, beforeRetry }: { reads?: number; beforeRetry: () => void },
): void {
  const { simulator } = harness;
  if (fault === "refused") refuseOnce(harness, reads, beforeRetry);
  else
    simulator.intercept = onRequest(1, isChange, (...request) => {
      const handled = fault(...request);
      beforeRetry();
      return handled;
    });
}

/** Refuses connections after this number of reads, until the client has slept once. */
function refuseOnce({ simulator, clock }: Harness, reads: number, beforeRetry: () => void): void {
  const { sleep } = clock;
  clock.sleep = async (ms, signal) => {
    clock.sleep = sleep;
    await sleep(ms, signal);
    beforeRetry();
    await simulator.listen();
  };
  simulator.intercept = onRequest(
    reads,
    (request) => !isChange(request),
    (_, response) => {
      // The change must need a new connection.
      response.shouldKeepAlive = false;
      response.once("close", () => simulator.refuse());
    },
  );
}
