import { once } from "node:events";
import { type IncomingMessage, request as send } from "node:http";
import { Agent, request as undici } from "undici";
import { describe, expect, onTestFinished, test } from "vitest";
import type { FaultRule } from "../../src/simulator/faults.ts";
import { fetchFrom, IMAGE_PATH, readErrorCode, startFailingCloud } from "../support/failing-cloud.ts";
import { image, startSimulated } from "../support/simulated.ts";

describe("faults that replace the response", () => {
  const own = { "content-type": "application/json" };
  test.each<[FaultRule, status: number, body: unknown, headers?: Record<string, string>]>([
    [{ fault: "status", status: 423, code: "locked", message: "busy" }, 423, apiError("locked", "busy"), own],
    [{ fault: "status", status: 500 }, 500, apiError("server_error", "")],
    [
      { fault: "status", status: 404, body: "no\n", headers: { "X-Why": "proxy" } },
      404,
      "no\n",
      { "x-why": "proxy" },
    ],
    [{ fault: "status", status: 200, body: null }, 200, null],
    [{ fault: "html" }, 502, expect.stringContaining("<h1>"), { "content-type": "text/html" }],
    [{ fault: "html", status: 200 }, 200, expect.stringContaining("<h1>")],
    [{ fault: "empty_body" }, 200, ""],
    [{ fault: "wrong_type" }, 200, []],
    [{ fault: "wrong_type", body: null }, 200, null],
    [{ fault: "wrong_type", body: { image: "text" } }, 200, { image: "text" }],
    [{ fault: "huge_body", bytes: 30 }, 200, { images: "x".repeat(30) }],
    [
      { fault: "redirect", location: "https://example.com/v1" },
      302,
      "",
      { location: "https://example.com/v1" },
    ],
    [{ fault: "redirect", location: "/v1/images/2", status: 307 }, 307, ""],
  ])("a fault replaces the response: %j", async (rule, status, body, headers = {}) => {
    const cloud = await startFailingCloud(rule);
    const answer = await fetchFrom(cloud, "DELETE");
    expect(answer.status).toBe(status);
    expect(jsonOrText(await answer.text())).toEqual(body);
    expect(Object.fromEntries(answer.headers)).toMatchObject(headers);
    expect(cloud.state.images.size).toBe(1);
    expect(cloud.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([`DELETE ${IMAGE_PATH}`]);
  });

  test("a response of a wrong type with a text as body is still JSON", async () => {
    const cloud = await startFailingCloud({ fault: "wrong_type", body: "gone" });
    expect(await (await fetchFrom(cloud)).text()).toBe('"gone"');
  });

  test("a huge response has 20 MB by default", async () => {
    const text = await (await fetchFrom(await startFailingCloud({ fault: "huge_body" }))).text();
    expect(text.length).toBeGreaterThan(20_000_000);
  });

  test("a redirect has its location, and leads to another host", async () => {
    const other = await startSimulated({ images: [image(1)] });
    const cloud = await startFailingCloud({
      fault: "redirect",
      location: `${other.endpoint}${IMAGE_PATH}`,
      times: 1,
    });
    const answer = await fetch(cloud.endpoint + IMAGE_PATH);
    expect([answer.url, other.requests.length]).toEqual([other.endpoint + IMAGE_PATH, 1]);
  });

  const NAMES = ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"];
  test.each(Array.from({ length: 8 }, (_, set) => NAMES.filter((_, i) => set & (1 << i))))(
    "a 429 has the headers %s %s %s and no other of the rate limit",
    async (...names) => {
      const given = names.filter((name) => name !== undefined);
      const headers = Object.fromEntries(given.map((name) => [name, "soon"]));
      const answer = await fetchFrom(await startFailingCloud({ fault: "rate_limited", headers }));
      expect(answer.status).toBe(429);
      expect(await answer.json()).toEqual(apiError("rate_limit_exceeded", expect.any(String)));
      const got = [...answer.headers.keys()].filter((name) => name.startsWith("ratelimit"));
      expect(got).toEqual(given.map((name) => name.toLowerCase()).toSorted());
    },
  );

  test.each<["whole" | "half", number]>([
    ["whole", 64],
    ["half", 32],
  ])("a refusal quotes the token: the %s", async (part, length) => {
    const cloud = await startFailingCloud({ fault: "quote_token", part });
    const answer = await fetchFrom(cloud);
    const { error } = (await answer.json()) as ReturnType<typeof apiError>;
    expect(answer.status).toBe(403);
    expect(error.message).toContain(` ${cloud.token.slice(0, length)} `);
  });
});

describe("effect of a faulty request", () => {
  const EITHER_WAY: FaultRule[] = [
    { fault: "status", status: 500 },
    { fault: "reset" },
    { fault: "html" },
    { fault: "empty_body" },
    { fault: "wrong_type" },
    { fault: "huge_body", bytes: 10 },
    { fault: "redirect", location: "/" },
  ];
  test.each(EITHER_WAY.map((rule) => [rule.fault, rule] as const))(
    "the request takes effect only if the fault says so: %s",
    async (_, rule) => {
      const cloud = await startFailingCloud({ ...rule, applied: true, times: 1 } as FaultRule, rule);
      await readErrorCode(fetchFrom(cloud, "PUT"));
      await readErrorCode(fetchFrom(cloud, "DELETE"));
      expect(cloud.state.images.size, "the second was not applied").toBe(1);
      cloud.inject([{ ...rule, applied: true } as FaultRule]);
      await readErrorCode(fetchFrom(cloud, "DELETE"));
      expect(cloud.state.images.size).toBe(0);
    },
  );

  test.each<FaultRule>([
    { fault: "reset_in_body" },
    { fault: "truncated_json" },
    { fault: "slow_body", ms: 1 },
  ])("the request takes effect when the fault spoils its right response: %j", async (rule) => {
    const cloud = await startFailingCloud(rule);
    await readErrorCode(fetchFrom(cloud, "DELETE"));
    expect(cloud.state.images.size).toBe(0);
  });
});

describe("faulty connections", () => {
  test("a connection is reset instead of a response, as node:http sees it", async () => {
    const cloud = await startFailingCloud({ fault: "reset" });
    const request = send(cloud.endpoint + IMAGE_PATH).end();
    const [error] = await once(request, "error");
    expect(error.code).toBe("ECONNRESET");
    expect(cloud.requests).toHaveLength(1);
  });

  test("a connection is reset in the middle of a response with a stated length", async () => {
    const cloud = await startFailingCloud({ fault: "reset_in_body" });
    const request = send(cloud.endpoint + IMAGE_PATH, {
      headers: { Authorization: `Bearer ${cloud.token}` },
    }).end();
    // Since Node 24 a broken response is an error of the request too, and nobody listening would end the process.
    request.on("error", () => undefined);
    const [response] = (await once(request, "response")) as [IncomingMessage];
    const chunks: Buffer[] = [];
    response.on("data", (chunk) => chunks.push(chunk));
    const [error] = await once(response, "error");
    const got = Buffer.concat(chunks);
    const whole = JSON.stringify({ image: cloud.state.images.get(1) });
    expect(error.code).toBe("ECONNRESET");
    expect(response.headers["content-length"]).toBe(String(Buffer.byteLength(whole)));
    expect(got.length).toBeLessThan(Buffer.byteLength(whole));
    expect(whole.startsWith(got.toString("utf8").slice(0, -1))).toBe(true);
  });

  test("a connection is refused from the first request on", async () => {
    const cloud = await startFailingCloud({ fault: "connection_refused" });
    expect(await readErrorCode(fetchFrom(cloud))).toBe("ECONNREFUSED");
    expect(await readErrorCode(fetchFrom(cloud))).toBe("ECONNREFUSED");
    expect(cloud.requests).toEqual([]);
    await cloud.listen();
    expect((await fetchFrom(cloud)).status).toBe(200);
  });

  test.each([1, 3])("a connection is refused after %i responses, whatever they were", async (skip) => {
    const cloud = await startFailingCloud(
      { fault: "connection_refused", path: "/images/{id}", skip },
      { fault: "reset", skip: skip - 1 },
    );
    for (let i = 1; i < skip; i++) expect((await fetchFrom(cloud)).status).toBe(200);
    expect(await readErrorCode(fetchFrom(cloud))).not.toBe("ECONNREFUSED");
    expect(await readErrorCode(fetchFrom(cloud))).toBe("ECONNREFUSED");
    expect(cloud.requests).toHaveLength(skip);
  });

  test("a connection is accepted again at the same address when its time is over", async () => {
    const cloud = await startFailingCloud({ fault: "connection_refused", skip: 1, ms: 1 });
    expect((await fetchFrom(cloud)).status).toBe(200);
    let code = "";
    do code = await readErrorCode(fetchFrom(cloud));
    while (code === "ECONNREFUSED");
    expect(code).toBe("answered 200");
  });
});

describe("slow responses", () => {
  test.each<[FaultRule, when: "headers" | "body", pattern: string]>([
    [{ fault: "slow_headers", ms: 60_000 }, "headers", "UND_ERR_HEADERS_TIMEOUT"],
    [{ fault: "slow_body", ms: 60_000 }, "body", "UND_ERR_BODY_TIMEOUT"],
    [{ fault: "no_answer" }, "headers", "UND_ERR_HEADERS_TIMEOUT"],
  ])("a slow response %j lets undici wait for the %s", async (rule, when, code) => {
    const cloud = await startFailingCloud(rule);
    const dispatcher = new Agent({ headersTimeout: 20, bodyTimeout: 20 });
    onTestFinished(() => dispatcher.destroy());
    const headers = { authorization: `Bearer ${cloud.token}` };
    const answer = undici(cloud.endpoint + IMAGE_PATH, { dispatcher, headers });
    if (when === "body") expect((await answer).statusCode).toBe(200);
    await expect(answer.then(({ body }) => body.text())).rejects.toMatchObject({ code });
  });

  test.each<FaultRule>([
    { fault: "slow_headers", ms: 1 },
    { fault: "slow_body", ms: 1 },
  ])("a slow response is complete in the end: %j", async (rule) => {
    const cloud = await startFailingCloud(rule);
    expect(await (await fetchFrom(cloud)).json()).toEqual({ image: cloud.state.images.get(1) });
    expect((await fetchFrom(cloud, "GET", "/images/2")).status).toBe(404);
    expect((await fetchFrom(cloud, "DELETE")).status).toBe(204);
    expect(cloud.state.images.size).toBe(0);
  });
});

test("half of a response arrives as if it were complete, with its status", async () => {
  const cloud = await startFailingCloud({ fault: "truncated_json" });
  const whole = JSON.stringify({ image: cloud.state.images.get(1) });
  const answer = await fetchFrom(cloud);
  expect([answer.status, await answer.text()]).toEqual([200, whole.slice(0, whole.length >> 1)]);
  expect((await fetchFrom(cloud, "GET", "/images/2")).status).toBe(404);
});

function apiError(code: string, message: string) {
  return { error: { code, message, details: null } };
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
