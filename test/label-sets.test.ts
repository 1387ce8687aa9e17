import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { diffLabels, mergeLabels, pickLostLabels } from "../src/label-sets.ts";

const key = fc.constantFrom("a", "b", "c", "keep", "x.y/z", "constructor", "toString", "__proto__", "1");
const labels = fc
  .array(fc.tuple(key, fc.constantFrom("", "1", "2")), { maxLength: 9, size: "max" })
  .map((entries) => Object.fromEntries(entries));
const edit = fc
  .record({ set: labels, remove: fc.array(key) })
  .map(({ set, remove }) => ({ set, remove: remove.filter((name) => !Object.hasOwn(set, name)) }));
const isNamed = ({ set, remove }: { set: object; remove: string[] }, name: string) =>
  remove.includes(name) || Object.hasOwn(set, name);

/** All labels of both sets, each with its value in the first and in the second. */
function pairs(old: Record<string, string>, next: Record<string, string>) {
  const [before, after] = [new Map(Object.entries(old)), new Map(Object.entries(next))];
  return [...new Set([...before.keys(), ...after.keys()])].map((key) => ({
    key,
    was: before.get(key),
    is: after.get(key),
  }));
}

describe("diffLabels", () => {
  test("returns every label that differs, with its old and its new value", () => {
    fc.assert(
      fc.property(labels, labels, (old, next) => {
        expect(diffLabels(old, next)).toEqual(pairs(old, next).filter(({ was, is }) => was !== is));
      }),
    );
  });

  test("returns nothing for the same labels in another order", () => {
    fc.assert(
      fc.property(labels, (set) => {
        expect(diffLabels(set, Object.fromEntries(Object.entries(set).reverse()))).toEqual([]);
      }),
    );
  });

  test.each<[Record<string, string>, Record<string, string>, ReturnType<typeof diffLabels>]>([
    [{ a: "1" }, { a: "2" }, [{ key: "a", was: "1", is: "2" }]],
    [{ a: "" }, {}, [{ key: "a", was: "", is: undefined }]],
    [{}, { a: "" }, [{ key: "a", was: undefined, is: "" }]],
    [
      { a: "1" },
      { A: "1" },
      [
        { key: "a", was: "1", is: undefined },
        { key: "A", was: undefined, is: "1" },
      ],
    ],
    [{}, { toString: "1" }, [{ key: "toString", was: undefined, is: "1" }]],
  ])("distinguishes %j from %j", (old, next, diff) => {
    expect(diffLabels(old, next)).toEqual(diff);
  });
});

describe("pickLostLabels", () => {
  test("returns exactly the old labels whose value is not in the new set", () => {
    fc.assert(
      fc.property(labels, labels, (old, next) => {
        const lost = Object.entries(old).filter(
          ([name, value]) => !(Object.hasOwn(next, name) && next[name] === value),
        );
        expect(pickLostLabels(old, next)).toEqual(Object.fromEntries(lost));
      }),
    );
  });

  test("returns an empty value that is lost, and no label that is only added", () => {
    expect(
      pickLostLabels({ keep: "", env: "dev", team: "a" }, { env: "prod", team: "a", more: "1" }),
    ).toEqual({
      keep: "",
      env: "dev",
    });
  });
});

describe("mergeLabels", () => {
  test("sets what the edit sets, removes what it removes, and keeps all other labels", () => {
    fc.assert(
      fc.property(labels, edit, (old, change) => {
        const merged = new Map(Object.entries(mergeLabels(old, change)));
        for (const [name, value] of Object.entries(change.set)) expect(merged.get(name)).toBe(value);
        for (const name of change.remove) expect(merged.has(name)).toBe(false);
        for (const [name, value] of Object.entries(old)) {
          if (!isNamed(change, name)) expect(merged.get(name)).toBe(value);
        }
        for (const name of merged.keys()) {
          expect(Object.hasOwn(old, name) || Object.hasOwn(change.set, name)).toBe(true);
        }
      }),
    );
  });

  test("returns the same set when an edit is repeated, and does not change its input", () => {
    fc.assert(
      fc.property(labels, edit, (old, change) => {
        const before = structuredClone([old, change]);
        const once = mergeLabels(old, change);
        expect(mergeLabels(once, change)).toEqual(once);
        expect([old, change]).toEqual(before);
      }),
    );
  });

  test("keeps labels of another client, whichever of the two writes first", () => {
    fc.assert(
      fc.property(labels, edit, labels, (old, change, theirs) => {
        const other = Object.fromEntries(Object.entries(theirs).filter(([name]) => !isNamed(change, name)));
        const oursFirst = { ...mergeLabels(old, change), ...other };
        expect(diffLabels(oursFirst, mergeLabels({ ...old, ...other }, change))).toEqual([]);
      }),
    );
  });

  test("loses nothing when the edit is already made", () => {
    fc.assert(
      fc.property(labels, edit, (old, change) => {
        const merged = mergeLabels(old, change);
        expect(pickLostLabels(merged, mergeLabels(merged, change))).toEqual({});
      }),
    );
  });
});
