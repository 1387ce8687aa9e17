/** A client over the simulated cloud, or over a server that misbehaves, on a fake clock. All is closed after the test. */
import { createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { type Client, type ClientOptions, createClient, type HttpMethod } from "../../src/hcloud/client.ts";
import { HcloudError } from "../../src/hcloud/errors.ts";
import { type ChangeGuards, createImagesApi } from "../../src/hcloud/images.ts";
import { type Intercept, type SimulatorOptions, startSimulator } from "../../src/simulator/http.ts";
import { TOKEN } from "./answers.ts";
import { FakeClock, NOON } from "./harness.ts";

export const CALL_MS = 45_000;

/** Guards of a change that is made whatever the image is. */
export const NO_GUARDS: ChangeGuards = { mismatch: () => null };

/** The operations of a further call, which has just begun. */
export function newCall(client: Client, signal = new AbortController().signal, ms = CALL_MS) {
  return createImagesApi(client, signal, NOON + ms);
}

interface Sending {
  query?: object;
  body?: unknown;
  signal?: AbortSignal;
  deadline?: number;
}

/** A client with a fake clock, and the operations of one call that has just begun. */
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

/** The simulated cloud, and a client that has its token; both go by the same clock. */
export async function startCloud(options: SimulatorOptions = {}, clientOptions: Partial<ClientOptions> = {}) {
  const clock = new FakeClock();
  const simulator = await startSimulator({ now: clock.now, token: TOKEN, ...options });
  onTestFinished(() => simulator.close());
  return { simulator, ...connect(simulator.endpoint, { clock, ...clientOptions }), clock };
}

/** What a server got over one connection, and how often; `onRequest` is called with every complete request. */
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

/** A whole HTTP/1.1 answer, with the right length. */
export function formatResponse(status: number, body: string, headers: Record<string, string> = {}): string {
  const all = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} Text`, ...lines, "", body].join("\r\n");
}

/** The error a request fails with; throws when it does not fail, or with something else. */
export async function catchError(request: Promise<unknown>): Promise<HcloudError> {
  const outcome = await request.then(
    (value) => new Error(`it succeeded with ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (outcome instanceof HcloudError) return outcome;
  throw outcome;
}

/** An answer in the form of the API's refusals. */
export function refuseWith(status: number, code: string): Intercept {
  return (_, response) => {
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ error: { code, message: "because", details: null } }));
    return "handled";
  };
}

/** Answers the first `times` requests that `applies` picks with `fault`, and lets all others through. */
export function failFirst(times: number, method: string, fault: Intercept): Intercept {
  let left = times;
  return (request, response, apply) => {
    if (request.method !== method || left === 0) return undefined;
    left--;
    return fault(request, response, apply);
  };
}

/** Whatever a gateway says by itself. */
export const answerAsGateway = (status: number, body = "<h1>gateway</h1>"): Intercept => {
  return (_, response) => {
    response.writeHead(status, { "Content-Type": "text/html" }).end(body);
    return "handled";
  };
};
/** The connection breaks before any answer. */
export const lost: Intercept = (_, response) => {
  response.destroy();
  return "handled";
};
export const cut: Intercept = (_, response) => {
  response.writeHead(200, { "Content-Length": 1000 });
  response.write("{", () => response.destroy());
  return "handled";
};
/** The cloud acts, and only then the answer goes wrong. */
export const applyThen = (fault: Intercept): Intercept => {
  return (request, response, apply) => {
    apply();
    return fault(request, response, apply);
  };
};
