import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Intercept } from "../../src/simulator/http.ts";
import {
  answering,
  apiError,
  changes,
  expectPlain,
  expectUntouched,
  failure,
  lines,
  question,
  SNAPSHOT,
  start,
  stored,
} from "../support/answers.ts";
import { claimsUnchanged, NOTHING_SENT } from "../support/claims.ts";
import type { Answer, Harness } from "../support/harness.ts";

/** Loses the response; `done` says whether the request was carried out before that. */
function losing(method: string, done: boolean, times = Number.POSITIVE_INFINITY): Intercept {
  let lost = 0;
  return (request, response, apply) => {
    if (request.method !== method || lost++ >= times) return;
    if (done) apply();
    response.destroy();
    return "handled";
  };
}

/** An address of this machine where nobody listens. */
async function deadEndpoint(): Promise<string> {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/v1`;
}

describe("errors of requests", () => {
  test("a refused connection is explained", async () => {
    const { call } = await start({ endpoint: await deadEndpoint() });
    const told = failure(await call("hcloud_list_images"));
    expectPlain(told, "connection_refused");
    expect(told).toContain(NOTHING_SENT);
    expect(told).not.toMatch(/127\.0\.0\.1|ECONN/);
  });

  test("a connection that is cut before the response is explained", async () => {
    const { call } = await start({ intercept: losing("GET", false) });
    expectPlain(failure(await call("hcloud_list_images")), "connection_lost");
  });

  test("a response that is cut is explained", async () => {
    const { call } = await start({
      intercept: (_, response) => {
        response.writeHead(200, { "Content-Length": "1000" });
        response.write('{"images":[', () => response.destroy());
        return "handled";
      },
    });
    expectPlain(failure(await call("hcloud_list_images")), "connection_lost");
  });

  test("a response that does not arrive in time is explained", async () => {
    const { call } = await start({ intercept: () => "handled", limits: { attemptMs: 20 } });
    expectPlain(failure(await call("hcloud_list_images")), "timed_out");
  });

  test("a response that never ends is explained", async () => {
    const { call } = await start({
      intercept: (_, response) => {
        response.writeHead(200).write("{");
        return "handled";
      },
      limits: { attemptMs: 20 },
    });
    expectPlain(failure(await call("hcloud_list_images")), "timed_out");
  });

  test("an endpoint without TLS is explained", async () => {
    const { simulator } = await start();
    const { call } = await start({ endpoint: simulator.endpoint.replace("http:", "https:") });
    const told = failure(await call("hcloud_list_images"));
    expectPlain(told, "tls_failed");
    expect(told).toContain(NOTHING_SENT);
    expect(simulator.requests).toEqual([]);
  });

  test("a proxy that refuses a request is explained without its address and password", async () => {
    const proxy = createServer().on("connect", (_, socket) => socket.end("HTTP/1.1 407 No\r\n\r\n"));
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void proxy.close());
    for (const name of ["https_proxy", "no_proxy", "NO_PROXY"]) vi.stubEnv(name, undefined);
    onTestFinished(() => void vi.unstubAllEnvs());
    vi.stubEnv("HTTPS_PROXY", `http://me:geheim12345@127.0.0.1:${(proxy.address() as AddressInfo).port}`);
    const { call } = await start({ endpoint: "https://api.example.test/v1" });
    const told = failure(await call("hcloud_update_image", { id: SNAPSHOT, description: "x" }));
    expectPlain(told, "proxy_failed");
    expect(told).toContain(NOTHING_SENT);
    expect(told).not.toMatch(/geheim|127\.0\.0\.1/);
  });

  test("a response over the size limit is explained", async () => {
    const { call } = await start({ limits: { responseBytes: 1000 } });
    expectPlain(failure(await call("hcloud_list_images")), "response_too_large");
  });

  test.each([
    ["hcloud_update_image", { id: SNAPSHOT, description: "x" }],
    ["hcloud_change_image_protection", { id: SNAPSHOT, delete: true }],
  ])("a call without time left changes nothing: %s %j", async (tool, args) => {
    const harness = await start({ callMs: 5_000 });
    const before = stored(harness, SNAPSHOT);
    const told = failure(await harness.call(tool, args));
    expectPlain(told, "deadline_exceeded");
    expect(told).toContain(NOTHING_SENT);
    expectUntouched(harness, before);
  });

  test("a request is repeated when the API fails for a moment", async () => {
    let failures = 2;
    const fault = answering("GET", "/images", apiError(503, "unavailable"));
    const { call, simulator, clock } = await start({
      intercept: (request, response, apply) => (failures-- > 0 ? fault(request, response, apply) : undefined),
    });
    expect((await call("hcloud_get_image", { id: SNAPSHOT })).isError).toBe(false);
    expect(lines(simulator.requests)).toHaveLength(3);
    expect(clock.slept).toHaveLength(2);
  });
});

