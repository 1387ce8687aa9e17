/** Serves the simulated API over HTTP on this machine, and records its requests. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Image } from "../hcloud/types.ts";
import { handleRequest } from "./api.ts";
import type { SimulatorReply } from "./errors.ts";
import type { FaultRule } from "./faults.ts";
import { injectFaults } from "./inject.ts";
import type { Intercept, RecordedRequest } from "./request.ts";
import { seedActions, seedImages } from "./seed.ts";
import { createState, type SimulatorState } from "./state.ts";

export type { Intercept, RecordedRequest };

export interface SimulatorOptions {
  /** The port; 0, the default, for any free port. */
  port?: number;
  /** Returns the time in ms since the epoch. Default: the real time. */
  now?: () => number;
  /** The images of the project instead of those of the demo; the project then has no actions at first. */
  images?: readonly Image[];
  token?: string;
  readOnlyToken?: string;
  /** Requests per hour. Default 3600. */
  rateLimit?: number;
  /** The duration of an action, in ms. Default 300. */
  actionMs?: number;
  intercept?: Intercept;
  faults?: readonly FaultRule[];
}

export interface Simulator {
  /** The base URL, such as `http://127.0.0.1:40123/v1`. */
  endpoint: string;
  token: string;
  readOnlyToken: string;
  state: SimulatorState;
  /** The last 10,000 requests, oldest first. */
  requests: RecordedRequest[];
  /** Returns those of `requests` that are not GET. */
  writes(): RecordedRequest[];
  intercept: Intercept | undefined;
  /** Replaces the intercept by one that makes requests fail by these rules; without rules, no request fails. */
  inject(rules: readonly FaultRule[]): void;
  /** Closes all connections and refuses new ones, for `ms` milliseconds or until `listen`. */
  refuse(ms?: number): void;
  /** Accepts connections again, at the same address. */
  listen(): Promise<void>;
  /** Stops listening and closes all connections. */
  close(): Promise<void>;
}

/** Tokens with the shape of real ones; no part of them looks like a number or a word of a response. */
const TOKEN = "demou8jzPde0IgxLd6GncfBAepfJBd0Kh8oOOL8dKLzdocJ2isAjIhKtJ0RlgLKO";
const READ_ONLY_TOKEN = "demoReadOnlymxgJTeKdNnFRIBXuDL7DxtpYlSXpfKtHF4vUCsMehGAkWvj7FAc9";
const MAX_BODY_BYTES = 1_000_000;
const MAX_RECORDED = 10_000;
/** The longest time of a timer, in ms; the timer keeps a process alive that waits for nothing else. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Starts a simulated project on 127.0.0.1. Rejects with the error of listening, such as EADDRINUSE. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const now = options.now ?? Date.now;
  const token = options.token ?? TOKEN;
  const readOnlyToken = options.readOnlyToken ?? READ_ONLY_TOKEN;
  const state = createState({
    now,
    images: options.images ?? seedImages(now()),
    actions: options.images ? [] : seedActions(now()),
    tokens: [
      [readOnlyToken, "read-only"],
      [token, "read-write"],
    ],
    rateLimit: options.rateLimit,
    actionMs: options.actionMs,
  });
  const requests: RecordedRequest[] = [];
  const server = createServer((incoming, response) => {
    serve(simulator, incoming, response).catch(() => response.destroy());
  });
  const port = await listen(server, options.port ?? 0);
  let recovery: NodeJS.Timeout | undefined;
  const simulator: Simulator = {
    endpoint: `http://127.0.0.1:${port}/v1`,
    token,
    readOnlyToken,
    state,
    requests,
    writes: () => requests.filter(({ method }) => method !== "GET"),
    intercept: options.intercept,
    inject(rules) {
      simulator.intercept = rules.length > 0 ? injectFaults(rules, simulator.refuse) : undefined;
    },
    refuse(ms) {
      server.close();
      server.closeAllConnections();
      clearTimeout(recovery);
      // When another process has taken the port, connections remain refused.
      const recover = () => simulator.listen().catch(() => undefined);
      recovery = setTimeout(recover, ms ?? MAX_TIMER_MS);
    },
    async listen() {
      clearTimeout(recovery);
      if (!server.listening) await listen(server, port);
    },
    close: () =>
      new Promise((resolve) => {
        clearTimeout(recovery);
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  if (options.faults) simulator.inject(options.faults);
  state.endpoint = simulator.endpoint;
  return simulator;
}

async function serve(simulator: Simulator, incoming: IncomingMessage, response: ServerResponse) {
  const body = await readBody(incoming);
  const request = record(incoming, body ?? "");
  simulator.requests.push(request);
  if (simulator.requests.length > MAX_RECORDED) simulator.requests.shift();
  response.once("finish", () => {
    request.status = response.statusCode;
  });

  let reply: SimulatorReply | undefined;
  const apply = () => {
    const query = new URLSearchParams(request.query);
    // "/" is no route of the API.
    const path = request.rawUrl.startsWith("/v1/") ? request.path : "/";
    reply ??= body === null ? TOO_LARGE : handleRequest({ ...request, path, query }, simulator.state);
    return reply;
  };
  if (simulator.intercept?.(request, response, apply) === "handled") return;
  const { status, headers, body: json } = apply();
  // The event "finish" is too late: a client may already have read the response.
  request.status = status;
  response.writeHead(status, headers).end(json === undefined ? undefined : JSON.stringify(json));
}

const TOO_LARGE: SimulatorReply = {
  status: 413,
  headers: { "Content-Type": "application/json" },
  body: { error: { code: "json_error", message: "request body is too large", details: null } },
};

function record(incoming: IncomingMessage, body: string): RecordedRequest {
  const rawUrl = incoming.url ?? "/";
  // `new URL` would throw for some URLs that a client can send.
  const [, rawPath = "/", search = ""] = /^([^?]*)\??(.*)$/s.exec(rawUrl) ?? [];
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)] as const);
  return {
    method: incoming.method ?? "GET",
    path: rawPath.startsWith("/v1/") ? rawPath.slice(3) : rawPath,
    query: [...new URLSearchParams(search)],
    rawUrl,
    headers: Object.fromEntries(headers),
    body,
    status: null,
  };
}

/** Returns the body as text; null when it is too large. A large body is read to its end too, so that the client gets the 413. */
async function readBody(incoming: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return bytes > MAX_BODY_BYTES ? null : Buffer.concat(chunks).toString("utf8");
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
