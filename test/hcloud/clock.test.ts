import fc from "fast-check";
import { expect, test } from "vitest";
import { createNow } from "../../src/hcloud/clock.ts";

/** A machine whose two clocks can be set. */
function machine() {
  const time = { wall: 1_000_000, monotonic: 5_000 };
  const now = createNow(
    () => time.wall,
    () => time.monotonic,
  );
  return {
    now,
    pass(ms: number) {
      time.wall += ms;
      time.monotonic += ms;
    },
    set(ms: number) {
      time.wall += ms;
    },
  };
}

test("now advances as the clock does", () => {
  const { now, pass } = machine();
  expect(now()).toBe(1_000_000);
  pass(1_234);
  expect(now()).toBe(1_001_234);
});

test("now advances with the time that passes when the clock is set back", () => {
  const { now, pass, set } = machine();
  pass(1_000);
  set(-3_600_000);
  pass(500);
  expect(now()).toBe(1_001_500);
  pass(500);
  expect(now()).toBe(1_002_000);
});

test("now counts the time for which the machine was suspended, and a clock that is set forward", () => {
  const { now, pass, set } = machine();
  set(7_200_000);
  pass(10);
  expect(now()).toBe(8_200_010);
  set(-7_200_000);
  pass(10);
  expect(now()).toBe(8_200_020);
});

test("now never runs back, and never advances by less than passed", () => {
  const step = fc.record({
    pass: fc.nat(10_000),
    set: fc.oneof(fc.constant(0), fc.integer({ min: -100_000, max: 100_000 })),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      const { now, pass, set } = machine();
      for (const { pass: ms, set: jump } of steps) {
        const before = now();
        pass(ms);
        set(jump);
        const after = now();
        // Clocks that drift apart by a little are not taken for set.
        expect(after - before).toBeGreaterThanOrEqual(Math.max(0, ms - 50));
      }
    }),
  );
});
