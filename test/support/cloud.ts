/** The API client with the simulated cloud or a raw server, on a fake clock. Everything is closed after the test. */
import { createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { type Client, type ClientOptions, createClient, type HttpMethod } from "../../src/hcloud/client.ts";
import { HcloudError } from "../../src/hcloud/errors.ts";
import { type ChangeGuards, createImagesApi } from "../../src/hcloud/images.ts";
import { type Intercept, type SimulatorOptions, startSimulator } from "../../src/simulator/http.ts";
import { TOKEN } from "./answers.ts";
import { FakeClock, NOON } from "./harness.ts";

/** The time limit of a call, in ms. */
export const CALL_MS = 45_000;

/** Guards that accept every image. */
export const NO_GUARDS: ChangeGuards = { mismatch: () => null };

/** Returns the API's operations for a call that begins now. */
export function newCall(client: Client, signal = new AbortController().signal, ms = CALL_MS) {
  return createImagesApi(client, signal, NOON + ms);
}

interface Sending {
  query?: object;
  body?: unknown;
  signal?: AbortSignal;
  deadline?: number;
}

/** Creates a client with a fake clock, and the operations of a call that begins now. */
export function connect(endpoint: string, options: Partial<ClientOptions> = {}) {
  const clock = new FakeClock();
  const client = createClient({
    endpoint,
    token: TOKEN,
    userAgent: "hcloud-images-mcp/test",
    clock,
    ...options,
  });
  onTestFinished(() => client.close());
  return {
    clock,
    client,
    hcloud: newCall(client),
    send: (method: HttpMethod, path: string, sending: Sending = {}) =>
      client.send(method, path, {
        signal: new AbortController().signal,
        deadline: NOON + CALL_MS,
        ...sending,
      }),
  };
}

/** Starts the simulated cloud and a client with its token, on one clock. */
export async function startCloud(options: SimulatorOptions = {}, clientOptions: Partial<ClientOptions> = {}) {
  const clock = new FakeClock();
  const simulator = await startSimulator({ now: clock.now, token: TOKEN, ...options });
  onTestFinished(() => simulator.close());
  return { simulator, ...connect(simulator.endpoint, { clock, ...clientOptions }), clock };
}

/** Starts a TCP server that records raw requests and counts connections; calls `onRequest` after each complete request. */
export async function startRawServer(
  onRequest: (socket: Socket) => void,
  onConnection?: (socket: Socket) => void,
) {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    onConnection?.(socket);
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      const [head = "", body] = text.split("\r\n\r\n");
      if (body === undefined || body.length < Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)) return;
      requests.push(text);
      text = "";
      onRequest(socket);
    });
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
  });
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  onTestFinished(close);
  return { port, endpoint: `http://127.0.0.1:${port}/v1`, requests, connections: () => connections, close };
}

/** Returns a complete HTTP/1.1 response with its content length. */
export function formatResponse(status: number, body: string, headers: Record<string, string> = {}): string {
  const all = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} Text`, ...lines, "", body].join("\r\n");
}

/** Returns the HcloudError of a failed request; throws if the request succeeds or fails otherwise. */
export async function catchError(request: Promise<unknown>): Promise<HcloudError> {
  const outcome = await request.then(
    (value) => new Error(`it succeeded with ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (outcome instanceof HcloudError) return outcome;
  throw outcome;
}

/** Responds with an error in the API's format. */
export function refuseWith(status: number, code: string): Intercept {
  return (_, response) => {
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ error: { code, message: "because", details: null } }));
    return "handled";
  };
}

/** Applies `fault` to the first `times` requests with this method; all others reach the API. */
export function failFirst(times: number, method: string, fault: Intercept): Intercept {
  let left = times;
  return (request, response, apply) => {
    if (request.method !== method || left === 0) return undefined;
    left--;
    return fault(request, response, apply);
  };
}

/** Responds as a gateway does, with a page instead of JSON. */
export const answerAsGateway = (status: number, body = "<h1>gateway</h1>"): Intercept => {
  return (_, response) => {
    response.writeHead(status, { "Content-Type": "text/html" }).end(body);
    return "handled";
  };
};
/** Breaks the connection before any response. */
export const lost: Intercept = (_, response) => {
  response.destroy();
  return "handled";
};
/** Breaks the connection within the response body. */
export const cut: Intercept = (_, response) => {
  response.writeHead(200, { "Content-Length": 1000 });
  response.write("{", () => response.destroy());
  return "handled";
};
/** Lets the cloud apply the request before the fault hits the response. */
export const applyThen = (fault: Intercept): Intercept => {
  return (request, response, apply) => {
    apply();
    return fault(request, response, apply);
  };
};
