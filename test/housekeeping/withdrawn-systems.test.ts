import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { withdrawnSystems } from "../../src/housekeeping/withdrawn-systems.ts";
import { snapshot } from "../support/random-images.ts";

describe("withdrawn systems", () => {
  const system = (id: number, os_version: string, until?: string | null) =>
    snapshot(id, {
      type: "system",
      name: `debian-${os_version}`,
      os_version,
      deprecation: until == null ? null : { announced: "2026-01-01T00:00:00Z", unavailable_after: until },
    });
  const made = (id: number, rest: Partial<Image>) => snapshot(id, rest);

  test("withdrawn systems have flavor and version, and the date or that they are no longer offered", () => {
    const images = [
      made(1, { os_version: "11" }),
      made(2, { os_version: "11" }),
      made(3, { os_version: "10" }),
      made(4, { os_version: "12" }),
    ];
    const systems = [system(91, "11", "2027-01-02T07:00:00Z"), system(92, "12"), system(93, "13")];
    expect(withdrawnSystems(images, systems)).toEqual([
      { os_flavor: "debian", os_version: "11", images: 2, unavailable_after: "2027-01-02T07:00:00Z" },
      { os_flavor: "debian", os_version: "10", images: 1, no_longer_offered: true },
    ]);
  });

  test("a system with one architecture still offered is not withdrawn", () => {
    const systems = [system(91, "11", "2027-01-02T07:00:00Z"), system(92, "11")];
    expect(withdrawnSystems([made(1, { os_version: "11" })], systems)).toEqual([]);
  });

  test("an unknown system is not withdrawn", () => {
    const unknown = [made(1, { os_flavor: "unknown", os_version: null }), made(2, { os_version: null })];
    expect(withdrawnSystems([...unknown, made(3, { os_flavor: "unknown" })], [])).toEqual([]);
  });

  test("a deprecated system that is still offered without a date is not reported as gone", () => {
    expect(withdrawnSystems([made(1, { os_version: "11" })], [system(91, "11", "")])).toEqual([
      { os_flavor: "debian", os_version: "11", images: 1, deprecated: true },
    ]);
  });

  test("a withdrawn system with several dates has the latest", () => {
    const until = ["2026-12-01T00:00:00Z", "2027-03-01T01:00:00+02:00", "2027-02-28T22:30:00Z", ""];
    const systems = until.map((end, i) => system(91 + i, "11", end));
    for (const order of [systems, systems.toReversed()]) {
      expect(withdrawnSystems([made(1, { os_version: "11" })], order)).toEqual([
        { os_flavor: "debian", os_version: "11", images: 1, unavailable_after: "2027-03-01T01:00:00+02:00" },
      ]);
    }
  });
});
