import { describe, expect, test } from "vitest";
import type { Method } from "../../src/hcloud/client.ts";
import { NOON } from "../support/harness.ts";
import { failure, first, refusal, startCloud } from "./support.ts";

/** With the fake clock's random number, which is always a half. */
const WAITS = [1000, 1500, 2500, 4500, 8500];

const WRITES: [Method, string, unknown][] = [
  ["PUT", "/images/400281644", { description: "new" }],
  ["POST", "/images/400281644/actions/change_protection", { delete: true }],
  ["DELETE", "/images/400281644", undefined],
];

const OF_A_MOMENT = [
  [409, "conflict"],
  [429, "rate_limit_exceeded"],
] as const;

const AFTER_WHICH_ONLY_READS_REPEAT = [
  [500, "server_error"],
  [502, "bad_gateway"],
  [503, "unavailable"],
  [504, "timeout"],
] as const;

const FOR_GOOD = [
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

describe("a read", () => {
  test.each([...OF_A_MOMENT, ...AFTER_WHICH_ONLY_READS_REPEAT])(
    "is sent six times while the answer is %i %s",
    async (status, code) => {
      const { send, simulator, clock } = await startCloud({ intercept: refusal(status, code) });
      expect(await failure(send("GET", "/images"))).toMatchObject({ code, status, message: "because" });
      expect(simulator.requests).toHaveLength(6);
      expect(clock.slept).toEqual(WAITS);
    },
  );

  test.each([...OF_A_MOMENT, ...AFTER_WHICH_ONLY_READS_REPEAT])(
    "succeeds as soon as the API recovers from %i %s",
    async (status, code) => {
      for (let times = 1; times <= 5; times++) {
        const { send, simulator, clock } = await startCloud({
          intercept: first(times, "GET", refusal(status, code)),
        });
        expect(await send("GET", "/images")).toMatchObject({ status: 200 });
        expect(simulator.requests).toHaveLength(times + 1);
        expect(clock.slept).toEqual(WAITS.slice(0, times));
      }
    },
  );

  test.each(FOR_GOOD)("is sent once when the answer is %i %s", async (status, code) => {
    const { send, simulator, clock } = await startCloud({ intercept: refusal(status, code) });
    expect(await failure(send("GET", "/images"))).toMatchObject({ code, status });
    expect(simulator.requests).toHaveLength(1);
    expect(clock.slept).toEqual([]);
  });

  test.each([
    [429, "rate_limit_exceeded"],
    [500, "server_error"],
    [502, "bad_gateway"],
    [503, "unavailable"],
    [504, "timeout"],
  ])("is sent again after a bare %i, which counts as %s", async (status, code) => {
    const { send, simulator } = await startCloud({
      intercept: (_, response) => {
        response.writeHead(status, { "Content-Type": "text/html" }).end("<h1>nginx</h1>");
        return "handled";
      },
    });
    expect(await failure(send("GET", "/images"))).toMatchObject({ code, notFromApi: true });
    expect(simulator.requests).toHaveLength(6);
  });
});

describe.each(WRITES)("a write by %s", (method, path, body) => {
  test.each(OF_A_MOMENT)("is sent six times while the answer is %i %s", async (status, code) => {
    const { send, simulator, clock } = await startCloud({ intercept: refusal(status, code) });
    expect(await failure(send(method, path, { body }))).toMatchObject({ code });
    expect(simulator.requests).toHaveLength(6);
    expect(clock.slept).toEqual(WAITS);
  });

  test.each([...AFTER_WHICH_ONLY_READS_REPEAT, ...FOR_GOOD])(
    "is sent once when the answer is %i %s",
    async (status, code) => {
      const { send, simulator, clock } = await startCloud({ intercept: refusal(status, code) });
      expect(await failure(send(method, path, { body }))).toMatchObject({ code });
      expect(simulator.requests).toHaveLength(1);
      expect(clock.slept).toEqual([]);
    },
  );

  test("is sent again as it was", async () => {
    const { send, simulator } = await startCloud({ intercept: first(2, method, refusal(409, "conflict")) });
    await send(method, path, { body });
    const [one, ...more] = simulator.requests.map(({ method, rawUrl, body }) => ({ method, rawUrl, body }));
    expect(more).toEqual([one, one]);
  });

  test("waits, and then for whoever wants to look before it is sent again", async () => {
    const { send, simulator, clock } = await startCloud({
      intercept: first(2, method, refusal(409, "conflict")),
    });
    const looks: [sent: number, slept: number][] = [];
    const beforeRetry = async () => void looks.push([simulator.requests.length, clock.slept.length]);
    await send(method, path, { body, beforeRetry });
    expect(looks).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(simulator.requests).toHaveLength(3);
  });

  test("is not sent again when who looks before says no, with what they say", async () => {
    const { send, simulator } = await startCloud({ intercept: refusal(429, "rate_limit_exceeded") });
    const no = new Error("no");
    await expect(send(method, path, { body, beforeRetry: () => Promise.reject(no) })).rejects.toBe(no);
    expect(simulator.requests).toHaveLength(1);
  });

  test("is not looked at where it is not sent again", async () => {
    const beforeRetry = () => Promise.reject(new Error("looked"));
    const done = await startCloud();
    await done.send(method, path, { body, beforeRetry });
    const locked = await startCloud({ intercept: refusal(423, "locked") });
    expect(await failure(locked.send(method, path, { body, beforeRetry }))).toMatchObject({ code: "locked" });
    const late = await startCloud({ intercept: refusal(409, "conflict") });
    const deadline = NOON + 1000;
    expect(await failure(late.send(method, path, { body, beforeRetry, deadline }))).toMatchObject({
      code: "conflict",
    });
  });
});

describe("an exhausted request limit", () => {
  test("costs a second, not the hour until RateLimit-Reset", async () => {
    const { send, simulator, clock } = await startCloud();
    simulator.state.bucket.tokens = 0;
    expect(await send("GET", "/images")).toMatchObject({ status: 200 });
    expect(simulator.requests.map(({ status }) => status)).toEqual([429, 200]);
    expect(clock.slept).toEqual([1000]);
  });

  test("is given up before the deadline, with the API's error", async () => {
    const { send, simulator, clock } = await startCloud({ intercept: refusal(429, "rate_limit_exceeded") });
    const deadline = NOON + 5000;
    expect(await failure(send("GET", "/images", { deadline }))).toMatchObject({
      code: "rate_limit_exceeded",
    });
    expect(simulator.requests).toHaveLength(3);
    expect(clock.slept).toEqual([1000, 1500]);
    expect(clock.now()).toBeLessThan(deadline);
  });

  test("is not waited for at all when the deadline comes first", async () => {
    const { send, simulator, clock } = await startCloud({ intercept: refusal(429, "rate_limit_exceeded") });
    await failure(send("PUT", "/images/1", { body: {}, deadline: NOON + 1000 }));
    expect(simulator.requests).toHaveLength(1);
    expect(clock.slept).toEqual([]);
  });
});
