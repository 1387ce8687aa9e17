import { describe, expect, test } from "vitest";
import type { Intercept } from "../../src/simulator/http.ts";
import {
  CHANGE_KINDS,
  FINAL_FAULTS,
  methodsOf,
  onChanges,
  onReadsAfter,
  PROJECT,
  RETRIED_FAULTS,
} from "../support/changes.ts";
import { answerAsGateway, applyThen, lost, newCall, refuseWith, startCloud } from "../support/cloud.ts";

const start = (intercept: Intercept) => startCloud({ ...PROJECT, intercept });

describe.each(CHANGE_KINDS)("$what", ({ what, method, run, valueIfRead, isDone, takeEffect }) => {
  test(`${what} reads the image, is sent, and is done`, async () => {
    const { hcloud, simulator } = await startCloud(PROJECT);
    expect(await run(hcloud)).toMatchObject({ outcome: "done" });
    expect(methodsOf(simulator)).toEqual(["GET", method]);
    expect(isDone(simulator)).toBe(true);
  });

  test.each([...RETRIED_FAULTS, ...FINAL_FAULTS])(
    `${what} whose response %s is done when a read shows that it was made`,
    async (_, fault) => {
      const { hcloud, simulator } = await start(onChanges(applyThen(fault)));
      expect(await run(hcloud)).toMatchObject({ outcome: "done", value: valueIfRead });
      expect(methodsOf(simulator)).toEqual(["GET", method, "GET"]);
    },
  );

  test.each(RETRIED_FAULTS)(
    `${what} whose response %s is sent once more when a read shows that it was not made`,
    async (_, fault) => {
      const { hcloud, simulator, clock } = await start(onChanges(fault));
      expect(await run(hcloud)).toMatchObject({ outcome: "done" });
      expect(methodsOf(simulator)).toEqual(["GET", method, "GET", method]);
      const [one, two] = simulator.writes();
      expect([two?.rawUrl, two?.body]).toEqual([one?.rawUrl, one?.body]);
      expect(clock.slept[0]).toBe(1000);
      expect(isDone(simulator)).toBe(true);
    },
  );

  test.each(RETRIED_FAULTS)(
    `${what} whose response %s twice has an unknown outcome`,
    async (_, fault, code) => {
      const { hcloud, simulator } = await start(onChanges(fault, fault));
      const outcome = await run(hcloud);
      expect(outcome).toMatchObject({
        outcome: "unknown",
        error: { code: "outcome_unknown", cause: { code } },
      });
      expect(methodsOf(simulator)).toEqual(["GET", method, "GET", method, "GET"]);
      expect(isDone(simulator)).toBe(false);
    },
  );

  test.each(RETRIED_FAULTS)(
    `${what} whose second response also %s is done when a read shows the change`,
    async (_, fault) => {
      const { hcloud, simulator } = await start(onChanges(fault, applyThen(fault)));
      expect(await run(hcloud)).toMatchObject({ outcome: "done", value: valueIfRead });
      expect(methodsOf(simulator)).toEqual(["GET", method, "GET", method, "GET"]);
    },
  );

  test.each(FINAL_FAULTS)(
    `${what} whose response %s is not sent again, and its outcome remains unknown`,
    async (_, fault, code) => {
      const { hcloud, simulator, clock } = await start(onChanges(fault));
      expect(await run(hcloud)).toMatchObject({
        outcome: "unknown",
        error: { code: "outcome_unknown", cause: { code } },
      });
      expect(methodsOf(simulator)).toEqual(["GET", method, "GET"]);
      expect(clock.slept).toEqual([]);
    },
  );

  test(`${what} that was answered 504 twice and takes effect later has an unknown outcome`, async () => {
    const timeout = refuseWith(504, "timeout");
    const { hcloud, simulator } = await start(onChanges(timeout, timeout));
    const outcome = await run(hcloud);
    takeEffect(simulator);
    expect(outcome).toMatchObject({
      outcome: "unknown",
      error: { message: "timeout: because; at 12:00:01 UTC the image did not show the change" },
    });
    expect(isDone(simulator)).toBe(true);
  });

  test.each([
    ["answers 503", answerAsGateway(503), "unavailable"],
    ["is unreadable", answerAsGateway(200, '{"image":{"id":1}}'), "malformed_reply"],
    ["refuses the token", refuseWith(401, "unauthorized"), "unauthorized"],
    ["is lost", lost, "connection_lost"],
    ["is a page's 404", answerAsGateway(404), "http_404"],
  ])(
    `${what} whose response is lost has an unknown outcome when the read after it %s`,
    async (_, fault, code) => {
      const { hcloud, simulator } = await start(onReadsAfter(applyThen(lost), fault));
      const outcome = await run(hcloud);
      expect(outcome).toMatchObject({
        outcome: "unknown",
        error: {
          code: "outcome_unknown",
          message: expect.stringMatching(
            `^connection_lost: the connection broke .*; the image could not be read afterwards \\(${code}\\)$`,
          ),
          cause: { code: "connection_lost" },
        },
      });
      expect(simulator.writes()).toHaveLength(1);
    },
  );

  test.each([
    [401, "token_readonly"],
    [403, "forbidden"],
    [404, "not_found"],
    [412, "resource_unavailable"],
    [422, "invalid_input"],
    [423, "locked"],
    [423, "protected"],
    [422, "a_code_of_tomorrow"],
  ])(`${what} that the API answers with %i %s is refused, and not read again`, async (status, code) => {
    const { hcloud, simulator } = await start(onChanges(refuseWith(status, code)));
    expect(await run(hcloud)).toMatchObject({ outcome: "refused", error: { code, status } });
    expect(methodsOf(simulator)).toEqual(["GET", method]);
  });

  test.each([
    [401, "token_readonly"],
    [412, "resource_unavailable"],
    [422, "service_error"],
    [423, "locked"],
  ])(`${what} that was lost and then refused with %i %s has an unknown outcome`, async (status, code) => {
    const { hcloud, simulator } = await start(onChanges(lost, refuseWith(status, code)));
    expect(await run(hcloud)).toMatchObject({
      outcome: "unknown",
      error: { code: "outcome_unknown", cause: { code: "connection_lost" } },
    });
    expect(methodsOf(simulator)).toEqual(["GET", method, "GET", method, "GET"]);
  });

  test(`${what} that was lost and then refused is done when a read shows that it was made`, async () => {
    const { hcloud, simulator } = await start(onChanges(lost, applyThen(refuseWith(423, "locked"))));
    expect(await run(hcloud)).toMatchObject({ outcome: "done", value: valueIfRead });
    expect(methodsOf(simulator)).toEqual(["GET", method, "GET", method, "GET"]);
  });

  test.each([
    [403, "forbidden", 1],
    [503, "unavailable", 6],
  ])(`${what} is not sent when the read before it is answered %i %s`, async (status, code, reads) => {
    const { hcloud, simulator } = await start(refuseWith(status, code));
    expect(await run(hcloud)).toMatchObject({ outcome: "notSent", error: { code } });
    expect(methodsOf(simulator)).toEqual(Array(reads).fill("GET"));
  });

  test(`${what} is sent after the read before it has succeeded`, async () => {
    let reads = 0;
    const { hcloud, simulator } = await start((...args) =>
      ++reads === 1 ? refuseWith(503, "unavailable")(...args) : undefined,
    );
    expect(await run(hcloud)).toMatchObject({ outcome: "done" });
    expect(methodsOf(simulator)).toEqual(["GET", "GET", method]);
  });

  test(`${what} is not sent without a token`, async () => {
    const { hcloud, simulator } = await startCloud(PROJECT, { token: null });
    expect(await run(hcloud)).toMatchObject({ outcome: "notSent", error: { code: "token_missing" } });
    expect(simulator.requests).toEqual([]);
  });

  test(`${what} has the correlation id of its last response, done or refused`, async () => {
    const { hcloud, client, simulator } = await startCloud(PROJECT);
    simulator.state.tokens.set(simulator.token, "read-only");
    expect(await run(hcloud)).toMatchObject({
      outcome: "refused",
      error: { code: "token_readonly", correlationId: "0000000000000002" },
    });
    expect([...hcloud.correlationIds]).toEqual([[1, "0000000000000002"]]);
    simulator.state.tokens.set(simulator.token, "read-write");
    const next = newCall(client);
    await run(next);
    expect([...next.correlationIds]).toEqual([[1, "0000000000000004"]]);
  });

  test(`${what} of unknown outcome has the correlation id of the response that failed`, async () => {
    const { hcloud } = await start(
      onChanges((_, response) => {
        response.writeHead(500, { "X-Correlation-Id": "abc-123" }).end();
        return "handled";
      }),
    );
    expect(await run(hcloud)).toMatchObject({ outcome: "unknown", error: { correlationId: "abc-123" } });
    expect([...hcloud.correlationIds]).toEqual([[1, "abc-123"]]);
  });
});
