import { describe, expect, test } from "vitest";
import { CODE_LIFETIME_MS } from "../../src/call/confirmation-codes.ts";
import { agreement, openStore, WORDS } from "../support/codes.ts";

describe("ConfirmationCodes", () => {
  test("a code expires after exactly one hour", () => {
    const { codes, clock, find, isValid } = openStore();
    const { confirm, expires_at } = codes.issue(WORDS, agreement());
    expect(CODE_LIFETIME_MS).toBe(3_600_000);
    expect(expires_at).toBe(new Date(clock.time + 3_600_000).toISOString());
    clock.pass(3_600_000 - 1);
    expect(isValid(confirm)).toBe(true);
    clock.pass(1);
    expect(find(confirm)).toBe("expired");
  });

  test("a used code expires after an hour, like any other", () => {
    const { codes, clock, issue, find } = openStore();
    const code = issue();
    codes.redeem(code);
    clock.pass(CODE_LIFETIME_MS);
    expect(find(code)).toBe("expired");
  });

  test("a code does not live longer for being looked up", () => {
    const { clock, issue, isValid } = openStore();
    const code = issue();
    for (let minutes = 0; minutes < 60; minutes++) {
      expect(isValid(code)).toBe(true);
      clock.pass(60_000);
    }
    expect(isValid(code)).toBe(false);
  });
});

describe("a clock that is set back", () => {
  test.each([1, 1000, 60_000, 61_000, CODE_LIFETIME_MS, 100 * CODE_LIFETIME_MS])(
    "a clock that is set back by %i ms never makes a used code valid again",
    (back) => {
      const { codes, clock, issue, isValid } = openStore();
      const code = issue();
      for (const passed of [0, CODE_LIFETIME_MS - 60_000, CODE_LIFETIME_MS - 1, 2 * CODE_LIFETIME_MS]) {
        clock.pass(passed);
        codes.redeem(code);
        // A new code makes the store forget expired ones.
        issue();
        expect(isValid(code)).toBe(false);
        clock.pass(-back);
        expect(isValid(code)).toBe(false);
        issue();
        clock.pass(-passed);
        expect(isValid(code)).toBe(false);
      }
    },
  );

  test("a clock that is set back by up to a minute changes nothing", () => {
    const { clock, issue, isValid } = openStore();
    const code = issue();
    clock.pass(-60_000);
    expect(isValid(code)).toBe(true);
  });

  test("a clock that is set back by up to a minute does not make an expired code valid again", () => {
    const { clock, issue, find } = openStore();
    const code = issue();
    clock.pass(CODE_LIFETIME_MS);
    expect(find(code)).toBe("expired");
    clock.pass(-60_000);
    expect(find(code)).toBe("expired");
  });

  test("a clock that is set back by more than a minute in several steps voids all codes", () => {
    const { clock, issue, find, isValid } = openStore();
    const code = issue();
    clock.pass(1_000_000);
    expect(isValid(code)).toBe(true);
    clock.pass(-40_000);
    expect(isValid(code)).toBe(true);
    clock.pass(-20_001);
    expect(find(code)).toBe("unknown");
  });

  test("a clock that is set back by more than a minute voids all codes, and later codes live for an hour", () => {
    const { codes, clock, issue, find, isValid } = openStore();
    const code = issue();
    clock.pass(CODE_LIFETIME_MS - 1);
    expect(isValid(code)).toBe(true);
    clock.pass(-60_001);
    expect(find(code)).toBe("unknown");
    const later = codes.issue(WORDS, agreement());
    expect(Date.parse(later.expires_at)).toBe(clock.time + CODE_LIFETIME_MS);
    clock.pass(CODE_LIFETIME_MS - 1);
    expect(isValid(later.confirm)).toBe(true);
    clock.pass(1);
    expect(find(later.confirm)).toBe("expired");
  });

  test("expires_at goes by the clock that people read, and the lifetime by the one that never runs back", () => {
    const { codes, clock, isValid } = openStore();
    clock.wall = () => clock.time - 2 * CODE_LIFETIME_MS;
    const { confirm, expires_at } = codes.issue(WORDS, agreement());
    expect(Date.parse(expires_at)).toBe(clock.wall() + CODE_LIFETIME_MS);
    clock.pass(CODE_LIFETIME_MS - 1);
    expect(isValid(confirm)).toBe(true);
    clock.pass(1);
    expect(isValid(confirm)).toBe(false);
  });

  test("a clock that is set back voids codes also when the next request is for a new code", () => {
    const { clock, issue, find } = openStore();
    const code = issue();
    clock.pass(-60_001);
    issue();
    expect(find(code)).toBe("unknown");
  });
});

describe("the store of codes", () => {
  test("the store keeps 1,000 codes, and drops the oldest when more are issued", () => {
    const { issue, find, isValid } = openStore();
    const codes = Array.from({ length: 1_000 }, () => issue());
    expect(codes.every(isValid)).toBe(true);
    codes.push(issue(), issue());
    expect(codes.slice(0, 2).map((code) => find(code))).toEqual(["unknown", "unknown"]);
    expect(codes.slice(2).every(isValid)).toBe(true);
  });

  test("the store keeps codes for 20,000 images in total, and drops the oldest when there are more", () => {
    const { issue, isValid } = openStore();
    const [first, second, third] = [issue(5_000), issue(5_000), issue(10_000)];
    expect([first, second, third].map(isValid)).toEqual([true, true, true]);
    const fourth = issue(1);
    expect([first, second, third, fourth].map(isValid)).toEqual([false, true, true, true]);
    const fifth = issue(10_000);
    expect([second, third, fourth, fifth].map(isValid)).toEqual([false, false, true, true]);
  });

  test("the store keeps one code for any number of images when it is the only code", () => {
    const { issue, isValid } = openStore();
    const [small, large] = [issue(1), issue(20_001)];
    expect([small, large].map(isValid)).toEqual([false, true]);
    expect([issue(1), large].map(isValid)).toEqual([true, false]);
  });

  test("the store drops used codes before valid ones", () => {
    const { codes, issue, find, isValid } = openStore();
    const valid = issue(6_000);
    const used = [issue(6_000), issue(6_000)];
    for (const code of used) codes.redeem(code);
    const third = issue(6_000);
    expect(used.map((code) => find(code))).toEqual(["unknown", "used"]);
    for (let i = 0; i < 98; i++) codes.redeem(issue(0));
    expect([valid, third].every(isValid)).toBe(true);
  });

  test("the store drops expired codes before valid ones", () => {
    const { clock, issue, find, isValid } = openStore();
    const expiring = issue(15_000);
    clock.pass(1);
    const valid = issue(5_000);
    clock.pass(CODE_LIFETIME_MS - 1);
    expect(find(expiring)).toBe("expired");
    const later = issue(15_000);
    expect(find(expiring)).toBe("unknown");
    expect([valid, later].every(isValid)).toBe(true);
  });

  test("the store keeps expired codes while there is room", () => {
    const { clock, issue, find } = openStore();
    const code = issue();
    clock.pass(CODE_LIFETIME_MS);
    issue();
    expect(find(code)).toBe("expired");
  });
});
