import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Intercept } from "../../src/simulator/http.ts";
import {
  answering,
  apiError,
  changes,
  expectPlain,
  failure,
  lines,
  question,
  SNAPSHOT,
  start,
  stored,
} from "../support/answers.ts";

/** Loses the answer; `done` says whether the request was carried out before that. */
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

describe("each failure on the way becomes what happened and what to do next", () => {
  test("a refused connection", async () => {
    const { call } = await start({ endpoint: await deadEndpoint() });
    const told = failure(await call("hcloud_list_images"));
    expect(told).toMatch(/^No connection to the API could be made \(connection_refused\)/);
    expect(told).toMatch(/Nothing was sent\. .*HCLOUD_ENDPOINT/);
    expect(told).not.toMatch(/127\.0\.0\.1|ECONN/);
  });

  test("a connection that is cut before the answer", async () => {
    const { call } = await start({ intercept: losing("GET", false) });
    expect(failure(await call("hcloud_list_images"))).toMatch(/connection_lost.*Try again/);
  });

  test("an answer that is cut in the middle", async () => {
    const { call } = await start({
      intercept: (_, response) => {
        response.writeHead(200, { "Content-Length": "1000" });
        response.write('{"images":[', () => response.destroy());
        return "handled";
      },
    });
    expect(failure(await call("hcloud_list_images"))).toMatch(/connection_lost.*Try again/);
  });

  test("no answer in time", async () => {
    const { call } = await start({ intercept: () => "handled", limits: { attempt: 20 } });
    expect(failure(await call("hcloud_list_images"))).toMatch(/timed_out.*Try again/);
  });

  test("an answer that never ends", async () => {
    const { call } = await start({
      intercept: (_, response) => {
        response.writeHead(200).write("{");
        return "handled";
      },
      limits: { attempt: 20 },
    });
    expect(failure(await call("hcloud_list_images"))).toMatch(/timed_out.*Try again/);
  });

  test("no TLS where TLS is wanted", async () => {
    const { simulator } = await start();
    const { call } = await start({ endpoint: simulator.endpoint.replace("http:", "https:") });
    const told = failure(await call("hcloud_list_images"));
    expect(told).toMatch(/tls_failed.*NODE_EXTRA_CA_CERTS/);
    expect(simulator.requests).toEqual([]);
  });

  test("a proxy that does not let it through", async () => {
    const proxy = createServer().on("connect", (_, socket) => socket.end("HTTP/1.1 407 No\r\n\r\n"));
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void proxy.close());
    for (const name of ["https_proxy", "no_proxy", "NO_PROXY"]) vi.stubEnv(name, undefined);
    onTestFinished(() => void vi.unstubAllEnvs());
    vi.stubEnv("HTTPS_PROXY", `http://me:geheim12345@127.0.0.1:${(proxy.address() as AddressInfo).port}`);
    const { call } = await start({ endpoint: "https://api.example.test/v1" });
    const told = failure(await call("hcloud_update_image", { id: SNAPSHOT, description: "x" }));
    expectPlain(told, "proxy_failed");
    expect(told).toMatch(/Nothing was sent\. .*HTTPS_PROXY/);
    expect(told).not.toMatch(/geheim|127\.0\.0\.1/);
  });

  test.each([
    ["hcloud_update_image", { id: SNAPSHOT, description: "x" }],
    ["hcloud_change_image_protection", { id: SNAPSHOT, delete: true }],
  ])("no time left for %s, of which nothing reaches the cloud", async (tool, args) => {
    const harness = await start({ callMs: 5_000 });
    const before = stored(harness, SNAPSHOT);
    const told = failure(await harness.call(tool, args));
    expectPlain(told, "deadline_exceeded");
    expect(told).toMatch(/^There was no time left to send the request .* Nothing was sent\. Call again\.$/);
    expect(harness.simulator.requests).toEqual([]);
    expect(stored(harness, SNAPSHOT)).toEqual(before);
  });

  test("too large an answer", async () => {
    const { call } = await start({ limits: { replyBytes: 1000 } });
    expect(failure(await call("hcloud_list_images"))).toMatch(/response_too_large.*per_page/);
  });
});

