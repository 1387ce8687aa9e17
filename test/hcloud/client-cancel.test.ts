import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { createClient } from "../../src/hcloud/client.ts";
import { TOKEN } from "../support/answers.ts";
import {
  catchError,
  connect,
  formatResponse,
  refuseWith,
  startCloud,
  startRawServer,
} from "../support/cloud.ts";

describe("cancelling a request", () => {
  test("a cancelled request ends with the signal's reason on both sides, and no other request ends", async () => {
    const { send, simulator } = await startCloud();
    const held: ServerResponse[] = [];
    simulator.intercept = (_, response) => {
      held.push(response);
      return "handled";
    };
    const cancel = new AbortController();
    const request = send("GET", "/images/1", { signal: cancel.signal });
    const other = send("GET", "/images", {});
    await expect.poll(() => held.length).toBe(2);
    const [one, two] = simulator.requests[0]?.path === "/images" ? held.reverse() : held;
    if (!one || !two) throw new Error("two requests were expected");
    const closed = once(one, "close");
    const reason = new Error("the user changed their mind");
    cancel.abort(reason);
    await expect(request).rejects.toBe(reason);
    await closed;
    two.end("{}");
    expect(await other).toMatchObject({ status: 200 });
    simulator.intercept = undefined;
    expect(await send("GET", "/images")).toMatchObject({ status: 200 });
    expect(simulator.requests).toHaveLength(3);
  });

  test("a cancelled request ends while its response is still arriving", async () => {
    const { endpoint, requests } = await startRawServer((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{", () => cancel.abort("enough"));
    });
    const cancel = new AbortController();
    const { send } = connect(endpoint);
    await expect(send("DELETE", "/images/1", { signal: cancel.signal })).rejects.toBe("enough");
    expect(requests).toHaveLength(1);
  });

  test("a request that is cancelled before sends nothing", async () => {
    const { send, simulator } = await startCloud();
    const signal = AbortSignal.abort("too late");
    await expect(send("DELETE", "/images/1", { signal })).rejects.toBe("too late");
    expect(simulator.requests).toEqual([]);
  });

  test("a request that is cancelled at the moment of its permit sends nothing", async () => {
    const { send, simulator, clock } = await startCloud();
    const cancel = new AbortController();
    clock.now = () => {
      queueMicrotask(() => cancel.abort("enough"));
      return clock.time;
    };
    await expect(send("DELETE", "/images/1", { signal: cancel.signal })).rejects.toBe("enough");
    clock.now = () => clock.time;
    expect(await send("GET", "/images")).toMatchObject({ status: 200 });
    expect(simulator.requests.map(({ method }) => method)).toEqual(["GET"]);
  });

  test("a cancelled request ends the wait before its retry, on the real clock", async () => {
    const { simulator } = await startCloud();
    const client = createClient({ endpoint: simulator.endpoint, token: TOKEN, userAgent: "test" });
    const cancel = new AbortController();
    simulator.intercept = (request, response, apply) => {
      response.once("finish", () => setImmediate(() => cancel.abort("enough")));
      return refuseWith(429, "rate_limit_exceeded")(request, response, apply);
    };
    const deadline = Date.now() + 45_000;
    await expect(client.send("GET", "/images", { signal: cancel.signal, deadline })).rejects.toBe("enough");
    await client.close();
    expect(simulator.requests).toHaveLength(1);
  });

  test("a cancelled request leaves no listener on the signal", async () => {
    const { send } = await startCloud();
    const signal = new AbortController().signal;
    const added: unknown[] = [];
    const removed: unknown[] = [];
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: unknown[]) => {
      added.push(args[1]);
      return Reflect.apply(addEventListener, signal, args);
    };
    signal.removeEventListener = (...args: unknown[]) => {
      removed.push(args[1]);
      return Reflect.apply(removeEventListener, signal, args);
    };
    await catchError(send("GET", "/images/1", { signal }));
    // More than may be in flight: the last one waits for a permit.
    await Promise.all(Array.from({ length: 17 }, () => send("GET", "/images", { signal })));
    expect(added).toHaveLength(1 + 17 + 1);
    expect(removed).toHaveLength(added.length);
    expect(new Set(removed)).toEqual(new Set(added));
  });
});

describe("realClock", () => {
  test("realClock waits, and ends a wait that is cancelled", async () => {
    const { clock } = createClient({ endpoint: "http://127.0.0.1:1", token: null, userAgent: "test" });
    const { signal } = new AbortController();
    await expect(clock.sleep(1, signal)).resolves.toBeUndefined();
    await expect(clock.sleep(60_000, AbortSignal.abort("no"))).rejects.toBe("no");
    expect(clock.random()).toBeLessThan(1);
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(60_000);
  });
});

describe("close", () => {
  test("closing the client ends requests in flight", async () => {
    const { client, send, simulator } = await startCloud();
    let closed: Promise<unknown> | undefined;
    simulator.intercept = (_, response) => {
      closed = once(response, "close");
      return "handled";
    };
    const request = catchError(send("DELETE", "/images/1"));
    await expect.poll(() => simulator.requests.length).toBe(1);
    await client.close();
    expect(await request).toMatchObject({ code: "connection_lost" });
    await closed;
  });

  test("closing the client ends idle connections, and can be repeated", async () => {
    const open = new Set<unknown>();
    const { endpoint } = await startRawServer(
      (socket) => socket.write(formatResponse(200, "{}")),
      (socket) => {
        open.add(socket);
        socket.on("close", () => open.delete(socket));
      },
    );
    const { client, send } = connect(endpoint);
    await send("GET", "/images");
    expect(open.size).toBe(1);
    await client.close();
    await client.close();
    await expect.poll(() => open.size).toBe(0);
  });

  test("closing the client ends a read, which is not retried", async () => {
    const { client, send, simulator, clock } = await startCloud({ intercept: () => "handled" });
    const request = catchError(send("GET", "/images"));
    await expect.poll(() => simulator.requests.length).toBe(1);
    await client.close();
    expect(await request).toMatchObject({ code: "connection_lost" });
    expect(clock.slept).toEqual([]);
  });

  test("closing the client succeeds before the first request", async () => {
    const { client } = await startCloud();
    await expect(client.close()).resolves.toBeUndefined();
  });
});