describe("a change whose response is lost", () => {
  async function confirmed(intercept: Intercept) {
    const harness = await start();
    const { confirm } = question(await harness.call("hcloud_delete_image", { id: SNAPSHOT }));
    harness.simulator.intercept = intercept;
    return { harness, answer: await harness.call("hcloud_delete_image", { id: SNAPSHOT, confirm }) };
  }

  /** The outcome is said to be unknown, and nothing else is claimed; the audit line says the same. */
  function expectUnknown(harness: Harness, answer: Answer): void {
    const told = failure(answer);
    expectPlain(told, "outcome_unknown");
    expect(claimsUnchanged(told)).toBe(false);
    expect(harness.events.at(-1)).toMatchObject({ outcome: "failed", code: "outcome_unknown" });
  }

  test("a change whose response is lost is done when the image shows the change", async () => {
    const { harness, answer } = await confirmed(losing("DELETE", true));
    expect(answer.data).toMatchObject({ status: "done", deleted: { id: SNAPSHOT } });
    expect(changes(harness)).toHaveLength(1);
  });

  test("a change whose response is lost is sent once more when the image does not show the change", async () => {
    const { harness, answer } = await confirmed(losing("DELETE", false, 1));
    expect(answer.data).toMatchObject({ status: "done", deleted: { id: SNAPSHOT } });
    expect(changes(harness)).toHaveLength(2);
  });

  test("a change that is lost twice has an unknown outcome, though the image does not show the change", async () => {
    const { harness, answer } = await confirmed(losing("DELETE", false));
    expectUnknown(harness, answer);
    expect(failure(answer)).toMatch(/ at \d\d:\d\d:\d\d UTC /);
    expect(changes(harness)).toHaveLength(2);
    expect(harness.simulator.state.images.has(SNAPSHOT)).toBe(true);
  });

  test.each([500, 503])(
    "a change has an unknown outcome after a %i, and is not sent again",
    async (status) => {
      const { harness, answer } = await confirmed(
        answering("DELETE", "/images/", { status, body: "<html>" }),
      );
      expectUnknown(harness, answer);
      expect(changes(harness)).toHaveLength(1);
    },
  );

  test("a change that is lost and then refused has an unknown outcome", async () => {
    let sent = 0;
    const locked = answering("DELETE", "/images/", apiError(423, "locked", "an action is running"));
    const { harness, answer } = await confirmed((request, response, apply) => {
      if (request.method !== "DELETE" || sent++ > 0) return locked(request, response, apply);
      response.destroy();
      return "handled";
    });
    expect(changes(harness)).toHaveLength(2);
    expectUnknown(harness, answer);
  });

  test("a change that is lost has an unknown outcome when the image cannot be read either", async () => {
    let sent = false;
    const { harness, answer } = await confirmed(({ method }, response) => {
      sent ||= method === "DELETE";
      if (!sent) return;
      response.destroy();
      return "handled";
    });
    expectUnknown(harness, answer);
    expect(changes(harness)).toHaveLength(1);
  });

  test("a label change that is lost is done when the image has the new labels", async () => {
    const harness = await start({ intercept: losing("PUT", true) });
    const labels = { env: "staging", app: "shop", a: "b" };
    const { data } = await harness.call("hcloud_update_image", { id: SNAPSHOT, labels });
    expect(data).toMatchObject({ status: "done", image: { labels } });
    expect(changes(harness)).toHaveLength(1);
  });

  test("a protection change that is lost is done when the image is protected", async () => {
    const harness = await start({ actionMs: 0, intercept: losing("POST", true) });
    const { data } = await harness.call("hcloud_change_image_protection", { id: SNAPSHOT, delete: true });
    expect(data).toEqual({ status: "done", id: SNAPSHOT, protection: { delete: true } });
    expect(changes(harness)).toHaveLength(1);
    expect(stored(harness, SNAPSHOT).protection.delete).toBe(true);
  });

  test("a protection change that is lost has an unknown outcome when it takes effect later", async () => {
    const harness = await start({ actionMs: 60_000, intercept: losing("POST", true) });
    const args = { id: SNAPSHOT, delete: true };
    expectUnknown(harness, await harness.call("hcloud_change_image_protection", args));
  });
});
