/** A list of several pages can miss an image while other clients change the project: the policy must not select more for that. */

import fc from "fast-check";
import { expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { decide, type Policy } from "../../src/housekeeping/policy.ts";
import { NOON } from "../support/harness.ts";
import { randomProject } from "../support/random-images.ts";

/** Most criteria are not given: with all of them, few images would be selected. */
const count = (max: number) =>
  fc.constantFrom(undefined, undefined, ...Array.from({ length: max }, (_, i) => i + 1));

const policies: fc.Arbitrary<Policy> = fc.record({
  older_than_days: fc.constantFrom(undefined, undefined, 30),
  created_before: fc.constantFrom(undefined, "2026-06-01T00:00:00Z"),
  keep_last: count(2),
  keep_daily: count(2),
  keep_weekly: count(2),
  keep_monthly: count(2),
  keep_within_days: fc.constantFrom(undefined, undefined, 60),
  allow_empty_groups: fc.boolean(),
  group_by: fc.constantFrom("server", "description", "none", "label:env"),
  keep_labels: fc.constant(["keep"]),
  bound: fc.boolean(),
  bin: fc.constantFrom(undefined, undefined, undefined, "due"),
});

/** Images that only the policy keeps: protection, status and the label `keep` do not depend on other images. */
const projects = randomProject.map((images) =>
  images.map((image) => ({
    ...image,
    status: "available",
    deleted: null,
    protection: { delete: false },
    labels: withoutKeep(image),
  })),
);

function withoutKeep({ labels: { keep: _, ...labels } }: Image) {
  return labels;
}

const selected = (images: readonly Image[], policy: Policy) =>
  decide(images, policy, NOON).flatMap(({ image, kept }) => (kept === null ? [image.id] : []));

test("a policy selects no image only because a list has missed another one", () => {
  let fewer = 0;
  fc.assert(
    fc.property(projects, policies, fc.nat(), (images, policy, pick) => {
      const all = selected(images, policy);
      const missed = images[pick % images.length]?.id;
      const seen = selected(
        images.filter(({ id }) => id !== missed),
        policy,
      );
      expect(all).toEqual(expect.arrayContaining(seen));
      if (seen.length < all.filter((id) => id !== missed).length) fewer++;
    }),
    { numRuns: 1_000 },
  );
  expect(fewer).toBeGreaterThan(0);
});
