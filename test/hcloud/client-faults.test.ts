import type { Socket } from "node:net";
import { inspect } from "node:util";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { errorFromTransport } from "../../src/hcloud/errors.ts";
import { TOKEN } from "../support/answers.ts";
import { catchError, connect, formatResponse, startRawServer } from "../support/cloud.ts";

interface Fault {
  what: string;
  fault: (socket: Socket) => unknown;
  code: string;
  /** How often a read is sent. */
  sent: number;
}

const HALF = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{";

const FAULTS: Fault[] = [
  { what: "is a reset", fault: (s) => s.resetAndDestroy(), code: "connection_lost", sent: 6 },
  { what: "is a closed connection", fault: (s) => s.end(), code: "connection_lost", sent: 6 },
  {
    what: "breaks off in its header",
    fault: (s) => s.end("HTTP/1.1 200 OK\r\nContent-Le"),
    code: "connection_lost",
    sent: 6,
  },
  {
    what: "is reset in its body",
    fault: (s) => s.write(HALF, () => s.resetAndDestroy()),
    code: "connection_lost",
    sent: 6,
  },
  { what: "breaks off in its body", fault: (s) => s.end(HALF), code: "connection_lost", sent: 6 },
  {
    what: "breaks off between chunks",
    fault: (s) => s.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"),
    code: "connection_lost",
    sent: 6,
  },
  { what: "is not HTTP", fault: (s) => s.end("SSH-2.0-OpenSSH_9.2\r\n"), code: "connection_lost", sent: 6 },
  {
    what: "is half a document of the right length",
    fault: (s) => s.write(formatResponse(200, '{"images": [{"id": 1, ')),
    code: "malformed_reply",
    sent: 2,
  },
  { what: "is empty", fault: (s) => s.write(formatResponse(200, "")), code: "malformed_reply", sent: 2 },
  {
    what: "is a page in spite of its 200",
    fault: (s) => s.write(formatResponse(200, "<h1>Please log in</h1>", { "Content-Type": "text/html" })),
    code: "malformed_reply",
    sent: 2,
  },
  {
    what: "is a gateway's page",
    fault: (s) => s.write(formatResponse(502, "<h1>502</h1>", { "Content-Type": "text/html" })),
    code: "bad_gateway",
    sent: 6,
  },
  {
    what: "redirects to nowhere",
    fault: (s) => s.write(formatResponse(302, "{}")),
    code: "redirected",
    sent: 1,
  },
  ...["[]", "null", '"image"', "42", '{"image":[]}', '{"image":null}', "{}"].map((body) => ({
    what: `is ${body}`,
    fault: (s: Socket) => s.write(formatResponse(200, body)),
    code: "malformed_reply",
    sent: 1,
  })),
];

describe("faulty responses", () => {
  test.each(FAULTS)(
    "a response that $what is the error $code, and a read is sent $sent times",
    async ({ fault, code, sent }) => {
      const { endpoint, requests } = await startRawServer(fault);
      const { hcloud, clock } = connect(endpoint);
      const error = await catchError(hcloud.getImage(1));
      expect(error.code).toBe(code);
      expect(requests).toHaveLength(sent);
      expect(clock.slept).toHaveLength(sent - 1);
      expect(inspect(error, { depth: 9 })).not.toContain(TOKEN.slice(0, 8));
    },
  );

  test.each(FAULTS.filter(({ sent }) => sent > 1))(
    "a change is sent once when its response $what",
    async ({ fault }) => {
      const { endpoint, requests } = await startRawServer(fault);
      await catchError(connect(endpoint).send("DELETE", "/images/1"));
      expect(requests).toHaveLength(1);
    },
  );

  test("a response that is too large is not read to its end", async () => {
    for (const head of ["Content-Length: 100000000", "Transfer-Encoding: chunked"]) {
      const { endpoint, requests } = await startRawServer((socket) => {
        socket.write(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n1000\r\n${"x".repeat(4096)}`);
      });
      const { send } = connect(endpoint, { limits: { responseBytes: 1000 } });
      expect(await catchError(send("GET", "/images"))).toMatchObject({ code: "response_too_large" });
      expect(requests).toHaveLength(1);
    }
  });

  test("a response of exactly the allowed size is read", async () => {
    const body = JSON.stringify({ text: "x".repeat(989) });
    const { endpoint } = await startRawServer((socket) => socket.write(formatResponse(200, body)));
    const { send } = connect(endpoint, { limits: { responseBytes: 1000 } });
    expect(await send("GET", "/images")).toMatchObject({ status: 200 });
  });

  test.each([301, 302, 303, 307, 308])(
    "a redirect (%i) gives no other server the request or the token",
    async (status) => {
      const target = await startRawServer((socket) => socket.write(formatResponse(200, "{}")));
      const { endpoint, requests } = await startRawServer((socket) => {
        socket.write(formatResponse(status, "", { Location: `${target.endpoint}/images/1` }));
      });
      for (const method of ["GET", "DELETE"] as const) {
        expect(await catchError(connect(endpoint).send(method, "/images/1"))).toMatchObject({
          code: "redirected",
          status,
        });
      }
      expect(requests).toHaveLength(2);
      expect(target.connections()).toBe(0);
    },
  );
});

describe("timeouts", () => {
  test.each([
    ["no header comes", { headersMs: 40 }, () => undefined],
    ["a body does not come", { bodyMs: 40 }, (s: Socket) => s.write(HALF)],
    ["a body arrives slowly", { attemptMs: 60 }, drip],
    ["an attempt takes too long", { attemptMs: 40 }, () => undefined],
  ])("a request fails because %s", async (_, limits, fault) => {
    const { endpoint, requests } = await startRawServer(fault);
    const error = await catchError(connect(endpoint, { limits }).send("DELETE", "/images/1"));
    expect(error).toMatchObject({ code: "timed_out", status: undefined });
    expect(requests).toHaveLength(1);
  });

  test("a read that times out is sent six times", async () => {
    const { endpoint, requests } = await startRawServer(() => undefined);
    const { send, clock } = connect(endpoint, { limits: { attemptMs: 40 } });
    expect(await catchError(send("GET", "/images"))).toMatchObject({ code: "timed_out" });
    expect(requests).toHaveLength(6);
    expect(clock.slept).toHaveLength(5);
  });

  test("a client stops waiting for the response at the deadline", async () => {
    const { endpoint, requests } = await startRawServer(() => undefined);
    const { send, clock } = connect(endpoint, { limits: { attemptMs: 600_000, headersMs: 0, bodyMs: 0 } });
    const error = await catchError(send("GET", "/images", { deadline: clock.now() + 500 }));
    expect(error.code).toBe("timed_out");
    expect(requests).toHaveLength(1);
    expect(clock.slept).toEqual([]);
  });
});

describe("connections that fail", () => {
  test("a read whose connection is reset immediately is sent six times", async () => {
    const { endpoint, requests, connections } = await startRawServer(
      () => undefined,
      (socket) => socket.resetAndDestroy(),
    );
    expect(await catchError(connect(endpoint).send("GET", "/images"))).toMatchObject({
      code: "connection_refused",
    });
    expect(connections()).toBe(6);
    expect(requests).toEqual([]);
  });

  test("a request whose TLS handshake does not end was not sent", async () => {
    const { endpoint, requests, connections } = await startRawServer(() => undefined);
    const { send } = connect(endpoint.replace("http:", "https:"), {
      limits: { connectMs: 60, attemptMs: 60 },
    });
    expect(await catchError(send("PUT", "/images/1", { body: {} }))).toMatchObject({
      code: "connection_refused",
    });
    expect([connections(), requests]).toEqual([1, []]);
  });

  test("a refused connection is tried six times for a read and once for a change", async () => {
    const { endpoint, close } = await startRawServer(() => undefined);
    await close();
    for (const [method, retries] of [
      ["GET", 5],
      ["PUT", 0],
      ["DELETE", 0],
    ] as const) {
      const { send, clock } = connect(endpoint);
      expect(await catchError(send(method, "/images/1"))).toMatchObject({ code: "connection_refused" });
      expect(clock.slept).toHaveLength(retries);
    }
  });

  test.each(["EPROTO", "CERT_HAS_EXPIRED", "ERR_TLS_CERT_ALTNAME_INVALID", "SELF_SIGNED_CERT_IN_CHAIN"])(
    "an error %s is reported as an error of TLS",
    (code) => {
      const error = errorFromTransport(
        new TypeError("failed", { cause: Object.assign(new Error(), { code }) }),
      );
      expect([error.code, error.message]).toEqual(["tls_failed", `no trusted TLS connection (${code})`]);
    },
  );

  test("a refusal at all of several addresses means that nothing was sent", () => {
    const errors = ["ETIMEDOUT", "ECONNREFUSED"].map((code) =>
      Object.assign(new Error(), { code, syscall: "connect" }),
    );
    expect(errorFromTransport(new AggregateError(errors)).code).toBe("connection_refused");
  });

  test.each([
    ["ETIMEDOUT", "connect", "connection_refused"],
    ["EHOSTUNREACH", "connect", "connection_refused"],
    ["ECONNRESET", "connect", "connection_refused"],
    ["ETIMEDOUT", "read", "timed_out"],
    ["ECONNRESET", "read", "connection_lost"],
    ["EPIPE", "write", "connection_lost"],
  ])("%s of the system call %s is %s: only errors of connecting are certain", (code, syscall, own) => {
    expect(errorFromTransport(Object.assign(new Error(), { code, syscall })).code).toBe(own);
  });

  test("an endpoint without TLS gets nothing, and no retry", async () => {
    let received = "";
    const { port, connections } = await startRawServer(
      () => undefined,
      (socket) =>
        socket.on("data", (chunk) => {
          received += chunk.toString("latin1");
          socket.write(formatResponse(400, "<h1>plain HTTP</h1>"));
        }),
    );
    const error = await catchError(connect(`https://127.0.0.1:${port}/v1`).send("DELETE", "/images/1"));
    expect(error.code).toBe("tls_failed");
    expect(connections()).toBe(1);
    expect(received).not.toContain(TOKEN);
    expect(inspect(error, { depth: 9 })).not.toContain(TOKEN.slice(0, 8));
  });

  test("an unknown host gets no retry", async () => {
    for (const name of ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"])
      vi.stubEnv(name, undefined);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { send, clock } = connect("https://does-not-exist.invalid/v1");
    expect(await catchError(send("GET", "/images"))).toMatchObject({ code: "dns_failed" });
    expect(clock.slept).toEqual([]);
  });
});

/** A byte every few milliseconds, so that no limit between two bytes is ever reached. */
function drip(socket: Socket): void {
  socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
  const timer = setInterval(() => socket.write(" "), 5);
  socket.once("close", () => clearInterval(timer));
}
