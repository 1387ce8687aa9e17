/** What the fault matrix found, each by itself. */

import { describe, expect, test } from "vitest";
import type { FaultRule } from "../../src/simulator/faults.ts";
import { expectPlain, failure, SNAPSHOT, start, stored } from "../support/answers.ts";

const UPDATE = "hcloud_update_image";
const NEW = { id: SNAPSHOT, description: "new" };

describe("a change that something in front of the API answered is settled by reading the image", () => {
  const PAGES: FaultRule[] = [
    { fault: "redirect", location: "https://example.com/", status: 303 },
    { fault: "html", status: 408 },
    { fault: "html", status: 404 },
  ];
  test.each(PAGES.map((rule) => [rule.fault, "status" in rule ? rule.status : 0, rule] as const))(
    "%s %i",
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

describe("whether something was changed is said of a change, once", () => {
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
  ])("that was refused with %i %s", async (status, code) => {
    const { call, simulator } = await start();
    simulator.inject([{ fault: "status", method: "PUT", status, code }]);
    const told = failure(await call(UPDATE, NEW));
    expectPlain(told, code);
    expect(told.match(/Nothing was changed\./g)).toHaveLength(1);
  });

  test.each([
    [500, "server_error"],
    [503, "maintenance"],
    [507, "a_code_of_tomorrow"],
  ])("and is not known after %i %s, even when the image does not show it", async (status, code) => {
    const { call, simulator } = await start();
    simulator.inject([{ fault: "status", method: "PUT", status, code }]);
    const told = failure(await call(UPDATE, NEW));
    expectPlain(told, "outcome_unknown");
    expect(told).toContain(`"${code}`);
    expect(told).not.toContain("Nothing was");
  });

  test("and not of a read", async () => {
    const { call, simulator } = await start();
    simulator.inject([{ fault: "status", status: 418, code: "a_code_of_tomorrow" }]);
    expect(failure(await call("hcloud_get_image", { id: SNAPSHOT }))).not.toContain("Nothing was");
  });
});
