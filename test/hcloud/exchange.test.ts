import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Agent, buildConnector } from "undici";
import { expect, onTestFinished, test } from "vitest";
import { startExchange } from "../../src/hcloud/exchange.ts";

test("a request that is stopped while no connection is ready ends immediately and is never written", async () => {
  const seen: unknown[] = [];
  const server = createServer(({ method, url }, response) => {
    seen.push(`${method} ${url}`);
    response.end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const connect = buildConnector({});
  let letConnect!: () => void;
  const isAsked = new Promise<void>((asked) => {
    letConnect = asked;
  });
  const release: (() => void)[] = [];
  const agent = new Agent({
    connections: 1,
    connect(options, callback) {
      release.push(() => connect(options, callback));
      letConnect();
    },
  });
  onTestFinished(async () => {
    await agent.destroy();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let written = 0;
  const send = (method: "GET" | "DELETE") =>
    startExchange(
      agent,
      { origin, path: "/images/1", method },
      {
        start: () => void written++,
        answered: () => undefined,
      },
    );

  const { response, stop } = send("DELETE");
  await isAsked;
  stop(new Error("time is up"));
  await expect(response).rejects.toThrow("time is up");
  const later = send("GET").response;
  for (const go of release) go();
  // Ended requests may cost a connection.
  release.push = (go) => {
    go();
    return 0;
  };
  expect(await later).toMatchObject({ status: 200, text: "{}" });
  expect([seen, written]).toEqual([["GET /images/1"], 1]);
});
