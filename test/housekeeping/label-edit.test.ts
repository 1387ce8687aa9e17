import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lostLabels, mergeLabels, sameLabels } from "../../src/housekeeping/label-edit.ts";

const key = fc.constantFrom("a", "b", "c", "keep", "x.y/z", "constructor", "toString", "1");
const labels = fc.dictionary(key, fc.constantFrom("", "1", "2"));
const edit = fc
  .record({ set: labels, remove: fc.array(key) })
  .map(({ set, remove }) => ({ set, remove: remove.filter((name) => !Object.hasOwn(set, name)) }));
const named = ({ set, remove }: { set: object; remove: string[] }, name: string) =>
  remove.includes(name) || Object.hasOwn(set, name);

describe("merging an edit into labels", () => {
  test("sets what is to be set, removes what is to be removed, and leaves the rest", () => {
    fc.assert(
      fc.property(labels, edit, (old, change) => {
        const merged = new Map(Object.entries(mergeLabels(old, change)));
        for (const [name, value] of Object.entries(change.set)) expect(merged.get(name)).toBe(value);
        for (const name of change.remove) expect(merged.has(name)).toBe(false);
        for (const [name, value] of Object.entries(old)) {
          if (!named(change, name)) expect(merged.get(name)).toBe(value);
        }
        for (const name of merged.keys()) {
          expect(Object.hasOwn(old, name) || Object.hasOwn(change.set, name)).toBe(true);
        }
      }),
    );
  });

  test("twice is the same as once, and changes nothing of what it was given", () => {
    fc.assert(
      fc.property(labels, edit, (old, change) => {
        const before = structuredClone([old, change]);
        const once = mergeLabels(old, change);
        expect(mergeLabels(once, change)).toEqual(once);
        expect([old, change]).toEqual(before);
      }),
    );
  });

  test("keeps somebody else's labels, whichever of the two comes first", () => {
    fc.assert(
      fc.property(labels, edit, labels, (old, change, theirs) => {
        const other = Object.fromEntries(Object.entries(theirs).filter(([name]) => !named(change, name)));
        const oursFirst = { ...mergeLabels(old, change), ...other };
        expect(sameLabels(oursFirst, mergeLabels({ ...old, ...other }, change))).toBe(true);
      }),
    );
  });
});

describe("what an edit loses", () => {
  test("is exactly what stands in the old labels and no longer in the new ones", () => {
    fc.assert(
      fc.property(labels, edit, (old, change) => {
        const merged = mergeLabels(old, change);
        const gone = Object.entries(old).filter(
          ([name, value]) => !(Object.hasOwn(merged, name) && merged[name] === value),
        );
        expect(lostLabels(old, change)).toEqual(Object.fromEntries(gone));
      }),
    );
  });

  test("is nothing once the edit stands", () => {
    fc.assert(
      fc.property(labels, edit, (old, change) => {
        expect(lostLabels(mergeLabels(old, change), change)).toEqual({});
      }),
    );
  });
});

describe("sets of labels are the same", () => {
  test("whatever the order of their keys", () => {
    expect(sameLabels({ a: "1", b: "2" }, { b: "2", a: "1" })).toBe(true);
    fc.assert(
      fc.property(labels, (set) => {
        expect(sameLabels(set, Object.fromEntries(Object.entries(set).reverse()))).toBe(true);
      }),
    );
  });

  test.each<[Record<string, string>, Record<string, string>]>([
    [{ a: "1" }, { a: "2" }],
    [{ a: "" }, {}],
    [{}, { a: "" }],
    [{ a: "1" }, { b: "1" }],
    [{ a: "1" }, { A: "1" }],
    [{ a: "1" }, { a: "1", b: "" }],
  ])("but %j and %j are not", (a, b) => {
    expect(sameLabels(a, b)).toBe(false);
    expect(sameLabels(b, a)).toBe(false);
  });
});
