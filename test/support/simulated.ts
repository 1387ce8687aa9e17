/** The simulator on a fake clock, with plain requests to it. */

import { onTestFinished } from "vitest";
import type { Action, Image, Pagination } from "../../src/hcloud/types.ts";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../src/simulator/http.ts";
import type { Pricing } from "../../src/simulator/pricing.ts";

/** Returns a clock that moves only by `advance`. */
function fakeClock(start = "2026-11-23T14:05:00Z") {
  let ms = Date.parse(start);
  return {
    now: () => ms,
    advance: (by: number) => {
      ms += by;
    },
  };
}

/** Returns a snapshot with the members of `rest`. */
export function image(id: number, rest: Partial<Image> = {}): Image {
  return {
    id,
    type: "snapshot",
    status: "available",
    name: null,
    description: `image ${id}`,
    image_size: 2.5,
    disk_size: 40,
    created: "2026-11-01T10:00:00Z",
    created_from: { id: 42, name: "web-1" },
    bound_to: null,
    os_flavor: "ubuntu",
    os_version: "24.04",
    rapid_deploy: false,
    protection: { delete: false },
    deprecated: null,
    deprecation: null,
    labels: {},
    deleted: null,
    architecture: "x86",
    ...rest,
  };
}

/** A response body; only the members of the requested route exist. */
interface Body {
  images: Image[];
  image: Image;
  actions: Action[];
  action: Action;
  meta: { pagination: Pagination };
  pricing: Pricing;
  error: { code: string; message: string; details: unknown };
}

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  body: Body;
}

export interface Cloud extends Simulator {
  clock: ReturnType<typeof fakeClock>;
  /** Sends a request with the read-write token or with these headers; a body that is not a string is sent as JSON. */
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
}

/** Starts a simulator on a fake clock, which is closed when the test ends. */
export async function startSimulated(options: SimulatorOptions = {}): Promise<Cloud> {
  const clock = fakeClock();
  const simulator = await startSimulator({ now: clock.now, ...options });
  onTestFinished(() => simulator.close());
  return Object.assign(simulator, { clock, ask: asking(simulator) });
}

function asking({ endpoint, token }: Simulator): Cloud["ask"] {
  return async (method, path, body, headers = { Authorization: `Bearer ${token}` }) => {
    const content = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const response = await fetch(endpoint + path, { method, headers, body: content ?? null });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: text === "" ? undefined : JSON.parse(text),
    };
  };
}

/** Returns a path with an encoded query, such as `path?a=1&a=2`. */
export function withQuery(path: string, query: [string, string][]): string {
  return `${path}?${new URLSearchParams(query)}`;
}

/** Returns the ids of a list, in order. */
export function listedIds(reply: Reply): number[] {
  return (reply.body.images ?? reply.body.actions).map(({ id }) => id);
}
