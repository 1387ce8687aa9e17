/** What the fault matrix found, each by itself. */

import { describe, expect, test } from "vitest";
import type { FaultRule } from "../../src/simulator/faults.ts";
import { expectPlain, failure, SNAPSHOT, start, stored } from "../support/answers.ts";
import { claimsUnchanged, NOTHING_CHANGED } from "../support/claims.ts";

const UPDATE = "hcloud_update_image";
const NEW = { id: SNAPSHOT, description: "new" };

describe("a change that a proxy answered", () => {
  const PAGES: FaultRule[] = [
    { fault: "redirect", location: "https://example.com/", status: 303 },
    { fault: "html", status: 408 },
    { fault: "html", status: 404 },
  ];
  test.each(PAGES.map((rule) => [rule.fault, "status" in rule ? rule.status : 0, rule] as const))(
    "a change that a proxy answered is settled by reading the image: %s %i",
    async (_, __, rule) => {
      const harness = await start();
      harness.simulator.inject([{ ...rule, method: "PUT", applied: true } as FaultRule]);
      expect((await harness.call(UPDATE, NEW)).data["status"]).toBe("done");
      harness.simulator.inject([{ ...rule, method: "PUT" }]);
      const told = failure(await harness.call(UPDATE, { ...NEW, description: "newer" }));
      expectPlain(told, "outcome_unknown");
      expect(told).toMatch(/"(?:redirected|http_40[48]): .*; at 12:00:00 UTC .*"/);
      expect(stored(harness, SNAPSHOT).description).toBe("new");
      expect(harness.simulator.writes()).toHaveLength(2);
    },
  );
});

describe("the sentence about what was changed", () => {
  test.each([
    [401, "unauthorized"],
    [405, "method_not_allowed"],
    [409, "conflict"],
    [410, "deprecated_api_endpoint"],
    [412, "resource_unavailable"],
    [418, "a_code_of_tomorrow"],
    [422, "service_error"],
    [423, "locked"],
    [429, "rate_limit_exceeded"],
  ])("a change that is refused with %i %s says once that nothing was changed", async (status, code) => {
    const { call, simulator } = await start();
    simulator.inject([{ fault: "status", method: "PUT", status, code }]);
    const told = failure(await call(UPDATE, NEW));
    expectPlain(told, code);
    expect(told.split(NOTHING_CHANGED)).toHaveLength(2);
  });

  test.each([
    [500, "server_error"],
    [503, "maintenance"],
    [507, "a_code_of_tomorrow"],
  ])("a change that ends with %i %s does not say whether it was made", async (status, code) => {
    const { call, simulator } = await start();
    simulator.inject([{ fault: "status", method: "PUT", status, code }]);
    const told = failure(await call(UPDATE, NEW));
    expectPlain(told, "outcome_unknown");
    expect(told).toContain(`"${code}`);
    expect(claimsUnchanged(told)).toBe(false);
  });

  test("a read that fails does not say whether something was changed", async () => {
    const { call, simulator } = await start();
    simulator.inject([{ fault: "status", status: 418, code: "a_code_of_tomorrow" }]);
    expect(claimsUnchanged(failure(await call("hcloud_get_image", { id: SNAPSHOT })))).toBe(false);
  });
});
