/** What a backup costs once it is a snapshot, in the preview of an update. */

import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { answering, apiError, changes, lines, question, start } from "../support/answers.ts";
import { aged } from "../support/cleanup.ts";

const UPDATE = "hcloud_update_image";
const CONVERT = { id: 1, type: "snapshot" };
const COSTS = { currency: "EUR", net: "0.14", gross: "0.17" };

const startWith = (rest: Partial<Image> = {}) =>
  start({
    images: [aged(1, 9, { type: "backup", bound_to: 42, image_size: 10, labels: { a: "b" }, ...rest })],
  });

describe("preview of a backup that becomes a snapshot", () => {
  test("a preview has the monthly costs of the new snapshot, which the confirmed call does not read again", async () => {
    const harness = await startWith();
    const { preview, confirm } = question(await harness.call(UPDATE, CONVERT));
    expect(preview["costs_per_month"]).toEqual(COSTS);
    expect(preview).not.toHaveProperty("money");
    harness.simulator.requests.length = 0;
    expect((await harness.call(UPDATE, { ...CONVERT, confirm })).data["status"]).toBe("done");
    expect(lines(harness.simulator.requests)).toEqual(["GET /images/1", "PUT /images/1"]);
    expect(changes(harness)).toEqual([["PUT /images/1", { type: "snapshot" }]]);
  });

  test("a preview says why the costs are unknown, and its code works", async () => {
    const harness = await startWith();
    harness.simulator.intercept = answering("GET", "/pricing", apiError(403, "forbidden"));
    const { preview, confirm } = question(await harness.call(UPDATE, CONVERT));
    expect(preview["money"]).toBe("unknown: the price list could not be read (forbidden)");
    expect(preview).not.toHaveProperty("costs_per_month");
    expect((await harness.call(UPDATE, { ...CONVERT, confirm })).data["status"]).toBe("done");
  });

  test("a preview claims no costs of a backup without a size", async () => {
    const { call } = await startWith({ image_size: null });
    const { preview } = question(await call(UPDATE, CONVERT));
    expect(preview["money"]).toMatch(/^unknown: /);
    expect(preview).not.toHaveProperty("costs_per_month");
  });

  test("a preview that is cancelled while the prices are read issues no code", async () => {
    const { call, simulator, events } = await startWith();
    const cancel = new AbortController();
    simulator.intercept = ({ path }) => {
      if (path !== "/pricing") return;
      cancel.abort();
      return "handled";
    };
    await expect(call(UPDATE, CONVERT, { signal: cancel.signal })).rejects.toThrow();
    await expect.poll(() => events.map(({ outcome }) => outcome)).toEqual(["cancelled"]);
  });
});

test("other previews have no costs, and do not read the prices", async () => {
  const { call, simulator } = await startWith();
  const { preview } = question(await call(UPDATE, { id: 1, labels: {} }));
  expect(preview).not.toHaveProperty("costs_per_month");
  expect(preview).not.toHaveProperty("money");
  expect(lines(simulator.requests)).toEqual(["GET /images/1"]);
});
