import { expect, test } from "vitest";
import { alter, start } from "../support/answers.ts";

const REPORT = "hcloud_report_images";

test("a report names the system of the demo project that Hetzner withdraws", async () => {
  const { data } = await (await start()).call(REPORT);
  expect(data["withdrawn_systems"]).toEqual([
    { os_flavor: "debian", os_version: "11", images: 1, unavailable_after: "2027-01-02T07:00:00Z" },
  ]);
});

test("a report names a system that is no longer offered, also by the API's older field", async () => {
  const harness = await start();
  const announced = "2026-10-01T07:00:00Z";
  for (const image of harness.simulator.state.images.values()) {
    if (image.type !== "system" || image.os_flavor !== "debian") continue;
    if (image.os_version === "11") harness.simulator.state.images.delete(image.id);
    if (image.os_version === "13") alter(harness, image.id, { deprecated: announced });
  }
  expect((await harness.call(REPORT)).data["withdrawn_systems"]).toEqual([
    { os_flavor: "debian", os_version: "11", images: 1, no_longer_offered: true },
    { os_flavor: "debian", os_version: "13", images: 3, unavailable_after: "2027-01-01T07:00:00.000Z" },
  ]);
});
