import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { describeChanges, firstChange } from "../../src/view/changes.ts";
import { HOSTILE_TEXTS } from "../support/hostile-text.ts";
import { expectInert } from "../support/inert.ts";
import { randomProject, snapshot } from "../support/random-images.ts";

const IMAGE = snapshot(12, { labels: { env: "prod", app: "shop" } });

describe("describeChanges", () => {
  test.each<[change: Partial<Image>, words: string]>([
    [{ type: "backup" }, 'type was "snapshot", is "backup"'],
    [{ status: "unavailable" }, 'status was "available", is "unavailable"'],
    [{ name: "x" }, 'name was not set, is "x"'],
    [{ description: "b" }, 'description was "snapshot 12", is "b"'],
    [{ description: "" }, 'description was "snapshot 12", is ""'],
    [{ image_size: 2.25 }, "image_size was 1.5, is 2.25"],
    [{ image_size: null }, "image_size was 1.5, is not set"],
    [{ disk_size: 80 }, "disk_size was 40, is 80"],
    [{ created: "2026-01-02T00:00:00Z" }, 'created was "2026-01-01T00:00:00Z", is "2026-01-02T00:00:00Z"'],
    [{ created_from: null }, 'created_from was {"id":42,"name":"web-1"}, is not set'],
    [
      { created_from: { id: 42, name: "web-2" } },
      'created_from was {"id":42,"name":"web-1"}, is {"id":42,"name":"web-2"}',
    ],
    [{ bound_to: 42 }, "bound_to was not set, is 42"],
    [{ os_flavor: "x" }, 'os_flavor was "debian", is "x"'],
    [{ os_version: null }, 'os_version was "12", is not set'],
    [{ rapid_deploy: true }, "rapid_deploy was false, is true"],
    [{ protection: { delete: true } }, 'protection was {"delete":false}, is {"delete":true}'],
    [
      { deprecation: { announced: "a", unavailable_after: "b" } },
      'deprecation was not set, is {"announced":"a","unavailable_after":"b"}',
    ],
    [{ deleted: "2026-01-01T00:00:00Z" }, 'deleted was not set, is "2026-01-01T00:00:00Z"'],
    [{ architecture: "arm" }, 'architecture was "x86", is "arm"'],
    [{ labels: { env: "dev", app: "shop" } }, 'label "env" was "prod", is "dev"'],
    [{ labels: { app: "shop" } }, 'label "env" was "prod", is not set'],
    [{ labels: { ...IMAGE.labels, keep: "" } }, 'label "keep" was not set, is ""'],
  ])("names the old and the new value: %j", (change, words) => {
    expect(describeChanges(IMAGE, { ...IMAGE, ...change })).toEqual([words]);
  });

  test("names a member that only one of both has", () => {
    const { deleted: _, ...without } = IMAGE;
    const deleted = { ...IMAGE, deleted: "today" };
    expect(describeChanges(without, deleted)).toEqual(['deleted was not set, is "today"']);
    expect(describeChanges(deleted, without)).toEqual(['deleted was "today", is not set']);
  });

  test("names all changes, labels last", () => {
    const now = { ...IMAGE, description: "b", labels: { app: "x" }, disk_size: 1 };
    expect(describeChanges(IMAGE, now)).toEqual([
      'description was "snapshot 12", is "b"',
      "disk_size was 40, is 1",
      'label "env" was "prod", is not set',
      'label "app" was "shop", is "x"',
    ]);
  });

  test("finds nothing in a copy, whatever the order of members and labels", () => {
    fc.assert(
      fc.property(randomProject, (images) => {
        for (const image of images) {
          const turned = Object.fromEntries(
            Object.entries({
              ...image,
              labels: Object.fromEntries(Object.entries(image.labels).reverse()),
            }).reverse(),
          ) as unknown as Image;
          expect(describeChanges(image, turned)).toEqual([]);
        }
      }),
    );
  });

  test("cuts a long value, and distinguishes two values that differ behind the cut", () => {
    const long = "x".repeat(61);
    expect(describeChanges(IMAGE, { ...IMAGE, description: long })).toEqual([
      `description was "snapshot 12", is "${"x".repeat(60)}... (+1 characters)"`,
    ]);
    const [shown, now] = ["y", "z"].map((end) => ({ ...IMAGE, description: long + end }));
    expect(describeChanges(shown as Image, now as Image)).toEqual([
      "description differs in characters that are not shown",
    ]);
  });

  test.each(Object.entries(HOSTILE_TEXTS))(
    "keeps hostile text between its quotation marks: %s",
    (_, text) => {
      const now = {
        ...IMAGE,
        description: text,
        created_from: { id: 1, name: text },
        labels: { [text]: text },
      };
      for (const sentence of describeChanges(IMAGE, now)) {
        expectInert(sentence);
        expect(sentence.replaceAll(/"(?:[^"\\]|\\.)*"/g, "_")).toMatch(
          /^(description|created_from|label _) (was (_|\{_:42,_:_\}|not set), is (_|\{_:1,_:_\}|not set)|differs .*)$/,
        );
      }
    },
  );
});

describe("firstChange", () => {
  const images = [snapshot(1), snapshot(2), snapshot(3)];
  const changed = { ...snapshot(2), description: "b", disk_size: 1 };

  test("firstChange is null while all images are unchanged, in any order", () => {
    expect(firstChange(images, images.toReversed())).toBeNull();
    expect(firstChange([], [])).toBeNull();
  });

  test("firstChange names the first image that differs, with all differences", () => {
    const now = [{ ...snapshot(3), description: "c" }, changed, snapshot(1)];
    expect(firstChange(images, now)).toBe(
      'image 2: description was "snapshot 2", is "b"; disk_size was 40, is 1',
    );
  });

  test("firstChange names an image that is gone", () => {
    expect(firstChange(images, [snapshot(1), snapshot(3)])).toBe("image 2 is gone");
  });

  test("firstChange names an image that is new", () => {
    expect(firstChange([snapshot(1)], images)).toBe("image 2 was not there");
  });
});
