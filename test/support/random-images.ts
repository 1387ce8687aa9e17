/** Random projects with the cases that retention can get wrong, such as leap days, equal times and missing servers. */

import fc from "fast-check";
import type { Image } from "../../src/hcloud/types.ts";
import { NOON } from "./harness.ts";

const DAY_MS = 86_400_000;

/** Returns an available, unprotected snapshot of server 42, with the members of `rest`. */
export function snapshot(id: number, rest: Partial<Image> = {}): Image {
  return {
    id,
    type: "snapshot",
    status: "available",
    name: null,
    description: `snapshot ${id}`,
    image_size: 1.5,
    disk_size: 40,
    created: "2026-01-01T00:00:00Z",
    created_from: { id: 42, name: "web-1" },
    bound_to: null,
    os_flavor: "debian",
    os_version: "12",
    rapid_deploy: false,
    protection: { delete: false },
    deprecation: null,
    deleted: null,
    labels: {},
    architecture: "x86",
    ...rest,
  };
}

/** Times that date calculations can get wrong, and any time of the last two years. */
const created = fc.oneof(
  fc.constantFrom(
    "2024-02-29T23:59:59Z",
    "2024-12-30T00:00:00Z",
    "2025-12-31T23:59:59Z",
    "2026-01-01T00:00:00Z",
    "2026-01-31T12:00:00+00:00",
    "2026-02-28T00:00:00Z",
    "2026-03-01T01:30:00+02:00",
    "2026-10-25T02:30:00Z",
    "2026-11-22T12:00:00Z",
    "2026-11-23T11:59:59Z",
  ),
  fc.integer({ min: 0, max: 730 * DAY_MS }).map((age) => new Date(NOON - age).toISOString()),
);

const labels = fc.dictionary(
  fc.constantFrom("keep", "env", "role", "app"),
  fc.constantFrom("", "prod", "staging", "web"),
);

const server = fc.option(
  fc.constantFrom({ id: 42, name: "web-1" }, { id: 43, name: "web-2" }, { id: 9, name: "gone" }),
  { nil: null },
);

/** Projects of up to 40 snapshots and backups with distinct ids. */
export const randomProject: fc.Arbitrary<Image[]> = fc
  .array(
    fc.record({
      created,
      labels,
      created_from: server,
      status: fc.constantFrom("available", "available", "available", "creating", "unavailable"),
      protected: fc.boolean(),
      image_size: fc.option(
        fc.integer({ min: 0, max: 20_000 }).map((size) => size / 100),
        { nil: null },
      ),
      description: fc.constantFrom("nightly", "before update", ""),
      type: fc.constantFrom("snapshot", "snapshot", "backup"),
      bound_to: fc.constantFrom(null, null, 42, 43),
      architecture: fc.constantFrom("x86", "x86", "arm"),
      deleted: fc.constantFrom(null, null, null, "2026-11-20T00:00:00Z"),
    }),
    // Without `size`, fast-check limits arrays to 10.
    { maxLength: 40, size: "max" },
  )
  .map((drafts) =>
    drafts.map(({ protected: isProtected, ...draft }, i) =>
      snapshot(1000 + ((i * 7919) % 100_003), { ...draft, protection: { delete: isProtected } }),
    ),
  );
