/** The doctor and a connection that fails. */

import type { RequestListener } from "node:http";
import { describe, expect, test } from "vitest";
import { startSimulator } from "../src/simulator/http.ts";
import { runDoctor, startHttpServer, startUnchangedCloud, UNKNOWN_TOKEN } from "./support/doctor.ts";

describe("doctor", () => {
  test("reports a connection that is refused", async () => {
    const { endpoint, token, close } = await startSimulator();
    await close();
    const { code, lines } = await runDoctor([], { HCLOUD_TOKEN: token, HCLOUD_ENDPOINT: endpoint });
    expect(lines.at(-1)).toMatch(/^FAIL {2}connection: .*\(connection_refused\)/);
    expect(code).toBe(1);
  });

  test.each<[string, RequestListener, RegExp]>([
    [
      "a page in place of the API",
      (_, response) => response.writeHead(200, { "Content-Type": "text/html" }).end("<h1>Log in</h1>"),
      /\(malformed_reply\).*proxy/,
    ],
    [
      "a page that says 404",
      (_, response) => response.writeHead(404, { "Content-Type": "text/html" }).end("<h1>404</h1>"),
      /\(http_404\).*proxy/,
    ],
    [
      "JSON that is not the API's",
      (_, response) => response.writeHead(200, { "Content-Type": "application/json" }).end("{}"),
      /\(malformed_reply\)/,
    ],
    [
      "a gateway without a cloud behind it",
      (_, response) => response.writeHead(502).end("bad gateway"),
      /\(bad_gateway\)/,
    ],
    [
      "a redirect, which it does not follow",
      (_, response) => response.writeHead(302, { Location: "https://elsewhere.example/" }).end(),
      /\(redirected\).*HCLOUD_ENDPOINT/,
    ],
    ["a server that hangs up", (request) => request.socket.destroy(), /\(connection_lost\)/],
  ])("reports %s, after one request", async (_, answer, why) => {
    let requests = 0;
    const endpoint = await startHttpServer((request, response) => {
      requests++;
      answer(request, response);
    });
    const { code, lines } = await runDoctor([], { HCLOUD_TOKEN: UNKNOWN_TOKEN, HCLOUD_ENDPOINT: endpoint });
    expect(lines.at(-1)).toMatch(new RegExp(`^FAIL {2}connection: .*${why.source}`));
    expect(code).toBe(1);
    expect(requests).toBe(1);
  });

  test("reports that the response about the rights is lost", async () => {
    const simulator = await startUnchangedCloud();
    simulator.intercept = ({ method }, response) => {
      if (method === "GET") return undefined;
      response.destroy();
      return "handled";
    };
    const env = { HCLOUD_TOKEN: simulator.token, HCLOUD_ENDPOINT: simulator.endpoint };
    const { code, lines } = await runDoctor([], env);
    expect(lines.at(-2)).toMatch(/^FAIL {2}connection: .*\(connection_lost\)/);
    expect(code).toBe(1);
    expect(simulator.requests).toHaveLength(3);
  });

  test("reports that the backups cannot be counted", async () => {
    const simulator = await startUnchangedCloud();
    simulator.intercept = ({ rawUrl }, response) => {
      if (!rawUrl.includes("type=backup")) return undefined;
      response.writeHead(503, { "Content-Type": "application/json" });
      response.end('{"error":{"code":"unavailable","message":"try later","details":null}}');
      return "handled";
    };
    const env = { HCLOUD_TOKEN: simulator.token, HCLOUD_ENDPOINT: simulator.endpoint };
    const { code, lines } = await runDoctor([], env);
    expect(lines.at(-1)).toMatch(/^FAIL {2}images: 28 snapshots\b.*\bbackups\b.*\(unavailable\)/);
    expect(code).toBe(1);
    expect(simulator.requests).toHaveLength(3);
  });

  test("accepts another API error about the rights", async () => {
    const simulator = await startUnchangedCloud();
    simulator.intercept = ({ method }, response) => {
      if (method === "GET") return undefined;
      response.writeHead(422, { "Content-Type": "application/json" });
      response.end('{"error":{"code":"invalid_input","message":"no members","details":null}}');
      return "handled";
    };
    const env = { HCLOUD_TOKEN: simulator.token, HCLOUD_ENDPOINT: simulator.endpoint };
    const { code, lines } = await runDoctor([], env);
    expect(lines.at(-2)).toMatch(/^note {2}rights: unknown\. .*\(invalid_input\)/);
    expect(code).toBe(0);
  });
});
