/** The connection that a change is sent over: that of the read before, or one that was ready in time. */

import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { expect, onTestFinished, test, vi } from "vitest";
import { createClient } from "../../src/hcloud/client.ts";
import { createImagesApi } from "../../src/hcloud/images.ts";
import { startSimulator } from "../../src/simulator/http.ts";
import { createCertificate } from "../support/certificate.ts";
import { FakeClock } from "../support/harness.ts";
import { snapshot } from "../support/random-images.ts";

const listen = (server: Server) =>
  new Promise<number>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)),
  );

/** TLS before the simulator; `onConnection` is called with the number of each connection before its handshake. */
async function start(onConnection: (number: number) => void = () => undefined) {
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
  const clock = new FakeClock();
  const simulator = await startSimulator({ images: [snapshot(1)], now: clock.now });
  const sockets = new Set<Socket>();
  const track = (socket: Socket) => {
    sockets.add(socket);
    return socket.on("error", () => undefined);
  };
  const join = (client: Socket, server: Socket) => {
    track(client).pipe(track(server)).pipe(client);
    client.on("close", () => server.destroy());
    server.on("close", () => client.destroy());
  };
  const simulated = Number(new URL(simulator.endpoint).port);
  const tls = createTlsServer({ ...createCertificate() }, (client) =>
    join(client, connect(simulated, "127.0.0.1")),
  );
  const tlsPort = await listen(tls);
  let connections = 0;
  const relay = createServer((client) => {
    onConnection(++connections);
    join(client, connect(tlsPort, "127.0.0.1"));
  });
  const client = createClient({
    endpoint: `https://127.0.0.1:${await listen(relay)}/v1`,
    token: simulator.token,
    userAgent: "test",
    clock,
  });
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await client.close();
    for (const socket of sockets) socket.destroy();
    for (const server of [relay, tls]) server.close();
    await simulator.close();
  });
  const api = createImagesApi(client, new AbortController().signal, clock.now() + 45_000);
  return { api, clock, simulator, connections: () => connections };
}

const mismatch = ({ description }: { description: string }) =>
  description === "snapshot 1" ? null : new Error("changed");

test("a change is sent over the connection of the read before it", async () => {
  const { api, simulator, connections } = await start();
  expect(await api.deleteImage(1, { mismatch })).toMatchObject({ outcome: "done" });
  expect(simulator.requests.map(({ method }) => method)).toEqual(["GET", "DELETE"]);
  expect(connections()).toBe(1);
});

test("a change is not sent over a connection that was not ready within a second of the read", async () => {
  const cloud = await start((number) => {
    // The handshake of the second connection takes long; another client changes the image.
    if (number !== 2) return;
    cloud.clock.pass(5_000);
    cloud.simulator.state.images.set(1, snapshot(1, { description: "precious" }));
  });
  cloud.simulator.intercept = (_, response) => {
    response.shouldKeepAlive = false;
  };
  const outcome = await cloud.api.deleteImage(1, { mismatch });
  expect(outcome).toMatchObject({ outcome: "refused", error: { message: "changed" } });
  expect(cloud.simulator.writes()).toEqual([]);
});
