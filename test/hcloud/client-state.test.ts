import { describe, expect, test } from "vitest";
import type { Intercept } from "../../src/simulator/http.ts";
import { catchError, startCloud } from "../support/cloud.ts";
import { NOON } from "../support/harness.ts";

describe("rateLimit", () => {
  test("rateLimit returns the values of the last response that had both headers", async () => {
    const { client, send, simulator } = await startCloud({ rateLimit: 100 });
    expect(client.rateLimit()).toBeNull();
    await send("GET", "/images");
    expect(client.rateLimit()).toEqual({ limit: 100, remaining: 99 });
    await catchError(send("GET", "/images/1"));
    expect(client.rateLimit()).toEqual({ limit: 100, remaining: 98 });
    for (const headers of [{}, { "RateLimit-Limit": "many", "RateLimit-Remaining": "few" }]) {
      simulator.intercept = (_, response) => {
        response.writeHead(200, headers).end("{}");
        return "handled";
      };
      await send("GET", "/images");
      expect(client.rateLimit()).toEqual({ limit: 100, remaining: 98 });
    }
  });
});

describe("apiClock", () => {
  const dated = (date: string): Intercept => {
    return (_, response) => {
      response.writeHead(200, { Date: date }).end("{}");
      return "handled";
    };
  };

  test("apiClock returns the time of the last response, and its difference from this machine", async () => {
    const { client, send, simulator, clock } = await startCloud();
    expect(client.apiClock()).toBeNull();
    await send("GET", "/images");
    expect(client.apiClock()).toEqual({ now: NOON, ahead: 0 });
    simulator.intercept = dated("Mon, 23 Nov 2026 14:00:00 GMT");
    await send("GET", "/images");
    expect(client.apiClock()).toEqual({ now: NOON + 7_200_000, ahead: 7_200_000 });
    simulator.intercept = dated("Mon, 23 Nov 2026 11:00:00 GMT");
    clock.pass(10_000);
    await send("GET", "/images");
    expect(client.apiClock()).toEqual({ now: NOON - 3_600_000, ahead: -3_610_000 });
  });

  test("apiClock ignores a response whose Date header is no time", async () => {
    const { client, send, simulator } = await startCloud();
    await send("GET", "/images");
    simulator.intercept = dated("soon");
    await send("GET", "/images");
    expect(client.apiClock()).toEqual({ now: NOON, ahead: 0 });
  });
});
