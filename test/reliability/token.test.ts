import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { ConfigError, readConfig } from "../../src/config/options.ts";
import { unwrap } from "../../src/hcloud/change.ts";
import { createClient } from "../../src/hcloud/client.ts";
import { HcloudError } from "../../src/hcloud/errors.ts";
import { createImagesApi } from "../../src/hcloud/images.ts";
import { createServer as createMcpServer } from "../../src/mcp/server.ts";
import type { FaultRule } from "../../src/simulator/faults.ts";
import { startSimulator } from "../../src/simulator/http.ts";
import { SNAPSHOT } from "../support/answers.ts";
import { createCertificate } from "../support/certificate.ts";
import { temporaryFolder } from "../support/folder.ts";
import { callMessage, INITIALIZE, spawnCommand } from "../support/spawned.ts";

/** No run of 8 of its characters is found in anything that is not made of it. */
const CANARY = "kQ7vZx2mWp9LrT4sYb8NcJd6HgF3uEaKoRiVtGyBnMwXqSzDhCj5PfUeAl1O0I7y";
const PIECES = Array.from({ length: CANARY.length - 7 }, (_, i) => CANARY.slice(i, i + 8));

const leaksIn = (text: string) => PIECES.filter((piece) => text.includes(piece));

/** Faults after which nothing is tried again, so that no time has to pass. */
const FAULTS: FaultRule[] = [
  { fault: "quote_token" },
  { fault: "quote_token", part: "half" },
  { fault: "quote_token", status: 401 },
  { fault: "quote_token", status: 418 },
  { fault: "quote_token", part: "half", status: 500, method: "PUT" },
  { fault: "status", status: 422, code: "invalid_input", message: CANARY },
  { fault: "status", status: 403, body: CANARY },
  { fault: "status", status: 404, body: { error: { code: CANARY, message: CANARY.slice(5, 40) } } },
  { fault: "status", status: 200, body: { [CANARY]: CANARY } },
  { fault: "status", status: 200, body: CANARY },
  {
    fault: "status",
    status: 422,
    body: {
      error: {
        code: "invalid_input",
        message: "no",
        details: { fields: [{ name: CANARY, messages: [CANARY] }] },
      },
    },
    headers: { "X-Correlation-Id": CANARY },
  },
  { fault: "html", status: 403 },
  { fault: "truncated_json" },
  { fault: "empty_body" },
  { fault: "wrong_type", body: [CANARY] },
  { fault: "redirect", location: `https://${CANARY.toLowerCase()}.example/${CANARY}` },
];

test("stdout and stderr contain no piece of the token, whatever the API answers", async (context) => {
  const simulator = await startSimulator({ token: CANARY });
  onTestFinished(() => simulator.close());
  const env = { HCLOUD_TOKEN: CANARY, HCLOUD_ENDPOINT: simulator.endpoint };
  const server = spawnCommand([], env);
  server.send(INITIALIZE);
  await server.nextLine();
  const calls: [tool: string, args: object][] = [
    ["hcloud_list_images", {}],
    ["hcloud_report_images", {}],
    ["hcloud_list_image_actions", {}],
    ["hcloud_delete_image", { id: SNAPSHOT }],
    ["hcloud_delete_image", { id: SNAPSHOT, confirm: CANARY }],
    ["hcloud_update_image", { id: SNAPSHOT, description: CANARY }],
    ["hcloud_update_image", { id: SNAPSHOT, [CANARY]: CANARY }],
    [CANARY, {}],
  ];
  let id = 1;
  let asked = 0;
  for (const fault of FAULTS) {
    // A change reads first; let it come to the change.
    for (const rule of [fault, { ...fault, method: "PUT" as const }]) {
      simulator.inject([rule]);
      for (const [tool, args] of calls) server.send(callMessage(++id, tool, args));
      for (const _ of calls) await server.nextLine();
      asked += calls.length;
    }
  }
  server.child.stdin.end();
  expect(await server.ended).toBe(0);
  const told = server.lines.join("\n") + server.stderr();
  expect(server.stderr()).toContain('"outcome":"failed"');
  expect(told).toContain("[redacted]");
  const leaks = leaksIn(told);
  expect(leaks).toEqual([]);
  context.task.meta.figures = {
    "calls while answers quote the token": asked,
    "pieces of the token on stdout and stderr": leaks.length,
  };
});

