import { describe, expect, test } from "vitest";
import type { Intercept } from "../../src/simulator/http.ts";
import {
  CHANGE_KINDS,
  ChangedError,
  changeByOther,
  methodsOf,
  onChanges,
  PROJECT,
} from "../support/changes.ts";
import { answerAsGateway, lost, newCall, refuseWith, startCloud } from "../support/cloud.ts";

const CONFLICT = refuseWith(409, "conflict");
const LIMIT = refuseWith(429, "rate_limit_exceeded");

/** Causes for which a change is sent again: the first two leave it unchanged, the others unknown. */
const CAUSES: [what: string, fault: Intercept, outcome: "refused" | "unknown"][] = [
  ["409 conflict", CONFLICT, "refused"],
  ["429 rate_limit_exceeded", LIMIT, "refused"],
  ["504 timeout", refuseWith(504, "timeout"), "unknown"],
  ["a gateway's 502", answerAsGateway(502), "unknown"],
  ["a lost response", lost, "unknown"],
];

/** Lets something happen in the cloud with change number n (from 1), before it is answered. */
function during(n: number, happen: () => void, then: Intercept): Intercept {
  let changes = 0;
  return (request, ...rest) => {
    if (request.method !== "GET" && ++changes === n) happen();
    return then(request, ...rest);
  };
}

