import { describe, expect, test } from "vitest";
import { CODE_LIFETIME, ConfirmationCodes } from "../../src/call/confirmation-codes.ts";
import { cover, type Plan, Plans } from "../../src/call/plans.ts";
import type { Image } from "../../src/hcloud/types.ts";
import { many } from "../support/cleanup.ts";

function newPlans() {
  let time = 1_000_000;
  const gate = new ConfirmationCodes(() => time);
  return {
    gate,
    plans: new Plans(gate),
    pass: (ms: number) => {
      time += ms;
    },
  };
}

const planOf = (images: readonly Image[]): Plan => ({ covered: cover(images), stays: new Set(), pages: [] });

const NONE = "This code does not stand for a list of images, or is no longer kept.";

test("a code finds the very plan it was given out for, as often as it is asked", () => {
  const { plans } = newPlans();
  const [one, two] = [planOf(many(3)), planOf(many(5))];
  const [first, second] = [plans.issue(one).confirm, plans.issue(two).confirm];
  for (const _ of [1, 2]) {
    expect(plans.find(first)).toBe(one);
    expect(plans.find(second)).toBe(two);
  }
});

test("two codes for the same plan are two codes", () => {
  const { plans } = newPlans();
  const plan = planOf(many(2));
  const [first, second] = [plans.issue(plan).confirm, plans.issue(plan).confirm];
  expect(first).not.toBe(second);
  expect(plans.redeem(first, plan)).toBeNull();
  expect(plans.find(second)).toBe(plan);
});

describe("a code finds nothing", () => {
  test.each(["", "x", "__proto__", "constructor", "0-000000000000000"])("when it is none: %j", (code) => {
    expect(newPlans().plans.find(code)).toBe(NONE);
  });

  test("when the gate gave it out for something else", () => {
    const { plans, gate } = newPlans();
    const { confirm } = gate.issue({ tool: "hcloud_delete_images", input: [1], state: ["x"] });
    expect(plans.find(confirm)).toBe(NONE);
  });

  test("when it has expired, to the millisecond", () => {
    const { plans, pass } = newPlans();
    const plan = planOf(many(2));
    const { confirm } = plans.issue(plan);
    pass(CODE_LIFETIME - 1);
    expect(plans.find(confirm)).toBe(plan);
    pass(1);
    expect(plans.find(confirm)).toBe("This code has expired.");
  });

  test("when it was used", () => {
    const { plans } = newPlans();
    const plan = planOf(many(2));
    const { confirm } = plans.issue(plan);
    expect(plans.redeem(confirm, plan)).toBeNull();
    expect(plans.find(confirm)).toBe("This code has been used already.");
    expect(plans.redeem(confirm, plan)).toBe("This code has been used already.");
  });
});

describe("a code is good for its own plan only", () => {
  const images = many(3);
  const others: [string, Image[]][] = [
    ["fewer images", images.slice(1)],
    ["other images", many(4)],
    ["the same images in another state", images.map((image) => ({ ...image, description: "x" }))],
  ];

  test.each(others)("not for %s", (_, other) => {
    const { plans } = newPlans();
    const plan = planOf(images);
    const { confirm } = plans.issue(plan);
    expect(plans.redeem(confirm, planOf(other))).toMatch(/^(This|The) /);
    expect(plans.redeem(confirm, plan)).toBeNull();
  });
});

test("twenty plans are kept", () => {
  const { plans } = newPlans();
  const codes = Array.from({ length: 20 }, (_, i) => plans.issue(planOf(many(i + 1))).confirm);
  expect(codes.map((code) => typeof plans.find(code))).toEqual(Array(20).fill("object"));
});

test("of more the oldest makes room, and is said to be no longer kept", () => {
  const { plans } = newPlans();
  const codes = Array.from({ length: 23 }, (_, i) => plans.issue(planOf(many(i + 1))).confirm);
  expect(codes.slice(0, 3).map((code) => plans.find(code))).toEqual([NONE, NONE, NONE]);
  expect(codes.slice(3).map((code) => typeof plans.find(code))).toEqual(Array(20).fill("object"));
});

test("what can no longer be used makes room before what still can", () => {
  const { plans } = newPlans();
  const good = plans.issue(planOf(many(1)));
  for (let i = 0; i < 20; i++) {
    const plan = planOf(many(2));
    plans.redeem(plans.issue(plan).confirm, plan);
  }
  expect(typeof plans.find(good.confirm)).toBe("object");
});

describe("what a plan covers of an image", () => {
  const [image] = many(1, () => ({ labels: { a: "1", b: "2" } }));
  if (!image) throw new Error("no image");
  const digest = (change: Partial<Image>) => cover([{ ...image, ...change }]).get(image.id);

  test("is the same whatever the order of members and labels", () => {
    const turned = Object.fromEntries(Object.entries(image).toReversed()) as unknown as Image;
    expect(cover([turned])).toEqual(cover([image]));
    expect(digest({ labels: { b: "2", a: "1" } })).toBe(digest({}));
  });

  test.each<Partial<Image>>([
    { description: "x" },
    { labels: { a: "1" } },
    { labels: { a: "1", b: "3" } },
    { labels: { a: "1", b: "2", keep: "" } },
    { protection: { delete: true } },
    { status: "unavailable" },
    { type: "backup" },
    { bound_to: 42 },
    { image_size: 1.51 },
    { created: "2026-01-01T00:00:01Z" },
    { created_from: null },
    { created_from: { id: 42, name: "web-2" } },
    { deleted: "2026-01-01T00:00:00Z" },
  ])("is another when it changed: %j", (change) => {
    expect(digest(change)).not.toBe(digest({}));
  });
});
