import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { startSimulator } from "../../src/simulator/http.ts";
import { image, startSimulated } from "../support/simulated.ts";

describe("recorded requests", () => {
  test("a recorded request has its content and its status", async () => {
    const { ask, requests, token, writes } = await startSimulated({ images: [image(1)] });
    await ask("GET", "/images?type=snapshot&type=backup&label_selector=env%3Dprod&x=a+b");
    await ask("PUT", "/images/1", { description: "ä" }, { Authorization: `Bearer ${token}`, "X-Test": "1" });
    await ask("DELETE", "/images/2");
    expect(requests.map(({ method, path, status }) => [method, path, status])).toEqual([
      ["GET", "/images", 200],
      ["PUT", "/images/1", 200],
      ["DELETE", "/images/2", 404],
    ]);
    expect(requests[0]).toMatchObject({
      query: [
        ["type", "snapshot"],
        ["type", "backup"],
        ["label_selector", "env=prod"],
        ["x", "a b"],
      ],
      rawUrl: "/v1/images?type=snapshot&type=backup&label_selector=env%3Dprod&x=a+b",
      body: "",
    });
    expect(requests[1]).toMatchObject({
      body: '{"description":"ä"}',
      headers: { authorization: `Bearer ${token}`, "x-test": "1" },
    });
    expect(writes()).toEqual(requests.slice(1));
  });

  test("the oldest recorded requests beyond ten thousand are dropped", async () => {
    const { ask, requests } = await startSimulated({ images: [] });
    await ask("GET", "/images/1");
    const [first] = requests;
    if (first) while (requests.length < 10_000) requests.push(first);
    await ask("GET", "/images/2");
    expect(requests).toHaveLength(10_000);
    expect(requests.at(-1)?.path).toBe("/images/2");
  });
});

describe("intercepts", () => {
  test("an intercept sees a request before the API, and passes the request on by returning nothing", async () => {
    const seen: unknown[] = [];
    const cloud = await startSimulated({
      images: [image(1)],
      intercept: ({ method, path, status }) => {
        seen.push([method, path, status, cloud.state.images.size]);
      },
    });
    expect((await cloud.ask("DELETE", "/images/1")).status).toBe(204);
    expect(seen).toEqual([["DELETE", "/images/1", null, 1]]);
  });

  test("an intercept can respond itself", async () => {
    const cloud = await startSimulated({ images: [image(1)] });
    cloud.intercept = (_, response) => {
      response.writeHead(502).end("{}");
      return "handled";
    };
    expect((await cloud.ask("DELETE", "/images/1")).status).toBe(502);
    expect(cloud.state.images.has(1)).toBe(true);
    expect(cloud.requests[0]?.status).toBe(502);
    cloud.intercept = undefined;
    expect((await cloud.ask("DELETE", "/images/1")).status).toBe(204);
  });

  test("an intercept can apply a request and lose its response", async () => {
    const cloud = await startSimulated({ images: [image(1)] });
    cloud.intercept = (_, response, apply) => {
      expect(apply().status).toBe(204);
      response.destroy();
      return "handled";
    };
    await expect(cloud.ask("DELETE", "/images/1")).rejects.toThrow("fetch failed");
    expect(cloud.state.images.has(1)).toBe(false);
    expect(cloud.requests[0]?.status).toBeNull();
  });

  test("an intercept that applies and passes on applies once", async () => {
    const cloud = await startSimulated({ images: [image(1)], intercept: (_, __, apply) => void apply() });
    expect((await cloud.ask("DELETE", "/images/1")).status).toBe(204);
  });

  test("an intercept that throws closes the connection and nothing else", async () => {
    const cloud = await startSimulated();
    cloud.intercept = () => {
      throw new Error("mistake in a test");
    };
    await expect(cloud.ask("GET", "/images")).rejects.toThrow("fetch failed");
    cloud.intercept = undefined;
    expect((await cloud.ask("GET", "/images")).status).toBe(200);
  });
});

describe("listener", () => {
  test("the simulator listens on loopback, on the requested port", async () => {
    const { endpoint } = await startSimulated();
    expect(endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/);
    const port = Number(new URL(endpoint).port);
    await expect(startSimulator({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  // Elsewhere 127.0.0.2 is no address of this machine to begin with.
  test.skipIf(process.platform !== "linux")("the simulator is not reachable at another address", async () => {
    const { endpoint } = await startSimulated();
    await expect(fetch(endpoint.replace("127.0.0.1", "127.0.0.2"))).rejects.toThrow("fetch failed");
  });

  test("the simulator keeps its own copy of its images", async () => {
    const given = image(1);
    const { state } = await startSimulated({ images: [given] });
    given.description = "changed outside";
    expect(state.images.get(1)?.description).toBe("image 1");
  });

  test("the simulator closes with connections open", async () => {
    const simulator = await startSimulator({ intercept: () => "handled" });
    const pending = fetch(`${simulator.endpoint}/images`);
    await expect.poll(() => simulator.requests.length).toBe(1);
    await simulator.close();
    await expect(pending).rejects.toThrow("fetch failed");
    await expect(fetch(`${simulator.endpoint}/images`)).rejects.toThrow("fetch failed");
  });

  test("a body has at most a megabyte", async () => {
    const { ask, state, requests } = await startSimulated({ images: [image(1)] });
    const fits = JSON.stringify({ description: "x".repeat(999_980) });
    expect((await ask("PUT", "/images/1", fits)).status).toBe(200);
    const reply = await ask("PUT", "/images/1", { description: "y".repeat(2_000_000) });
    expect([reply.status, reply.body.error.code]).toEqual([413, "json_error"]);
    expect(state.images.get(1)?.description).toMatch(/^x+$/);
    expect(requests[1]?.body).toBe("");
  });

  test.each([
    "GET /v1/images/%E0%A4%A HTTP/1.1",
    "GET /v1/images?label_selector=%E0%A4%A&%zz=%GG HTTP/1.1",
    "GET // HTTP/1.1",
    "GET http://[ HTTP/1.1",
    "GET /v1 HTTP/1.1",
    "OPTIONS * HTTP/1.1",
    "NONSENSE",
    "GET /v1/images SPDY/9",
  ])("the simulator survives %j", async (line) => {
    const { ask, endpoint } = await startSimulated();
    const answer = await sendRaw(
      Number(new URL(endpoint).port),
      `${line}\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect((await ask("GET", "/images")).status).toBe(200);
  });

  test("the simulator survives a client that leaves in the middle of a body", async () => {
    const { ask, endpoint } = await startSimulated();
    const socket = connect(Number(new URL(endpoint).port), "127.0.0.1");
    const head = "PUT /v1/images/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{";
    await new Promise((resolve) => socket.write(head, resolve));
    socket.destroy();
    expect((await ask("GET", "/images")).status).toBe(200);
  });
});

function sendRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    connect(port, "127.0.0.1", function (this: import("node:net").Socket) {
      this.write(text);
    })
      .on("data", (chunk) => {
        answer += chunk;
      })
      .on("close", () => resolve(answer))
      .on("error", reject);
  });
}
