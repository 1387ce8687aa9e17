import { inspect } from "node:util";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { isLoopback } from "../../src/hcloud/client.ts";
import { TOKEN } from "../support/answers.ts";
import {
  catchError,
  connect,
  formatResponse,
  NO_GUARDS,
  startCloud,
  startRawServer,
} from "../support/cloud.ts";

const VARIABLES = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"];

beforeEach(() => {
  for (const name of VARIABLES) vi.stubEnv(name, undefined);
  return () => void vi.unstubAllEnvs();
});

/** A proxy that refuses every tunnel. */
function startProxy(status = 502) {
  return startRawServer((socket) => socket.end(formatResponse(status, "")));
}

describe("proxies of the environment", () => {
  test("a proxy is asked for a tunnel to the API, and never gets the token", async () => {
    const proxy = await startProxy();
    vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${proxy.port}`);
    await catchError(connect("https://api.example.test/v1").send("DELETE", "/images/1"));
    expect(proxy.requests).toHaveLength(1);
    expect(proxy.requests[0]).toMatch(/^CONNECT api\.example\.test:443 HTTP\/1\.1\r\n/);
    expect(proxy.requests[0]).not.toContain(TOKEN);
  });

  test("a proxy carries TLS through its tunnel, and the request only within TLS", async () => {
    let tunnelled = "";
    const proxy = await startRawServer((socket) => {
      socket.removeAllListeners("data");
      socket.on("data", (chunk) => {
        tunnelled += chunk.toString("latin1");
        socket.end(formatResponse(400, "this is no TLS"));
      });
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    });
    vi.stubEnv("https_proxy", `http://127.0.0.1:${proxy.port}`);
    const error = await catchError(connect("https://api.example.test/v1").send("DELETE", "/images/1"));
    expect(error.code).toBe("tls_failed");
    expect(tunnelled.charCodeAt(0)).toBe(22);
    expect(tunnelled).not.toContain(TOKEN);
  });

  test("a proxy gets its own password, which no error repeats", async () => {
    const proxy = await startProxy(407);
    vi.stubEnv("HTTPS_PROXY", `http://user:geheim12345@127.0.0.1:${proxy.port}`);
    const error = await catchError(connect("https://api.example.test/v1").send("DELETE", "/images/1"));
    expect(proxy.requests[0]).toContain(`authorization: Basic ${btoa("user:geheim12345")}`);
    expect(error.message).not.toContain("geheim12345");
    expect(inspect(error, { depth: 9 })).not.toContain(TOKEN.slice(0, 8));
  });

  test.each([403, 407, 502])(
    "a proxy that refuses the tunnel (%i) leaves a deletion not sent",
    async (status) => {
      const proxy = await startProxy(status);
      vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${proxy.port}`);
      const { hcloud } = connect("https://api.example.test/v1");
      expect(await hcloud.deleteImage(1, NO_GUARDS)).toMatchObject({
        outcome: "notSent",
        error: { code: "proxy_failed", message: "the proxy refused to connect to the API" },
      });
      expect(proxy.requests).toHaveLength(1);
    },
  );

  test("a proxy that does not listen is a refused connection", async () => {
    const proxy = await startProxy();
    await proxy.close();
    vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${proxy.port}`);
    const error = await catchError(connect("https://api.example.test/v1").send("GET", "/images"));
    expect(error.code).toBe("connection_refused");
  });

  test("a proxy is bypassed for the hosts of NO_PROXY", async () => {
    const proxy = await startProxy();
    vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${proxy.port}`);
    vi.stubEnv("NO_PROXY", ".invalid");
    await catchError(connect("https://does-not-exist.invalid/v1").send("DELETE", "/images/1"));
    expect(proxy.connections()).toBe(0);
  });

  test.each(["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"])(
    "a proxy in %s is not used for this machine itself",
    async (variable) => {
      const proxy = await startProxy();
      vi.stubEnv(variable, `http://127.0.0.1:${proxy.port}`);
      const { send, simulator } = await startCloud();
      expect(await send("GET", "/images")).toMatchObject({ status: 200 });
      expect(simulator.requests).toHaveLength(1);
      expect(proxy.connections()).toBe(0);
    },
  );

  test.each(["not a url", "geheim12345", "http://user:geheim12345@[1", "http://user:geheim12345@h:99999"])(
    "a proxy that is not a URL (%s) is proxy_failed, and the error does not repeat it",
    async (variable) => {
      vi.stubEnv("HTTPS_PROXY", variable);
      const { send, clock } = connect("https://api.example.test/v1");
      const error = await catchError(send("GET", "/images"));
      expect(error).toMatchObject({
        code: "proxy_failed",
        message: "HTTPS_PROXY or HTTP_PROXY is not a URL of a proxy",
      });
      expect(inspect(error, { depth: 9 })).not.toContain("geheim12345");
      expect(clock.slept).toEqual([]);

      vi.stubEnv("HTTPS_PROXY", undefined);
      expect((await catchError(send("DELETE", "/images/1"))).code).toBe("dns_failed");
    },
  );
});

describe("isLoopback", () => {
  test.each(["localhost", "127.0.0.1", "127.1.2.3", "[::1]"])("isLoopback is true of %s", (name) => {
    expect(isLoopback(name)).toBe(true);
  });

  test.each([
    "localhost.example.com",
    "notlocalhost",
    "127.0.0.1.example.com",
    "128.0.0.1",
    "0.0.0.0",
    "[::]",
    "::1",
    "10.0.0.1",
    "api.hetzner.cloud",
    "",
  ])("isLoopback is false of %j", (name) => {
    expect(isLoopback(name)).toBe(false);
  });
});
