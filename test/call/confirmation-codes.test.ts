import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Bound, CODE_LIFETIME, ConfirmationCodes } from "../../src/call/confirmation-codes.ts";
import { FakeClock } from "../support/harness.ts";

const FORGED = "This code was not issued by this server since it was started.";
const EXPIRED = "This code has expired.";
const OTHER = "This code was issued for another tool or other arguments.";
const USED = "This code has been used already.";
const CHANGED = "The target has changed since this code was shown, or the code is mistyped.";

const bound: Bound = { tool: "hcloud_delete_image", input: { id: 1 }, state: { id: 1, labels: { a: "b" } } };

const anything = fc.jsonValue({ maxDepth: 3 });
const anyBound: fc.Arbitrary<Bound> = fc.record({
  tool: fc.string(),
  input: fc.dictionary(fc.string(), anything),
  state: anything,
});

function setUp() {
  const clock = new FakeClock();
  return { clock, gate: new ConfirmationCodes(clock.now) };
}

/** The same value, with the keys of every object in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, part]) => [key, reversed(part)]),
  );
}

describe("a code", () => {
  test("is good for what it was issued for, once", () => {
    fc.assert(
      fc.property(anyBound, (any) => {
        const { gate } = setUp();
        const { confirm } = gate.issue(any);
        expect(gate.redeem(confirm, any)).toBeNull();
        expect(gate.redeem(confirm, any)).toBe(USED);
      }),
    );
  });

  test("is good whatever the order of keys is", () => {
    fc.assert(
      fc.property(anyBound, ({ tool, input, state }) => {
        const { gate } = setUp();
        const { confirm } = gate.issue({ tool, input, state });
        expect(gate.redeem(confirm, { state: reversed(state), input: reversed(input), tool })).toBeNull();
      }),
    );
  });

  test("is refused for any other tool or input, without being used up", () => {
    fc.assert(
      fc.property(anyBound, fc.string(), anything, ({ tool, input, state }, otherTool, otherInput) => {
        fc.pre(otherTool !== tool && JSON.stringify(otherInput) !== JSON.stringify(input));
        const { gate } = setUp();
        const { confirm } = gate.issue({ tool, input, state });
        expect(gate.redeem(confirm, { tool: otherTool, input, state })).toBe(OTHER);
        expect(gate.redeem(confirm, { tool, input: otherInput, state })).toBe(OTHER);
        expect(gate.redeem(confirm, { tool, input, state })).toBeNull();
      }),
    );
  });

  test("is refused for any other state, without being used up", () => {
    fc.assert(
      fc.property(anyBound, anything, ({ tool, input, state }, otherState) => {
        fc.pre(JSON.stringify(otherState) !== JSON.stringify(state));
        const { gate } = setUp();
        const { confirm } = gate.issue({ tool, input, state });
        expect(gate.redeem(confirm, { tool, input, state: otherState })).toBe(CHANGED);
        expect(gate.redeem(confirm, { tool, input, state })).toBeNull();
      }),
    );
  });

  test("does not confuse what stands in one part with what stands in the next", () => {
    const { gate } = setUp();
    const { confirm } = gate.issue({ tool: "t", input: ["a", "b"], state: "c" });
    expect(gate.redeem(confirm, { tool: "t", input: ["a"], state: ["b", "c"] })).toBe(OTHER);
    expect(gate.redeem(confirm, { tool: "t", input: '["a","b"]', state: "c" })).toBe(OTHER);
  });

  test("is refused when any one of its characters is another", () => {
    const { gate } = setUp();
    const { confirm } = gate.issue(bound);
    const letter = fc.constantFrom(..."0123456789abcdefghijklmnopqrstuvwxyzABC-_ é");
    fc.assert(
      fc.property(fc.nat(confirm.length - 1), letter, (at, other) => {
        fc.pre(confirm[at] !== other);
        expect(gate.redeem(confirm.slice(0, at) + other + confirm.slice(at + 1), bound)).not.toBeNull();
      }),
      { numRuns: 1000 },
    );
    expect(gate.redeem(confirm, bound)).toBeNull();
  });

  test("is refused when it is cut, or longer, or written otherwise", () => {
    const { gate } = setUp();
    const { confirm } = gate.issue(bound);
    for (let length = 0; length < confirm.length; length++) {
      expect(gate.redeem(confirm.slice(0, length), bound)).toBe(FORGED);
    }
    for (const other of [`${confirm}0`, `0${confirm}`, ` ${confirm}`, `${confirm} `, confirm.toUpperCase()]) {
      expect(gate.redeem(other, bound)).toBe(FORGED);
    }
    expect(gate.redeem(confirm, bound)).toBeNull();
  });

  test("is never hit by chance, also with the time of expiry of a real one", () => {
    const { gate } = setUp();
    const { confirm } = gate.issue(bound);
    const start = confirm.slice(0, confirm.indexOf("-") + 1);
    const passed = Array.from({ length: 100_000 }, () =>
      Array.from(randomBytes(confirm.length - start.length), (byte) => (byte % 32).toString(32)).join(""),
    ).filter((tail) => gate.redeem(start + tail, bound) === null);
    expect(passed).toEqual([]);
  });

  test("of another gate is refused", () => {
    const [one, two] = [setUp(), setUp()];
    expect(two.gate.redeem(one.gate.issue(bound).confirm, bound)).toBe(FORGED);
  });
});

describe("the time of a code", () => {
  test("is ten minutes, to the millisecond", () => {
    const { gate, clock } = setUp();
    const { confirm, expires_at } = gate.issue(bound);
    expect(CODE_LIFETIME).toBe(10 * 60 * 1000);
    expect(expires_at).toBe(new Date(clock.time + CODE_LIFETIME).toISOString());
    clock.pass(CODE_LIFETIME);
    expect(gate.redeem(confirm, bound)).toBe(EXPIRED);
    clock.pass(-1);
    expect(gate.redeem(confirm, bound)).toBeNull();
  });

  test("cannot be made longer by rewriting it", () => {
    const { gate, clock } = setUp();
    const { confirm } = gate.issue(bound);
    const later = (clock.time + 2 * CODE_LIFETIME).toString(36);
    expect(gate.redeem(later + confirm.slice(confirm.indexOf("-")), bound)).toBe(FORGED);
  });

  test("is over for a used one too, which then is told", () => {
    const { gate, clock } = setUp();
    const { confirm } = gate.issue(bound);
    gate.redeem(confirm, bound);
    clock.pass(CODE_LIFETIME);
    expect(gate.redeem(confirm, bound)).toBe(EXPIRED);
  });
});

describe("a clock that is set back", () => {
  test("brings no used code back, however far it goes", () => {
    for (const back of [1, 1000, 60_000, 61_000, CODE_LIFETIME, 100 * CODE_LIFETIME]) {
      const { gate, clock } = setUp();
      const { confirm } = gate.issue(bound);
      expect(gate.redeem(confirm, bound)).toBeNull();
      clock.pass(2 * CODE_LIFETIME);
      // Whatever is used up afterwards makes the gate forget what has expired.
      gate.redeem(gate.issue(bound).confirm, bound);
      clock.pass(-back - CODE_LIFETIME);
      expect(gate.redeem(confirm, bound), String(back)).not.toBeNull();
    }
  });

  test("lengthens the life of no code by more than a minute, and later codes are good again", () => {
    const { gate, clock } = setUp();
    const { confirm } = gate.issue(bound);
    clock.pass(CODE_LIFETIME - 1);
    gate.issue(bound);
    clock.pass(-60_001);
    expect(gate.redeem(confirm, bound)).toBe(FORGED);
    const { confirm: later, expires_at } = gate.issue(bound);
    expect(Date.parse(expires_at)).toBe(clock.time + CODE_LIFETIME);
    expect(gate.redeem(later, bound)).toBeNull();
  });

  test("by a little, as clocks are put right, does no harm", () => {
    const { gate, clock } = setUp();
    const { confirm } = gate.issue(bound);
    clock.pass(-5000);
    expect(gate.redeem(confirm, bound)).toBeNull();
  });
});

test("no two codes are equal, even of one question at one time", () => {
  const { gate } = setUp();
  const codes = Array.from({ length: 2000 }, () => gate.issue(bound).confirm);
  expect(new Set(codes).size).toBe(codes.length);
});

test("codes of one question are used up one by one", () => {
  const { gate } = setUp();
  const codes = Array.from({ length: 50 }, () => gate.issue(bound).confirm);
  for (const code of codes) expect(gate.redeem(code, bound)).toBeNull();
  for (const code of codes) expect(gate.redeem(code, bound)).toBe(USED);
});

test("a code is short enough to be repeated, and plain", () => {
  const { gate } = setUp();
  expect(gate.issue(bound).confirm).toMatch(/^[0-9a-z]{8,9}-[0-9a-v]{15}$/);
});
