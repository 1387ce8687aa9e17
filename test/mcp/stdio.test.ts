import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { startSimulator } from "../../src/simulator/http.ts";
import { callMessage, INITIALIZE, spawnCommand } from "../support/spawned.ts";

interface Message {
  jsonrpc: string;
  id?: number | string | null;
  result?: {
    content?: { text: string }[];
    isError?: boolean;
    serverInfo?: { version: string; title: string };
    protocolVersion?: string;
  };
  error?: { code: number; message: string };
}

/** There, a signal from another process just ends this one. */
const WINDOWS = process.platform === "win32";

const parse = (line: string) => JSON.parse(line) as Message;

describe("the built command", () => {
  test("writes nothing but JSON-RPC to stdout and nothing at all to stderr while reading", async () => {
    const server = spawnCommand(["--demo"]);
    server.send(INITIALIZE);
    server.send({ jsonrpc: "2.0", method: "notifications/initialized" });
    server.send({ jsonrpc: "2.0", id: 2, method: "tools/list" });
    server.send(callMessage(3, "hcloud_list_images", { type: "snapshot" }));
    server.send(callMessage(4, "hcloud_get_image", { id: 1 }));
    const seen: Message["id"][] = [];
    while (seen.length < 4) {
      const message = parse(await server.nextLine());
      expect(message.jsonrpc).toBe("2.0");
      seen.push(message.id);
    }
    expect(seen.toSorted()).toEqual([1, 2, 3, 4]);
    expect(server.stderr()).toBe("");
  });

  test("ends with code 0 when stdin ends, also with a call in progress", async () => {
    const never = await startSimulator({ intercept: () => "handled" });
    const server = spawnCommand([], { HCLOUD_TOKEN: never.token, HCLOUD_ENDPOINT: never.endpoint });
    server.send(INITIALIZE);
    await server.nextLine();
    server.send(callMessage(2, "hcloud_list_images"));
    await expect.poll(() => never.requests.length).toBe(1);
    server.child.stdin.end();
    expect(await server.ended).toBe(0);
    expect(server.stderr()).toBe("");
    expect(server.lines).toHaveLength(1);
    await never.close();
  });

  test.skipIf(WINDOWS).each(["SIGTERM", "SIGINT"] as const)("ends with code 0 on %s", async (signal) => {
    const server = spawnCommand(["--demo"]);
    server.send(INITIALIZE);
    await server.nextLine();
    server.child.kill(signal);
    expect(await server.ended).toBe(0);
    expect(server.stderr()).toBe("");
  });

  test("ends with code 0 when nobody reads its stdout any more", async () => {
    const server = spawnCommand(["--demo"]);
    server.send(INITIALIZE);
    await server.nextLine();
    server.child.stdout.destroy();
    server.send({ jsonrpc: "2.0", id: 2, method: "tools/list" });
    expect(await server.ended).toBe(0);
    expect(server.stderr()).toBe("");
  });

  test("answers a line that is not JSON-RPC with an error and goes on", async () => {
    const server = spawnCommand(["--demo"]);
    server.send("this is not JSON");
    expect(parse(await server.nextLine())).toMatchObject({ id: null, error: { code: -32700 } });
    server.send({ hello: "world" });
    expect(parse(await server.nextLine())).toMatchObject({ id: null, error: { code: -32600 } });
    server.send(INITIALIZE);
    expect(parse(await server.nextLine())).toMatchObject({
      id: 1,
      result: { serverInfo: { name: "hcloud-images-mcp" } },
    });
  });

  test("answers an invalid request under its own id", async () => {
    const server = spawnCommand(["--demo"]);
    server.send({ jsonrpc: "2.0", id: 0, method: "ping", params: "none" });
    expect(parse(await server.nextLine())).toMatchObject({ id: 0, error: { code: -32600 } });
    server.send({ id: "a", method: "ping" });
    expect(parse(await server.nextLine())).toMatchObject({ id: "a", error: { code: -32600 } });
  });

  test.each([0, "0"])(
    "cancels the call with the id %j, not the one with the other id of the same digit",
    async (id) => {
      const held: (() => void)[] = [];
      const simulator = await startSimulator({
        intercept(_, response, apply) {
          held.push(() => response.end(JSON.stringify(apply().body)));
          return "handled";
        },
      });
      const server = spawnCommand([], { HCLOUD_TOKEN: simulator.token, HCLOUD_ENDPOINT: simulator.endpoint });
      server.send(INITIALIZE);
      await server.nextLine();
      const other = id === 0 ? "0" : 0;
      for (const each of [0, "0"]) server.send({ ...callMessage(1, "hcloud_list_images"), id: each });
      await expect.poll(() => held.length).toBe(2);
      server.send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: id } });
      server.send({ jsonrpc: "2.0", id: "ping", method: "ping" });
      expect(parse(await server.nextLine()).id).toBe("ping");
      for (const answer of held) answer();
      expect(parse(await server.nextLine())).toMatchObject({ id: other, result: {} });
      server.child.stdin.end();
      expect(await server.ended).toBe(0);
      expect(server.lines).toHaveLength(3);
      await simulator.close();
    },
  );

  test("ignores a byte order mark, and refuses bytes that are no UTF-8", async () => {
    const server = spawnCommand(["--demo"]);
    server.send(`\ufeff${JSON.stringify(INITIALIZE)}`);
    expect(parse(await server.nextLine())).toMatchObject({ id: 1, result: {} });
    server.child.stdin.write(Buffer.from('{"jsonrpc":"2.0","id":2,"method":"pi\xffng"}\n', "latin1"));
    expect(parse(await server.nextLine())).toMatchObject({ id: null, error: { code: -32700 } });
  });

  test("answers a line that is too long with an error and goes on", async () => {
    const server = spawnCommand(["--demo"]);
    server.send("x".repeat(11 * 1024 * 1024));
    expect(parse(await server.nextLine())).toMatchObject({
      id: null,
      error: { code: -32600, message: expect.stringContaining("10 MiB") },
    });
    server.send(INITIALIZE);
    expect(parse(await server.nextLine())).toMatchObject({ id: 1, result: {} });
  });

  test("answers 64 concurrent calls of a client that reads only after the last one", async () => {
    const simulator = await startSimulator();
    const server = spawnCommand([], { HCLOUD_TOKEN: simulator.token, HCLOUD_ENDPOINT: simulator.endpoint });
    server.send(INITIALIZE);
    await server.nextLine();
    server.child.stdout.pause();
    for (let id = 2; id < 66; id++) server.send(callMessage(id, "hcloud_list_images", { per_page: 50 }));
    await expect.poll(() => simulator.requests.length).toBe(64);
    server.child.stdout.resume();
    const answered = new Set<unknown>();
    while (answered.size < 64) {
      const { id, result } = parse(await server.nextLine());
      expect(result?.isError).toBeUndefined();
      answered.add(id);
    }
    server.child.stdin.end();
    expect(await server.ended).toBe(0);
    expect(server.stderr()).toBe("");
    await simulator.close();
  });

  const LIST = { jsonrpc: "2.0", id: 2, method: "tools/list" };

  test.each([
    ["that ends in a line break", `${JSON.stringify(INITIALIZE)}\n${JSON.stringify(LIST)}\n`, [1, 2]],
    ["without a line break", `${JSON.stringify(INITIALIZE)}\n${JSON.stringify(LIST)}`, [1, 2]],
    ["without a line break, the only one", JSON.stringify(INITIALIZE), [1]],
  ])("answers all requests before the end of stdin, with a last line %s", async (_, text, ids) => {
    const server = spawnCommand();
    server.child.stdin.end(text);
    expect(await server.ended).toBe(0);
    expect(server.lines.map((line) => parse(line).id)).toEqual(ids);
    expect(server.stderr()).toBe("");
  });

  test.each([
    ["that is cut off", '{"jsonrpc":"2.0","id":2,"meth', -32700],
    ["that is longer than 10 MiB", "x".repeat(11 * 1024 * 1024), -32600],
  ])("answers a last line %s with an error", async (_, line, code) => {
    const server = spawnCommand(["--demo"]);
    server.child.stdin.end(`${JSON.stringify(INITIALIZE)}\n${line}`);
    expect(await server.ended).toBe(0);
    expect(server.lines.map((line) => parse(line))).toMatchObject([
      { id: 1, result: {} },
      { id: null, error: { code } },
    ]);
  });

  test("ends a call on a last line without a line break like any other call", async () => {
    const never = await startSimulator({ intercept: () => "handled" });
    const server = spawnCommand([], { HCLOUD_TOKEN: never.token, HCLOUD_ENDPOINT: never.endpoint });
    const call = (id: number) => JSON.stringify(callMessage(id, "hcloud_list_images"));
    server.child.stdin.end(`${JSON.stringify(INITIALIZE)}\n${call(2)}\n${call(3)}`);
    expect(await server.ended).toBe(0);
    expect(server.lines.map((line) => parse(line).id)).toEqual([1]);
    await never.close();
  });

  test("logs each step of a changing call as one JSON line on stderr", async () => {
    const server = spawnCommand(["--demo"]);
    server.send(INITIALIZE);
    await server.nextLine();
    server.send(callMessage(2, "hcloud_change_image_protection", { id: 362118904, delete: true }));
    await server.nextLine();
    await expect.poll(() => server.stderr()).toMatch(/\n.*\n$/);
    const events = server
      .stderr()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const event = {
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      demo: true,
      call: expect.stringMatching(/^[0-9a-f]{8}$/),
      tool: "hcloud_change_image_protection",
      ids: [362118904],
      args: { id: 362118904, delete: true },
    };
    const correlation_id = expect.stringMatching(/^[0-9a-f]{16}$/);
    expect(events).toEqual([
      { ...event, outcome: "started" },
      { ...event, outcome: "done", correlation_id },
    ]);
    expect(events[1].call).toBe(events[0].call);
  });
});

