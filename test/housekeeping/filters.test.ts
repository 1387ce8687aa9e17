import { describe, expect, test } from "vitest";
import {
  isFromServer,
  matchesFilter,
  newestPerServer,
  withServerIds,
} from "../../src/housekeeping/filters.ts";
import { NOON } from "../support/harness.ts";
import { snapshot } from "../support/random-images.ts";

const from = (id: number, name: string) => ({ created_from: { id, name } });

describe("server filter", () => {
  test.each([
    ["42", true],
    ["web-1", true],
    ["Web-1", false],
    ["web", false],
    ["042", false],
    ["43", false],
    ["", false],
  ])("the server %j is that of the image: %j", (wanted, is) => {
    expect(isFromServer(snapshot(1), wanted)).toBe(is);
  });

  test("digits are the id or the name of a server", () => {
    expect(isFromServer(snapshot(1, from(7, "42")), "42")).toBe(true);
    expect(isFromServer(snapshot(1, from(42, "7")), "42")).toBe(true);
  });

  test("an image that was created from no server matches no server", () => {
    expect(isFromServer(snapshot(1, { created_from: null }), "web-1")).toBe(false);
  });
});

describe("excluded servers", () => {
  const images = [snapshot(1, from(42, "old")), snapshot(2, from(42, "new")), snapshot(3, from(43, "db"))];
  const left = (exclude_servers: string[]) =>
    images.filter((image) => matchesFilter(image, { exclude_servers }, NOON)).map(({ id }) => id);

  test("an excluded name gives the ids of all servers that had the name, each once", () => {
    expect(withServerIds(["old", "43", "db", "nobody"], images)).toEqual(["old", "43", "db", "nobody", "42"]);
    expect(withServerIds([], images)).toEqual([]);
  });

  test("a renamed server remains excluded", () => {
    expect(left(withServerIds(["old"], images))).toEqual([3]);
    expect(left(withServerIds(["new", "43"], images))).toEqual([]);
  });

  test("an excluded server is excluded although it is also requested", () => {
    const filter = { server: ["42", "43"], exclude_servers: ["db"] };
    expect(images.filter((image) => matchesFilter(image, filter, NOON)).map(({ id }) => id)).toEqual([1, 2]);
  });
});

test("an image with an unreadable time matches no filter of age", () => {
  const image = snapshot(1, { created: "unknown" });
  expect(matchesFilter(image, { older_than_days: 1 }, NOON)).toBe(false);
  expect(matchesFilter(image, { created_before: "2100-01-01" }, NOON)).toBe(false);
  expect(matchesFilter(image, {}, NOON)).toBe(true);
});

test("newest_per_server keeps the given order, the higher id first of two created at the same instant", () => {
  const images = [snapshot(3), snapshot(1), snapshot(2), snapshot(4, from(43, "db"))];
  expect(newestPerServer(images, 2).map(({ id }) => id)).toEqual([3, 2, 4]);
  expect(images.map(({ id }) => id)).toEqual([3, 1, 2, 4]);
});
