/** What another client does while a change waits to be sent again, for each reason to wait. */

import type { Intercept, RecordedRequest } from "../../src/simulator/http.ts";
import { onRequest } from "./cleanup.ts";
import { answerAsGateway, lost, refuseWith } from "./cloud.ts";
import type { Harness } from "./harness.ts";

/** Why a change is sent again, and what its first attempt does; after a lost one nobody knows what the API did. */
export const RETRIES: [why: string, isLost: boolean, fault: Intercept | "refused"][] = [
  ["409 conflict", false, refuseWith(409, "conflict")],
  ["429 rate_limit_exceeded", false, refuseWith(429, "rate_limit_exceeded")],
  ["a refused connection", false, "refused"],
  ["a lost response", true, lost],
  ["a gateway's 504", true, answerAsGateway(504)],
];

const isChange = ({ method }: RecordedRequest) => method !== "GET";

/** Lets the first change, which follows so many `reads`, fail so; `beforeRetry` happens before it is sent again. */
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

/** Takes no connection after so many reads, until the client pauses for the first time. */
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
      // The change has to come over a new connection.
      response.shouldKeepAlive = false;
      response.once("close", () => simulator.refuse());
    },
  );
}