describe("a change whose answer was lost", () => {
  async function confirmed(intercept: Intercept) {
    const harness = await start();
    const { confirm } = question(await harness.call("hcloud_delete_image", { id: SNAPSHOT }));
    harness.simulator.intercept = intercept;
    return { harness, answer: await harness.call("hcloud_delete_image", { id: SNAPSHOT, confirm }) };
  }

  test("but was carried out, is done", async () => {
    const { harness, answer } = await confirmed(losing("DELETE", true));
    expect(answer.data).toEqual({ status: "done", deleted: SNAPSHOT });
    expect(changes(harness)).toHaveLength(1);
  });

  test("and was not carried out, is sent once more", async () => {
    const { harness, answer } = await confirmed(losing("DELETE", false, 1));
    expect(answer.data).toEqual({ status: "done", deleted: SNAPSHOT });
    expect(changes(harness)).toHaveLength(2);
  });

  test("twice, is an error that says the image is unchanged", async () => {
    const { harness, answer } = await confirmed(losing("DELETE", false));
    expect(failure(answer)).toMatch(/connection_lost.*The image was read afterwards and is unchanged\./);
    expect(changes(harness)).toHaveLength(2);
    expect(harness.simulator.state.images.has(SNAPSHOT)).toBe(true);
  });

  test.each([500, 503])(
    "in a %i that changed nothing, is an error that says so, and is not sent again",
    async (status) => {
      const { harness, answer } = await confirmed(
        answering("DELETE", "/images/", { status, body: "<html>" }),
      );
      expect(failure(answer)).toContain("The image was read afterwards and is unchanged.");
      expect(changes(harness)).toHaveLength(1);
    },
  );

  test("and is then refused, is not said to have changed nothing", async () => {
    let sent = 0;
    const locked = answering("DELETE", "/images/", apiError(423, "locked", "an action is running"));
    const { harness, answer } = await confirmed((request, response, apply) => {
      if (request.method !== "DELETE" || sent++ > 0) return locked(request, response, apply);
      response.destroy();
      return "handled";
    });
    expect(changes(harness)).toHaveLength(2);
    expect(failure(answer)).toMatch(
      /^The outcome is unknown.*outcome_unknown.*sent again it was refused \(locked: .*hcloud_get_image/,
    );
    expect(failure(answer)).not.toMatch(/[Nn]othing was|unchanged/);
  });

  test("and whose target cannot be read, is of unknown outcome, and says how to find out", async () => {
    const harness = await start();
    const { confirm } = question(await harness.call("hcloud_delete_image", { id: SNAPSHOT }));
    let sent = false;
    harness.simulator.intercept = ({ method }, response) => {
      sent ||= method === "DELETE";
      if (!sent) return;
      response.destroy();
      return "handled";
    };
    const told = failure(await harness.call("hcloud_delete_image", { id: SNAPSHOT, confirm }));
    expect(told).toMatch(/^The outcome is unknown.*outcome_unknown.*hcloud_get_image/);
    expect(told).not.toMatch(/[Nn]othing was|unchanged/);
    expect(changes(harness)).toHaveLength(1);
  });

  test("of labels, is done when the labels are there", async () => {
    const harness = await start({ intercept: losing("PUT", true) });
    const labels = { env: "staging", app: "shop", a: "b" };
    const { data } = await harness.call("hcloud_update_image", { id: SNAPSHOT, labels });
    expect(data).toMatchObject({ status: "done", image: { labels } });
    expect(changes(harness)).toHaveLength(1);
  });

  test("of protection, is done when the image is protected", async () => {
    const harness = await start({ actionMs: 0, intercept: losing("POST", true) });
    const { data } = await harness.call("hcloud_change_image_protection", { id: SNAPSHOT, delete: true });
    expect(data).toEqual({ status: "done", id: SNAPSHOT, protection: { delete: true } });
    expect(changes(harness)).toHaveLength(1);
    expect(stored(harness, SNAPSHOT).protection.delete).toBe(true);
  });

  test("of protection, waits for the action that it started", async () => {
    const harness = await start({ actionMs: 3000, intercept: losing("POST", true) });
    const { data } = await harness.call("hcloud_change_image_protection", { id: SNAPSHOT, delete: true });
    expect(data).toMatchObject({ status: "done", action: { status: "success" } });
    expect(changes(harness)).toHaveLength(1);
  });
});

test("a moment's failure of the API is not the model's concern", async () => {
  let failures = 2;
  const fault = answering("GET", "/images", apiError(503, "unavailable"));
  const { call, simulator, clock } = await start({
    intercept: (request, response, apply) => (failures-- > 0 ? fault(request, response, apply) : undefined),
  });
  expect((await call("hcloud_get_image", { id: SNAPSHOT })).isError).toBe(false);
  expect(lines(simulator.requests)).toHaveLength(3);
  expect(clock.slept).toHaveLength(2);
});