test.each([
  ["2025-11-25", "2025-11-25"],
  ["2025-06-18", "2025-06-18"],
  ["2025-03-26", "2024-11-05"],
  ["2024-11-05", "2024-11-05"],
  ["2024-10-07", "2024-10-07"],
  ["2099-01-01", "2025-11-25"],
])("a client that asks for protocol version %s gets %s", async (protocolVersion, chosen) => {
  const server = spawnCommand(["--demo"]);
  server.send({ ...INITIALIZE, params: { ...INITIALIZE.params, protocolVersion } });
  expect(parse(await server.nextLine()).result?.protocolVersion).toBe(chosen);
});

describe("the built command at its start", () => {
  test("lists the tools without a token, and reports the missing token at the first call", async () => {
    const server = spawnCommand([], { HCLOUD_TOKEN: "${user_config.token}" });
    server.send(INITIALIZE);
    await server.nextLine();
    server.send({ jsonrpc: "2.0", id: 2, method: "tools/list" });
    expect(await server.nextLine()).toContain("hcloud_delete_image");
    server.send(callMessage(3, "hcloud_list_images"));
    const { result } = parse(await server.nextLine());
    expect(result?.isError).toBe(true);
    expect(result?.content?.[0]?.text).toMatch(/HCLOUD_TOKEN.*Security → API tokens.*--demo/);
  });

  test("uses its token and endpoint, with our user agent", async () => {
    const simulator = await startSimulator();
    const server = spawnCommand([], { HCLOUD_TOKEN: simulator.token, HCLOUD_ENDPOINT: simulator.endpoint });
    server.send(INITIALIZE);
    const version = parse(await server.nextLine()).result?.serverInfo?.version;
    server.send(callMessage(2, "hcloud_list_images", { type: "backup" }));
    expect(parse(await server.nextLine()).result?.isError).toBeUndefined();
    expect(simulator.requests.map(({ rawUrl }) => rawUrl)).toEqual(["/v1/images?type=backup"]);
    expect(simulator.requests[0]?.headers).toMatchObject({
      authorization: `Bearer ${simulator.token}`,
      "user-agent": `hcloud-images-mcp/${version}`,
    });
    await simulator.close();
  });

  test("uses the simulated project with --demo, whatever token and endpoint are set, and says so", async () => {
    const simulator = await startSimulator();
    const env = { HCLOUD_TOKEN: simulator.token, HCLOUD_ENDPOINT: simulator.endpoint };
    const server = spawnCommand(["--demo"], env);
    server.send(INITIALIZE);
    expect(parse(await server.nextLine()).result?.serverInfo?.title).toContain("DEMO");
    server.send(callMessage(2, "hcloud_list_images"));
    expect(parse(await server.nextLine()).result?.isError).toBeUndefined();
    expect(simulator.requests).toEqual([]);
    await simulator.close();
  });

  test.each([
    [["--read-only"], {}],
    [[], { HCLOUD_IMAGES_READ_ONLY: "true" }],
  ])("lists only the tools that read with %j %j", async (args, env) => {
    const server = spawnCommand(["--demo", ...args], env);
    server.send(INITIALIZE);
    await server.nextLine();
    server.send({ jsonrpc: "2.0", id: 2, method: "tools/list" });
    const line = await server.nextLine();
    expect(line).toContain("hcloud_list_images");
    expect(line).not.toContain('hcloud_delete_image"');
    expect(line).not.toContain('"readOnlyHint":false');
  });

  test("the simulator command prints where it is and serves until it is interrupted", async () => {
    const simulator = spawnCommand(["simulator", "--port", "0"]);
    const { endpoint, token } = JSON.parse(await simulator.nextLine());
    expect(endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/);
    const reply = await fetch(`${endpoint}/images?type=snapshot`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(reply.status).toBe(200);
    await reply.text();
    simulator.child.kill("SIGINT");
    expect(await simulator.ended).toBe(WINDOWS ? null : 0);
    expect(simulator.lines).toHaveLength(1);
  });

  test("the simulator command reports a port in use, and ends with code 2", async () => {
    const taken = await startSimulator();
    const port = new URL(taken.endpoint).port;
    const simulator = spawnCommand(["simulator", "--port", port]);
    expect(await simulator.ended).toBe(2);
    expect(simulator.stderr()).toMatch(new RegExp(`port ${port}.*EADDRINUSE`));
    await taken.close();
  });

  test.each([
    ["an unknown flag", ["--read-onyl"], {}, / --read-onyl\b.*"--read-only"/],
    [
      "an endpoint off this machine without TLS",
      [],
      { HCLOUD_ENDPOINT: "http://example.com/v1" },
      /HCLOUD_ENDPOINT .*https/,
    ],
    ["a token with a line break", [], { HCLOUD_TOKEN: "abc\ndef" }, /HCLOUD_TOKEN /],
  ])("%s is refused in one line, with code 2", async (_, args, env, message) => {
    const server = spawnCommand(args, env as Record<string, string>);
    expect(await server.ended).toBe(2);
    expect(server.stderr()).toMatch(message);
    expect(server.stderr().trimEnd().split("\n")).toHaveLength(1);
    expect(server.stderr()).not.toContain("def");
    expect(server.lines).toEqual([]);
  });

  test("--version and --help print and end with code 0", async () => {
    const version = spawnCommand(["--version"]);
    expect(await version.ended).toBe(0);
    expect(version.lines).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
    const help = spawnCommand(["--help"]);
    expect(await help.ended).toBe(0);
    expect(help.lines.join("\n")).toMatch(/HCLOUD_TOKEN[\s\S]*--read-only[\s\S]*--demo/);
  });
});

test("a demo process leaves no listener behind when it ends", async () => {
  const server = spawnCommand(["simulator"]);
  const { endpoint } = JSON.parse(await server.nextLine());
  server.child.kill("SIGTERM");
  await once(server.child, "exit");
  await expect(fetch(`${endpoint}/images`)).rejects.toThrow();
});
