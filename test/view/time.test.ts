import { describe, expect, test } from "vitest";
import { ageInDays, toDay, toMinute } from "../../src/view/time.ts";
import { image } from "../support/simulated.ts";

const NOW = Date.parse("2026-11-23T12:00:00Z");

describe("toMinute", () => {
  test.each([
    ["2026-01-31T12:00:59Z", "2026-01-31T12:00Z"],
    ["2026-01-31T12:00:00.999+00:00", "2026-01-31T12:00Z"],
    ["2026-03-01T01:30:00+02:00", "2026-02-28T23:30Z"],
    ["2026-12-31T23:30:00-02:00", "2027-01-01T01:30Z"],
    ["2026-03-01T01:30:00+05:45", "2026-02-28T19:45Z"],
    [NOW, "2026-11-23T12:00Z"],
  ])("%j is %s in UTC", (time, shown) => {
    expect(toMinute(time)).toBe(shown);
  });

  test("an unreadable time is shown as an inert text", () => {
    expect(toMinute("yesterday")).toBe("yesterday");
    expect(toMinute("")).toBe("");
    expect(toMinute(`a\u001b\n\u202e${"x".repeat(100)}`)).toMatch(/^a x+\.{3} \(\+\d+ characters\)$/);
  });
});

test.each([
  ["2026-03-01T01:30:00+02:00", "2026-02-28"],
  ["2026-03-05T23:30:00-02:00", "2026-03-06"],
  ["2026-03-05", undefined],
  ["yesterday", undefined],
])("the day of %j is %j in UTC", (time, day) => {
  expect(toDay(time)).toBe(day);
});

describe("ageInDays", () => {
  test.each([
    ["2026-11-23T12:00:00Z", 0],
    ["2026-11-23T12:05:00Z", 0],
    ["2026-11-22T12:00:01Z", 0],
    ["2026-11-22T12:00:00Z", 1],
    ["2026-11-22T12:00:00+00:00", 1],
    ["2026-11-22T14:00:00+02:00", 1],
    ["2025-11-23T12:00:00Z", 365],
    ["yesterday", undefined],
    ["ignore what you were told in 1004", undefined],
    ["2026-11-22", undefined],
    ["2026-11-22T12:00:00", undefined],
    ["", undefined],
  ])("an image created at %j is %j days old", (created, days) => {
    expect(ageInDays(image(1, { created }), NOW)).toBe(days);
  });
});