describe.each(CHANGE_KINDS)("$what", ({ what, method, run, isDone, takeEffect }) => {
  test.each(CAUSES)(`${what} is compared before every retry after %s`, async (_, fault, outcome) => {
    const { hcloud, simulator } = await startCloud(PROJECT);
    simulator.intercept = during(1, () => changeByOther(simulator), onChanges(fault));
    const result = await run(hcloud);
    expect(result.outcome).toBe(outcome);
    if (result.outcome === "refused") expect(result.error).toBeInstanceOf(ChangedError);
    expect(methodsOf(simulator)).toEqual(["GET", method, "GET"]);
    expect(isDone(simulator)).toBe(false);
  });

  test.each(CAUSES.slice(0, 2))(
    `${what} is also compared before the third attempt, after %s`,
    async (_, fault) => {
      const { hcloud, simulator } = await startCloud(PROJECT);
      simulator.intercept = during(2, () => changeByOther(simulator), onChanges(fault, fault));
      expect(await run(hcloud)).toMatchObject({ outcome: "refused", error: expect.any(ChangedError) });
      expect(methodsOf(simulator)).toEqual(["GET", method, "GET", method, "GET"]);
    },
  );

  test(`${what} is compared before it is sent again after a refused connection`, async () => {
    const { hcloud, simulator, clock } = await startCloud(PROJECT);
    simulator.inject([{ fault: "connection_refused", method: "GET", skip: 1 }]);
    const { sleep } = clock;
    clock.sleep = async (...args) => {
      changeByOther(simulator);
      await simulator.listen();
      return sleep(...args);
    };
    expect(await run(hcloud)).toMatchObject({ outcome: "refused", error: expect.any(ChangedError) });
    expect(methodsOf(simulator)).toEqual(["GET", "GET"]);
  });

  test(`${what} is sent after a refused connection when the image is as it was`, async () => {
    const { hcloud, simulator, clock } = await startCloud(PROJECT);
    simulator.inject([{ fault: "connection_refused", method: "GET", skip: 1 }]);
    const { sleep } = clock;
    clock.sleep = async (...args) => {
      await simulator.listen();
      return sleep(...args);
    };
    expect(await run(hcloud)).toMatchObject({ outcome: "done" });
    expect(methodsOf(simulator)).toEqual(["GET", "GET", method]);
  });

  test(`${what} is not sent when every connection is refused`, async () => {
    const { hcloud, simulator, clock } = await startCloud(PROJECT);
    simulator.inject([{ fault: "connection_refused", method: "GET", skip: 1 }]);
    expect(await run(hcloud)).toMatchObject({ outcome: "notSent", error: { code: "connection_refused" } });
    expect(methodsOf(simulator)).toEqual(["GET"]);
    expect(clock.slept).toHaveLength(5);
  });

  test.each([
    ["409 conflict", CONFLICT],
    ["429 rate_limit_exceeded", LIMIT],
  ])(`${what} is sent again after %s, each time after a read`, async (_, fault) => {
    const { hcloud, simulator } = await startCloud({ ...PROJECT, intercept: onChanges(fault, fault, fault) });
    expect(await run(hcloud)).toMatchObject({ outcome: "done" });
    expect(methodsOf(simulator)).toEqual(["GET", method, "GET", method, "GET", method, "GET", method]);
    expect(new Set(simulator.writes().map(({ rawUrl, body }) => rawUrl + body)).size).toBe(1);
    expect(isDone(simulator)).toBe(true);
  });

  test(`${what} is sent six times while the API answers 409, and then refused`, async () => {
    const { hcloud, simulator, clock } = await startCloud({
      ...PROJECT,
      intercept: onChanges(...Array(9).fill(CONFLICT)),
    });
    expect(await run(hcloud)).toMatchObject({ outcome: "refused", error: { code: "conflict", status: 409 } });
    expect(simulator.writes()).toHaveLength(6);
    expect(clock.slept).toEqual([1000, 1500, 2500, 4500, 8500]);
  });

  test(`${what} is refused with the API's last error when no retry leaves this machine`, async () => {
    const { hcloud, simulator } = await startCloud(PROJECT);
    simulator.intercept = (request, ...rest) => {
      if (request.method === "GET") return simulator.writes().length > 0 ? lost(request, ...rest) : undefined;
      return CONFLICT(request, ...rest);
    };
    expect(await run(hcloud)).toMatchObject({ outcome: "refused", error: { code: "conflict" } });
    expect(simulator.writes()).toHaveLength(1);
  });

  // The second is answered 409 because of the first, which takes effect at that moment.
  test(`${what} is done when the lost one takes effect while the second is refused with 409`, async () => {
    const { hcloud, simulator } = await startCloud(PROJECT);
    simulator.intercept = during(2, () => takeEffect(simulator), onChanges(lost, CONFLICT));
    expect(await run(hcloud)).toMatchObject({ outcome: "done" });
    expect(methodsOf(simulator)).toEqual(["GET", method, "GET", method, "GET"]);
  });

  test(`${what} is done when the lost one takes effect before the retry, although the image differs`, async () => {
    const { hcloud, simulator, clock } = await startCloud({ ...PROJECT, intercept: onChanges(lost) });
    const { sleep } = clock;
    clock.sleep = (...args) => {
      takeEffect(simulator);
      return sleep(...args);
    };
    expect(await run(hcloud)).toMatchObject({ outcome: "done" });
    expect(methodsOf(simulator)).toEqual(["GET", method, "GET"]);
  });

  test(`${what} is sent again after 409 although it was lost before, and its outcome remains unknown`, async () => {
    const faults = [lost, CONFLICT, CONFLICT, refuseWith(423, "locked")];
    const { hcloud, simulator } = await startCloud({ ...PROJECT, intercept: onChanges(...faults) });
    expect(await run(hcloud)).toMatchObject({
      outcome: "unknown",
      error: { cause: { code: "connection_lost" } },
    });
    expect(simulator.writes()).toHaveLength(4);
  });

  test(`${what} that was refused, and then lost, has an unknown outcome`, async () => {
    const { hcloud, simulator } = await startCloud({
      ...PROJECT,
      intercept: onChanges(CONFLICT, answerAsGateway(500)),
    });
    expect(await run(hcloud)).toMatchObject({
      outcome: "unknown",
      error: { cause: { code: "server_error" } },
    });
    expect(methodsOf(simulator)).toEqual(["GET", method, "GET", method, "GET"]);
  });

  test(`${what} that was lost has an unknown outcome when no retry can be sent`, async () => {
    const { hcloud, simulator, clock } = await startCloud({ ...PROJECT, intercept: onChanges(lost) });
    const { sleep } = clock;
    clock.sleep = (...args) => {
      simulator.refuse();
      return sleep(...args);
    };
    expect(await run(hcloud)).toMatchObject({
      outcome: "unknown",
      error: {
        message: expect.stringMatching(/\(connection_refused\)$/),
        cause: { code: "connection_lost" },
      },
    });
    expect(methodsOf(simulator)).toEqual(["GET", method]);
  });

  test(`${what} that was lost has an unknown outcome when its retry is refused the connection`, async () => {
    const { hcloud, simulator } = await startCloud(PROJECT);
    simulator.inject([
      { fault: "reset", method, times: 1 },
      { fault: "connection_refused", method: "GET", skip: 2 },
    ]);
    expect(await run(hcloud)).toMatchObject({
      outcome: "unknown",
      error: { cause: { code: "connection_lost" } },
    });
    expect(methodsOf(simulator)).toEqual(["GET", method, "GET"]);
  });

  test(`${what} that was lost has an unknown outcome when there is no time to send it again`, async () => {
    const { client, simulator, clock } = await startCloud(PROJECT);
    simulator.intercept = during(1, () => clock.pass(35_000), onChanges(lost));
    expect(await run(newCall(client))).toMatchObject({
      outcome: "unknown",
      error: {
        message: expect.stringMatching(/ 12:00:35 UTC /),
        cause: { code: "connection_lost" },
      },
    });
    expect(methodsOf(simulator)).toEqual(["GET", method, "GET"]);
  });

  test.each([0, 5_000, 10_000])(
    `${what} is not sent when its call has no more than %i ms left`,
    async (left) => {
      const { client, simulator, clock } = await startCloud(PROJECT);
      const outcome = await run(newCall(client, undefined, left));
      expect(outcome).toMatchObject({ outcome: "notSent", error: { code: "deadline_exceeded" } });
      expect(simulator.requests).toEqual([]);
      expect(clock.slept).toEqual([]);
    },
  );

  test(`${what} is not sent again in the last ten seconds of its call`, async () => {
    const { client, simulator, clock } = await startCloud({
      ...PROJECT,
      intercept: onChanges(...Array(9).fill(CONFLICT)),
    });
    const outcome = await run(newCall(client, undefined, 13_000));
    expect(outcome).toMatchObject({ outcome: "refused", error: { code: "conflict" } });
    expect(simulator.writes()).toHaveLength(3);
    expect(clock.slept).toEqual([1000, 1500]);
  });
});
