import { describe, expect, test } from "vitest";
import { alter, answering, apiError, CREATING, expectFailure, start } from "../support/answers.ts";
import { NOON } from "../support/harness.ts";

const WAIT = "hcloud_wait_for_image";

describe("hcloud_wait_for_image", () => {
  test("the wait continues when the API fails for a moment", async () => {
    const harness = await start();
    let reads = 0;
    harness.simulator.intercept = (request, response, apply) => {
      reads++;
      if (reads === 5) alter(harness, CREATING, { status: "available" });
      if (reads !== 2 && reads !== 3) return;
      return answering("GET", "/images/", apiError(503, "unavailable"))(request, response, apply);
    };
    expect((await harness.call(WAIT, { id: CREATING })).data["waiting"]).toBe(false);
  });

  test.each([
    [401, "unauthorized"],
    [403, "forbidden"],
    [500, "server_error"],
  ])(
    "the wait ends with the last read when reading fails (%i %s), and says how to continue",
    async (status, code) => {
      const harness = await start();
      harness.simulator.intercept = (request, response, apply) => {
        if (harness.simulator.requests.length < 3) return;
        return answering("GET", "/images/", apiError(status, code))(request, response, apply);
      };
      const { data } = await harness.call(WAIT, { id: CREATING });
      expect(data).toMatchObject({ waiting: true, image: { id: CREATING, status: "creating" } });
      expect(data["next"]).toContain("hcloud_wait_for_image");
      expect(harness.clock.now() - NOON).toBeLessThan(45_000);
    },
  );

  test("the wait fails when the first read fails", async () => {
    const harness = await start();
    harness.simulator.intercept = answering("GET", "/images/", apiError(403, "forbidden"));
    expectFailure(await harness.call(WAIT, { id: CREATING }), "forbidden");
  });

  test("the wait ends with the last read when reading fails near the end", async () => {
    const harness = await start();
    harness.simulator.intercept = (request, response, apply) => {
      if (harness.clock.now() < NOON + 40_000) return;
      return answering("GET", "/images/", apiError(503, "unavailable"))(request, response, apply);
    };
    expect((await harness.call(WAIT, { id: CREATING })).data["waiting"]).toBe(true);
  });
});
