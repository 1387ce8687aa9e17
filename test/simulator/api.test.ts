import { describe, expect, test } from "vitest";
import { handleRequest } from "../../src/simulator/api.ts";
import { createState } from "../../src/simulator/state.ts";
import { image, startSimulated } from "../support/simulated.ts";

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

describe("routes", () => {
  test.each([
    ["GET", "/nope"],
    ["GET", "/images/1/actions/2/3"],
    ["GET", "/images/"],
    ["GET", "/images/1/actions/change_protection/"],
    ["POST", "/servers"],
  ])("%s %s is an unknown route, even without a token", async (method, path) => {
    const { ask } = await startSimulated();
    const reply = await ask(method, path, undefined, {});
    expect(reply.status).toBe(404);
    expect(reply.body.error).toEqual({ code: "not_found", message: "api route not found", details: null });
    expect(reply.headers.get("RateLimit-Limit")).toBeNull();
  });

  test("the API is below /v1 only", async () => {
    const { endpoint, token } = await startSimulated();
    const outside = await fetch(endpoint.replace("/v1", "/images"), { headers: bearer(token) });
    expect(outside.status).toBe(404);
    expect(await outside.json()).toMatchObject({ error: { message: "api route not found" } });
  });

  test.each([
    ["POST", "/images"],
    ["DELETE", "/images"],
    ["PATCH", "/images/1"],
    ["GET", "/images/1/actions/change_protection"],
    ["PUT", "/images/1/actions"],
    ["DELETE", "/pricing"],
  ])("%s %s is a known route with the wrong method", async (method, path) => {
    const { ask } = await startSimulated({ images: [image(1)] });
    const reply = await ask(method, path);
    expect([reply.status, reply.body.error.code]).toEqual([405, "method_not_allowed"]);
  });

  test("a known route checks the token before the method", async () => {
    const { ask } = await startSimulated();
    const reply = await ask("POST", "/images", undefined, {});
    expect([reply.status, reply.body.error.message]).toEqual([401, "token is required"]);
  });

  test.each(["0", "-1", "abc", "1.5", "01", "9007199254740993", "%31", "constructor"])(
    "%s is not the id of any image",
    async (id) => {
      const { ask } = await startSimulated({ images: [image(1)] });
      for (const path of [`/images/${id}`, `/images/${id}/actions`]) {
        const reply = await ask("GET", path);
        expect([reply.status, reply.body.error.code]).toEqual([404, "not_found"]);
      }
    },
  );

  test("an unknown image is named in the message", async () => {
    const { ask } = await startSimulated({ images: [] });
    expect((await ask("GET", "/images/4711")).body.error).toEqual({
      code: "not_found",
      message: "image with ID '4711' not found",
      details: null,
    });
  });

  test("an image is returned in the key order of the API", async () => {
    const { ask } = await startSimulated({ images: [image(1, { labels: { env: "prod" } })] });
    const reply = await ask("GET", "/images/1");
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({ image: image(1, { labels: { env: "prod" } }) });
    expect(Object.keys(reply.body.image)).toEqual(Object.keys(image(1)));
  });

  test("prices are decimal strings", async () => {
    const { ask } = await startSimulated();
    const { pricing } = (await ask("GET", "/pricing")).body;
    expect(pricing).toMatchObject({
      currency: "EUR",
      vat_rate: "19.00",
      image: { price_per_gb_month: { net: "0.0143", gross: "0.017017" } },
      server_backup: { percentage: "20.00" },
    });
  });
});

describe("tokens", () => {
  test.each([
    [{}, "token is required"],
    [{ Authorization: "" }, "token is required"],
    [{ Authorization: "Basic dXNlcjpwYXNz" }, "token is required"],
    [{ Authorization: "Bearer " }, "token is required"],
    [{ Authorization: "Bearer wrong" }, "the token you have provided is invalid"],
  ])("a request with %j is answered: %s", async (headers, message) => {
    const { ask } = await startSimulated();
    const reply = await ask("GET", "/images", undefined, headers as Record<string, string>);
    expect(reply.status).toBe(401);
    expect(reply.body.error).toEqual({ code: "unauthorized", message, details: null });
  });

  test("a read-only token reads, and changes nothing", async () => {
    const { ask, readOnlyToken, state } = await startSimulated({ images: [image(1)] });
    const before = structuredClone(state.images);
    expect((await ask("GET", "/images/1", undefined, bearer(readOnlyToken))).status).toBe(200);
    for (const [method, path, body] of [
      ["PUT", "/images/1", { description: "new" }],
      ["DELETE", "/images/1", undefined],
      ["POST", "/images/1/actions/change_protection", { delete: true }],
    ] as const) {
      const reply = await ask(method, path, body, bearer(readOnlyToken));
      expect([reply.status, reply.body.error.code]).toEqual([401, "token_readonly"]);
      expect(reply.body.error.message).toBe("not allowed because token is readonly");
    }
    expect(state.images).toEqual(before);
    expect(state.actions.size).toBe(0);
  });

  test("both tokens can be set, and are 64 letters and digits by default", async () => {
    const chosen = await startSimulated({ token: "mine", readOnlyToken: "yours" });
    expect((await chosen.ask("GET", "/images", undefined, bearer("yours"))).status).toBe(200);
    expect((await chosen.ask("GET", "/images")).status).toBe(200);
    const { token, readOnlyToken } = await startSimulated();
    for (const each of [token, readOnlyToken]) expect(each).toMatch(/^demo[A-Za-z0-9]{60}$/);
    expect(token).not.toBe(readOnlyToken);
  });
});