describe("a secret in the settings", () => {
  test.each([
    ["a blank", `${CANARY.slice(0, 32)} ${CANARY.slice(32)}`],
    ["a blank before it", ` ${CANARY}`],
    ["a line break after it", `${CANARY}\n`],
    ["a carriage return", `${CANARY}\r`],
    ["a tab", `${CANARY.slice(0, 9)}\t${CANARY.slice(9)}`],
    ["a header of somebody's own", `${CANARY}\r\nX-Evil: 1`],
    ["a no-break space", `${CANARY}\u00a0`],
    ["a zero-width space", `${CANARY}\u200b`],
    ["a quotation mark of a word processor", `“${CANARY}”`],
  ])("a token with %s is refused without being shown", async (_, token) => {
    const server = spawnCommand([], { HCLOUD_TOKEN: token });
    expect(await server.ended).toBe(2);
    expect(server.stderr()).toMatch(/^hcloud-images-mcp: HCLOUD_TOKEN .*\n$/);
    expect(leaksIn(server.stderr() + server.lines.join())).toEqual([]);
  });

  test.each([
    [["--token", CANARY]],
    [[`--token=${CANARY}`]],
    [[CANARY]],
    [["simulator", "--port", CANARY]],
    [["simulator", "--faults", CANARY]],
  ])("a token among the arguments is refused without being shown", async (args) => {
    const server = spawnCommand(args);
    expect(await server.ended).toBe(2);
    expect(server.stderr()).toMatch(/^hcloud-images-mcp: .+\n$/);
    expect(leaksIn(server.stderr() + server.lines.join())).toEqual([]);
  });

  test.each([
    `https://user:${CANARY}@api.hetzner.cloud/v1`,
    `https://${CANARY}@api.hetzner.cloud/v1`,
    `https://api.hetzner.cloud/v1?token=${CANARY}`,
    `https://api.hetzner.cloud/v1#${CANARY}`,
  ])("an endpoint that contains a secret is refused without being shown", (HCLOUD_ENDPOINT) => {
    expect(() => readConfig([], { HCLOUD_ENDPOINT })).toThrow(ConfigError);
    try {
      readConfig([], { HCLOUD_ENDPOINT });
    } catch (error) {
      expect(leaksIn(inspect(error, { depth: null, showHidden: true }))).toEqual([]);
    }
  });
});

