import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { deletionWords, MAX_WORDS_CHARS, unprotectionWords } from "../../src/view/code-words.ts";
import { HOSTILE_TEXTS } from "../support/hostile-text.ts";
import { randomProject, snapshot } from "../support/random-images.ts";

/** As many snapshots of a server, of 1.5 GB each. */
function from(name: string, count: number): Image[] {
  return Array.from({ length: count }, (_, i) => snapshot(i + 1, { created_from: { id: 42, name } }));
}

/** As many servers with one snapshot each. */
const servers = (count: number, name: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => from(name(i), 1)).flat();

const backup = (id: number) => snapshot(id, { type: "backup" });

describe("deletionWords", () => {
  test.each<[what: string, images: Image[], words: string]>([
    ["one snapshot", [snapshot(4711)], "delete snapshot 4711, 1.50 GB, web-1"],
    ["one backup", [backup(4711)], "delete backup 4711, 1.50 GB, web-1"],
    ["one image of a new type", [snapshot(4711, { type: "x" })], "delete image 4711, 1.50 GB, web-1"],
    ["two snapshots", [snapshot(1), snapshot(2)], "delete 2 snapshots, 3.00 GB, web-1 2"],
    ["two backups", [backup(1), backup(2)], "delete 2 backups, 3.00 GB, web-1 2"],
    ["both types", [snapshot(1), backup(2)], "delete 2 images, 3.00 GB, web-1 2"],
    [
      "two of a new type",
      [1, 2].map((id) => snapshot(id, { type: "; rm" })),
      "delete 2 images, 3.00 GB, web-1 2",
    ],
    [
      "several servers, the one with the most images first",
      [...from("db-1", 1), ...from("web-1", 3), ...from("app.2_b", 2)],
      "delete 6 snapshots, 9.00 GB, web-1 3, app.2_b 2, db-1 1",
    ],
    [
      "images without a server",
      [snapshot(1, { created_from: null }), snapshot(2)],
      "delete 2 snapshots, 3.00 GB, web-1 1",
    ],
    ["no server at all", [snapshot(1, { created_from: null })], "delete snapshot 1, 1.50 GB"],
    [
      "a size that is not known",
      [snapshot(1, { image_size: null, created_from: null })],
      "delete snapshot 1, 0.00 GB and 1 of unknown size",
    ],
    [
      "the hundredth of a GB",
      [snapshot(1, { image_size: 10.255, created_from: null }), snapshot(2, { image_size: 30.75 })],
      "delete 2 snapshots, 41.01 GB, web-1 1",
    ],
  ])("names %s", (_, images, words) => {
    expect(deletionWords(images)).toBe(words);
  });

  test("omits harmful characters of a server's name, and a server without a harmless character", () => {
    const images = [...from("web 1; rm -rf `x`\n#y", 3), ...from("💥\u202e ()", 2), ...from("", 1)];
    expect(deletionWords(images)).toBe("delete 6 snapshots, 9.00 GB, web1rm-rfxy 3");
  });

  test("names 24 characters of a server at most", () => {
    expect(deletionWords(from("x".repeat(25), 2))).toBe(`delete 2 snapshots, 3.00 GB, ${"x".repeat(24)} 2`);
  });

  test("counts the servers that do not fit", () => {
    const images = servers(30, (i) => `server-${String(i).padStart(2, "0")}`);
    expect(deletionWords(images)).toBe(
      "delete 30 snapshots, 45.00 GB, server-00 1, server-01 1, server-02 1, 27 more",
    );
  });

  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])(
    "fills the available length to the last character, and never exceeds it: %i characters more",
    (further) => {
      const [one, two] = ["a".repeat(24), "b".repeat(15 + further)];
      const images = [...from(one, 2), ...from(two, 1)].map((image) => ({ ...image, image_size: 15_000 }));
      const full = `delete 3 snapshots, 45000.00 GB, ${one} 2, ${two} 1`;
      expect(full).toHaveLength(MAX_WORDS_CHARS - 8 + further);
      const words = further > 8 ? `delete 3 snapshots, 45000.00 GB, ${one} 2, 1 more` : full;
      expect(deletionWords(images)).toBe(words);
    },
  );

  test("includes the number of further servers in the available length", () => {
    for (let length = 1; length <= 24; length++) {
      const words = deletionWords(servers(120, (i) => `${i}`.padStart(3, "0").padStart(length, "x")));
      expect(words.length).toBeLessThanOrEqual(MAX_WORDS_CHARS);
      expect(words).toMatch(/, \d+ more$/);
      const named = words.split(", ").length - 3;
      expect(words).toContain(`, ${120 - named} more`);
    }
  });

  test("the words are never longer than a code allows, and contain only harmless characters", () => {
    const name = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...Object.values(HOSTILE_TEXTS)));
    const images = randomProject.chain((drafts) =>
      fc
        .array(fc.tuple(name, fc.string(), fc.double({ min: 0, max: 1e9, noNaN: true })), {
          minLength: drafts.length,
          maxLength: drafts.length,
        })
        .map((texts) =>
          drafts.map((image, i) => {
            const [server = "", type = "", image_size = 0] = texts[i] ?? [];
            return {
              ...image,
              image_size,
              type: i % 7 ? image.type : type,
              created_from: { id: i + 1, name: server },
            };
          }),
        ),
    );
    fc.assert(
      fc.property(images, (all) => {
        fc.pre(all.length > 0);
        const words = deletionWords(all);
        expect(words.length).toBeLessThanOrEqual(MAX_WORDS_CHARS);
        expect(words).toMatch(/^delete [A-Za-z0-9 ,._-]+$/);
      }),
    );
  });
});

describe("unprotectionWords", () => {
  test.each<[what: string, images: Image[], words: string]>([
    ["one snapshot", [snapshot(4711)], "lift the protection of snapshot 4711"],
    [
      "several servers",
      [...from("db-1", 1), ...from("web-1", 3)],
      "lift the protection of 4 snapshots, web-1 3, db-1 1",
    ],
  ])("names %s", (_, images, words) => {
    expect(unprotectionWords(images)).toBe(words);
  });

  test("counts the servers for which there is no room", () => {
    const words = unprotectionWords(servers(50, (i) => `server-number-${i}`));
    expect(words.length).toBeLessThanOrEqual(MAX_WORDS_CHARS);
    expect(words).toMatch(/^lift the protection of 50 snapshots, server-number-0 1, .*, 4\d more$/);
  });
});