describe("rate limit", () => {
  test("the rate limit is stated in every response of a route: what is left, and when all is back", async () => {
    const { ask, clock } = await startSimulated();
    const seconds = clock.now() / 1000;
    await ask("GET", "/images");
    const { headers } = await ask("GET", "/images/999");
    expect(headers.get("RateLimit-Limit")).toBe("3600");
    expect(headers.get("RateLimit-Remaining")).toBe("3598");
    expect(headers.get("RateLimit-Reset")).toBe(String(seconds + 2));
  });

  test("the rate limit refills by one request a second, up to the limit", async () => {
    const { ask, clock, state } = await startSimulated();
    state.bucket.tokens = 1;
    expect((await ask("GET", "/pricing")).status).toBe(200);
    const refused = await ask("GET", "/pricing");
    expect(refused.status).toBe(429);
    expect(refused.body.error).toEqual({
      code: "rate_limit_exceeded",
      message: "limit of 3600 requests per hour reached",
      details: null,
    });
    expect(refused.headers.get("RateLimit-Remaining")).toBe("0");
    clock.advance(999);
    expect((await ask("GET", "/pricing")).status).toBe(429);
    clock.advance(1);
    expect((await ask("GET", "/pricing")).status).toBe(200);
    clock.advance(7 * 86_400_000);
    expect((await ask("GET", "/pricing")).headers.get("RateLimit-Remaining")).toBe("3599");
  });

  test("requests without a token use the rate limit, those to unknown routes do not", async () => {
    const { ask } = await startSimulated({ rateLimit: 2 });
    await ask("GET", "/nope");
    await ask("GET", "/images", undefined, {});
    expect((await ask("GET", "/images")).headers.get("RateLimit-Remaining")).toBe("0");
    expect((await ask("GET", "/images", undefined, {})).status).toBe(429);
    expect((await ask("GET", "/nope")).status).toBe(404);
  });

  test("a request over the rate limit changes nothing", async () => {
    const { ask, state } = await startSimulated({ images: [image(1)], rateLimit: 0 });
    expect((await ask("DELETE", "/images/1")).status).toBe(429);
    expect(state.images.has(1)).toBe(true);
  });
});

describe("responses", () => {
  test("each response has its own correlation id, counted from 1", async () => {
    const { ask } = await startSimulated();
    const seen = [];
    for (const path of ["/images", "/nope", "/images/1"]) {
      seen.push((await ask("GET", path)).headers.get("X-Correlation-Id"));
    }
    expect(seen).toEqual(["0000000000000001", "0000000000000002", "0000000000000003"]);
  });

  test("each response is JSON, except the empty one of a deletion", async () => {
    const { ask } = await startSimulated({ images: [image(1)] });
    expect((await ask("GET", "/images")).headers.get("Content-Type")).toBe("application/json");
    expect((await ask("GET", "/nope")).headers.get("Content-Type")).toBe("application/json");
    const { status, headers, text } = await ask("DELETE", "/images/1");
    expect([status, headers.get("Content-Type"), text]).toEqual([204, null, ""]);
  });

  test("an error in the simulator is a 500 and no crash", () => {
    const now = () => 0;
    const state = createState({ now, images: [], tokens: [["t", "read-write"]] });
    state.images.set(1, null as never);
    const headers = { authorization: "Bearer t" };
    const request = { method: "GET", path: "/images", query: new URLSearchParams(), headers, body: "" };
    expect(handleRequest(request, state)).toMatchObject({
      status: 500,
      body: { error: { code: "server_error" } },
    });
  });
});