describe("endpoints", () => {
  test.each([
    "http://api.hetzner.cloud/v1",
    "http://localhost.evil.example/v1",
    "http://127.0.0.1.evil.example/v1",
    "http://evil.example/127.0.0.1",
    "http://127.0.0.1@evil.example/v1",
    "http://[::ffff:1.2.3.4]/v1",
    "http://0.0.0.0/v1",
    "http://128.0.0.1/v1",
    "http://16843009/v1",
    "ftp://api.hetzner.cloud/v1",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "//api.hetzner.cloud/v1",
    "api.hetzner.cloud/v1",
    "https://api.hetzner.cloud/v1/../../evil",
    "https://api.hetzner.cloud/v1/..",
    "https://api.hetzner.cloud/./v1",
    "https://api.hetzner.cloud/v1/%2e%2e/evil",
    "https://api.hetzner.cloud/v1%2f..%2fevil",
    "https://api.hetzner.cloud//evil.example/v1",
    "https:\\\\evil.example\\v1",
    "https://api.hetzner.cloud\\@evil.example/v1",
    "https:api.hetzner.cloud/v1",
    "https:///api.hetzner.cloud/v1",
    "https://api.hetz\nner.cloud/v1",
    "https://api.hetzner.cloud/v 1",
    "https://evil.example%2f@api.hetzner.cloud",
    "https://",
  ])("the endpoint %j is refused, because it would receive the token", (HCLOUD_ENDPOINT) => {
    expect(() => readConfig([], { HCLOUD_ENDPOINT })).toThrow(ConfigError);
  });

  test.each([
    ["https://api.hetzner.cloud/v1/", "https://api.hetzner.cloud/v1"],
    ["https://API.Hetzner.Cloud/v1", "https://api.hetzner.cloud/v1"],
    ["https://gate.example:8443/hcloud_api/v1.0", "https://gate.example:8443/hcloud_api/v1.0"],
    ["http://127.0.0.1:8080", "http://127.0.0.1:8080"],
    ["http://[::1]:8080/v1", "http://[::1]:8080/v1"],
    ["http://localhost:8080/v1", "http://localhost:8080/v1"],
  ])("the endpoint %j is accepted", (HCLOUD_ENDPOINT, endpoint) => {
    expect(readConfig([], { HCLOUD_ENDPOINT }).endpoint).toBe(endpoint);
  });

  test("an endpoint with an untrusted certificate receives nothing, and no option changes that", async () => {
    const { key, cert } = createCertificate();
    const received: string[] = [];
    const https = createServer({ key, cert }, (request, response) => {
      received.push(request.headers.authorization ?? "");
      response.writeHead(401).end("{}");
    });
    https.listen(0, "127.0.0.1");
    onTestFinished(() => void https.close());
    await once(https, "listening");
    const file = join(temporaryFolder(), "ca.pem");
    writeFileSync(file, cert);

    const ask = async (env: Record<string, string>) => {
      const HCLOUD_ENDPOINT = `https://127.0.0.1:${(https.address() as AddressInfo).port}/v1`;
      const server = spawnCommand(["--read-only"], { HCLOUD_TOKEN: CANARY, HCLOUD_ENDPOINT, ...env });
      server.send(INITIALIZE);
      await server.nextLine();
      server.send(callMessage(2, "hcloud_list_images"));
      return server.nextLine();
    };
    expect(await ask({ HCLOUD_INSECURE: "1", HCLOUD_IMAGES_INSECURE: "true" })).toContain("(tls_failed)");
    expect(received).toEqual([]);
    // The same server is talked to once its certificate is vouched for: it was the certificate.
    expect(await ask({ NODE_EXTRA_CA_CERTS: file })).toContain("(unauthorized)");
    expect(received).toEqual([`Bearer ${CANARY}`]);
  });
});

test("util.inspect shows no piece of the token, whatever object has seen it", async (context) => {
  const simulator = await startSimulator({ readOnlyToken: CANARY });
  onTestFinished(() => simulator.close());
  const config = readConfig(["--read-only"], { HCLOUD_TOKEN: CANARY, HCLOUD_ENDPOINT: simulator.endpoint });
  expect(config.token).toBe(CANARY);
  const client = createClient({ ...config, userAgent: "test" });
  onTestFinished(() => client.close());
  const api = createImagesApi(client, new AbortController().signal, Date.now() + 45_000);
  const server = createMcpServer({ client, version: "0", readOnly: false, demo: false, audit: () => null });
  const objects: unknown[] = [config, { config }, client, api, server];

  const list = await api.listImages({});
  objects.push(list, client, api);
  for (const rule of FAULTS) {
    simulator.inject([rule]);
    for (const request of [
      () => api.listImages({}),
      () => api.updateImage(SNAPSHOT, { description: "x" }, { mismatch: () => null }).then(unwrap),
      () => api.deleteImage(SNAPSHOT, { mismatch: () => null }).then(unwrap),
    ]) {
      const error = await request().catch((error: unknown) => error);
      if (rule.method === undefined) expect(error).toBeInstanceOf(HcloudError);
      objects.push(error);
    }
  }
  expect(objects.length).toBeGreaterThan(50);
  const leaks = objects.flatMap((object) =>
    leaksIn(inspect(object, { depth: null, showHidden: true, getters: true, maxStringLength: null })),
  );
  expect(leaks).toEqual([]);
  context.task.meta.figures = {
    "objects inspected": objects.length,
    "pieces of the token in them": leaks.length,
  };
});
