/** Places where a fault hits a call: at one of its requests, once or permanently. */

import type { FaultRule } from "../../src/simulator/faults.ts";
import type { RecordedRequest } from "../../src/simulator/http.ts";
import type { MatrixCall } from "./matrix-calls.ts";

export interface Place {
  name: string;
  /** The fault hits a change. */
  isWrite?: boolean;
  /** The fault hits a request after a change. */
  isLater?: boolean;
  /** Returns the rules for a fault at this place; `times` 1 hits once, undefined permanently. */
  rules(fault: FaultRule, times: number | undefined): FaultRule[];
}

type RequestMatch = Pick<FaultRule, "method" | "path" | "skip">;

/** Returns all places in a call; `requests` are the requests of the call without faults. */
export function placesOf({ change }: MatrixCall, requests: readonly RecordedRequest[]): Place[] {
  const reads = (some: readonly RecordedRequest[]) => some.filter(({ method }) => method === "GET").length;
  const all = reads(requests);
  if (!change) {
    const asked = new Set(requests.map(({ path }) => path));
    // The first two reads represent all reads of a call that polls.
    const shown = asked.size > 1 ? all : Math.min(all, 2);
    return Array.from({ length: shown }, (_, skip) => ({
      name: `read ${skip + 1}`,
      rules: (fault, times) => [ruleAt(fault, times, { method: "GET", skip }, { method: "GET", skip })],
    }));
  }

  const { method, images } = change;
  const firstWrite = requests.findIndex((request) => request.method === method);
  const before = reads(requests.slice(0, firstWrite));
  const write = requests[firstWrite]?.path ?? "";
  const target = images.size > 1 ? { path: write } : {};
  const beforeTarget =
    images.size > 1 ? reads(requests.slice(0, firstWrite).filter(({ path }) => path === write)) : before;
  const places: Place[] = [
    {
      name: "the write",
      isWrite: true,
      rules: (fault, times) => [ruleAt(fault, times, { method, ...target }, { method: "GET", skip: before })],
    },
  ];
  if (before > 0) {
    places.unshift({
      name: "the first read",
      rules: (fault, times) => [ruleAt(fault, times, { method: "GET", skip: 0 }, { skip: 0 })],
    });
  }
  const lastWrite = requests.findLastIndex((request) => request.method === method);
  if (reads(requests.slice(lastWrite)) > 0) {
    const skip = reads(requests.slice(0, lastWrite));
    places.push({
      name: "the read after the write",
      isLater: true,
      rules: (fault, times) => [ruleAt(fault, times, { method: "GET", skip }, { method, skip: images.size })],
    });
  }
  for (const applied of [true, false]) {
    places.push({
      name: `the read after a write that was ${applied ? "applied" : "not applied"}, its answer lost`,
      isLater: true,
      rules: (fault, times) => [
        { fault: "reset", method, ...target, applied, times: 1 },
        ruleAt(
          fault,
          times,
          { method: "GET", ...target, skip: beforeTarget },
          { method, ...target, skip: 1 },
        ),
      ],
    });
  }
  return places;
}

/** Returns the rule for a place. Refused connections begin after the request `refused`, because no later request arrives. */
export function ruleAt(
  fault: FaultRule,
  times: number | undefined,
  where: RequestMatch,
  refused: RequestMatch,
): FaultRule {
  if (fault.fault === "connection_refused") return { ...fault, ...refused };
  return { ...fault, ...where, ...(times !== undefined && { times }) };
}
