import { describe, expect, test } from "vitest";
import type { HttpMethod } from "../../src/hcloud/client.ts";
import { CALL_MS, catchError, failFirst, refuseWith, startCloud } from "../support/cloud.ts";
import { NOON } from "../support/harness.ts";

/** Waits between the retries, in ms, with the fake clock's random number, which is always a half. */
const WAITS = [1000, 1500, 2500, 4500, 8500];

const CHANGES: [HttpMethod, string, unknown][] = [
  ["PUT", "/images/400281644", { description: "new" }],
  ["POST", "/images/400281644/actions/change_protection", { delete: true }],
  ["DELETE", "/images/400281644", undefined],
];

/** After which any request may be sent again. */
const RETRIED = [
  [409, "conflict"],
  [429, "rate_limit_exceeded"],
] as const;

/** After which only a read is sent again. */
const RETRIED_FOR_READS = [
  [500, "server_error"],
  [502, "bad_gateway"],
  [503, "unavailable"],
  [504, "timeout"],
] as const;

const PERMANENT = [
  [400, "json_error"],
  [401, "unauthorized"],
  [401, "token_readonly"],
  [403, "forbidden"],
  [403, "maintenance"],
  [404, "not_found"],
  [405, "method_not_allowed"],
  [409, "uniqueness_error"],
  [410, "deprecated_api_endpoint"],
  [412, "resource_unavailable"],
  [422, "invalid_input"],
  [422, "service_error"],
  [423, "locked"],
  [423, "protected"],
] as const;

describe("send", () => {
  test.each([...RETRIED, ...RETRIED_FOR_READS])(
    "sends a read six times while the response is %i %s",
    async (status, code) => {
      const { send, simulator, clock } = await startCloud({ intercept: refuseWith(status, code) });
      expect(await catchError(send("GET", "/images"))).toMatchObject({ code, status, message: "because" });
      expect(simulator.requests).toHaveLength(6);
      expect(clock.slept).toEqual(WAITS);
    },
  );

  test.each([...RETRIED, ...RETRIED_FOR_READS])(
    "returns the response to a read as soon as the API recovers from %i %s",
    async (status, code) => {
      for (let times = 1; times <= 5; times++) {
        const { send, simulator, clock } = await startCloud({
          intercept: failFirst(times, "GET", refuseWith(status, code)),
        });
        expect(await send("GET", "/images")).toMatchObject({ status: 200 });
        expect(simulator.requests).toHaveLength(times + 1);
        expect(clock.slept).toEqual(WAITS.slice(0, times));
      }
    },
  );

  test.each(PERMANENT)("sends a read once when the response is %i %s", async (status, code) => {
    const { send, simulator, clock } = await startCloud({ intercept: refuseWith(status, code) });
    expect(await catchError(send("GET", "/images"))).toMatchObject({ code, status });
    expect(simulator.requests).toHaveLength(1);
    expect(clock.slept).toEqual([]);
  });

  test.each([
    [429, "rate_limit_exceeded"],
    [500, "server_error"],
    [502, "bad_gateway"],
    [503, "unavailable"],
    [504, "timeout"],
  ])("sends a read again after a %i without an error of the API, as after %s", async (status, code) => {
    const { send, simulator } = await startCloud({
      intercept: (_, response) => {
        response.writeHead(status, { "Content-Type": "text/html" }).end("<h1>nginx</h1>");
        return "handled";
      },
    });
    expect(await catchError(send("GET", "/images"))).toMatchObject({ code, notFromApi: true });
    expect(simulator.requests).toHaveLength(6);
  });
});

describe.each(CHANGES)("send, for a change by %s,", (method, path, body) => {
  test.each([...RETRIED, ...RETRIED_FOR_READS, ...PERMANENT])(
    "sends once when the response is %i %s",
    async (status, code) => {
      const { send, simulator, clock } = await startCloud({ intercept: refuseWith(status, code) });
      expect(await catchError(send(method, path, { body }))).toMatchObject({ code, status });
      expect(simulator.requests).toHaveLength(1);
      expect(clock.slept).toEqual([]);
    },
  );
});

describe("send", () => {
  test.each([...RETRIED, ...RETRIED_FOR_READS])(
    "sends a read once when the response is %i %s",
    async (status, code) => {
      const { client, simulator, clock } = await startCloud({ intercept: refuseWith(status, code) });
      const { signal } = new AbortController();
      const common = { signal, deadline: NOON + CALL_MS };
      const permit = await client.acquire({ ...common, ticket: client.nextTicket() });
      expect(await catchError(client.send("GET", "/images", { ...common, permit }))).toMatchObject({ code });
      expect(simulator.requests).toHaveLength(1);
      expect(clock.slept).toEqual([]);
    },
  );

  test("leaves the permit to the caller", async () => {
    const { client } = await startCloud({}, { limits: { connections: 1 } });
    const { signal } = new AbortController();
    const common = { signal, deadline: NOON + CALL_MS };
    const permit = await client.acquire({ ...common, ticket: client.nextTicket(), requests: 2 });
    await client.send("GET", "/images", { ...common, permit });
    let isGranted = false;
    const next = client.acquire({ ...common, ticket: client.nextTicket() }).then((other) => {
      isGranted = true;
      other.end();
    });
    await client.send("GET", "/images", { ...common, permit });
    expect(isGranted).toBe(false);
    permit.end();
    await next;
  });
});

describe("getRetryDelay", () => {
  test("returns the wait before each of five retries, and null after them", async () => {
    const { client } = await startCloud();
    const delays = [0, 1, 2, 3, 4, 5].map((retry) => client.getRetryDelay(retry, NOON + CALL_MS));
    expect(delays).toEqual([...WAITS, null]);
  });

  test("returns null when the wait would last until the deadline", async () => {
    const { client } = await startCloud();
    expect(client.getRetryDelay(0, NOON + 1000)).toBeNull();
    expect(client.getRetryDelay(0, NOON + 1001)).toBe(1000);
  });

  test("returns null once the client is closed", async () => {
    const { client } = await startCloud();
    await client.close();
    expect(client.getRetryDelay(0, NOON + CALL_MS)).toBeNull();
  });
});

describe("used-up rate limit", () => {
  test("a used-up rate limit delays a read by a second, not until RateLimit-Reset", async () => {
    const { send, simulator, clock } = await startCloud();
    simulator.state.bucket.tokens = 0;
    expect(await send("GET", "/images")).toMatchObject({ status: 200 });
    expect(simulator.requests.map(({ status }) => status)).toEqual([429, 200]);
    expect(clock.slept).toEqual([1000]);
  });

  test("a used-up rate limit ends a read before its deadline with the API's error", async () => {
    const { send, simulator, clock } = await startCloud({
      intercept: refuseWith(429, "rate_limit_exceeded"),
    });
    const deadline = NOON + 5000;
    expect(await catchError(send("GET", "/images", { deadline }))).toMatchObject({
      code: "rate_limit_exceeded",
    });
    expect(simulator.requests).toHaveLength(3);
    expect(clock.slept).toEqual([1000, 1500]);
    expect(clock.now()).toBeLessThan(deadline);
  });

  test("a used-up rate limit immediately ends a read whose deadline precedes the first retry", async () => {
    const { send, simulator, clock } = await startCloud({
      intercept: refuseWith(429, "rate_limit_exceeded"),
    });
    await catchError(send("GET", "/images/1", { deadline: NOON + 1000 }));
    expect(simulator.requests).toHaveLength(1);
    expect(clock.slept).toEqual([]);
  });
});
