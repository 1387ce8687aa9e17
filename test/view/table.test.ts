import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pageOf, tabulate } from "../../src/view/table.ts";

type Thing = Record<string, unknown>;

const column = (name: string) => ({ [name]: (thing: Thing) => thing[name] });

describe("table", () => {
  test("a table always has its first columns, and others only where rows differ", () => {
    const things = [
      { id: 1, size: 2, type: "a", rare: "" },
      { id: 2, size: 2, type: "b", rare: "" },
    ];
    const more = { ...column("type"), ...column("rare") };
    expect(tabulate(things, { ...column("id"), ...column("size") }, more)).toEqual({
      columns: ["id", "size", "type"],
      rows: [
        [1, 2, "a"],
        [2, 2, "b"],
      ],
    });
  });

  test("a table states common values once, and no blank value", () => {
    const things = [1, 2].map((id) => ({ id, type: "a", zero: 0, no: false, none: null, empty: "" }));
    const names = ["type", "zero", "no", "none", "empty", "missing"];
    const more = Object.assign({}, ...names.map(column));
    expect(tabulate(things, column("id"), more)).toEqual({
      all: { type: "a", zero: 0 },
      columns: ["id"],
      rows: [[1], [2]],
    });
  });

  test("a table of one row states everything once", () => {
    expect(tabulate([{ id: 1, type: "a" }], column("id"), column("type"))).toEqual({
      all: { type: "a" },
      columns: ["id"],
      rows: [[1]],
    });
  });

  test("an empty table has its first columns and no rows", () => {
    expect(tabulate([], column("id"), column("type"))).toEqual({ columns: ["id"], rows: [] });
  });

  test("a table loses no value, whatever differs", () => {
    const value = fc.constantFrom(0, 1, "", "x", null, false);
    const things = fc.array(fc.record({ a: value, b: value, c: value }));
    fc.assert(
      fc.property(things, (all) => {
        const table = tabulate(all, column("a"), { ...column("b"), ...column("c") });
        for (const [i, thing] of all.entries()) {
          const row: Thing = {
            ...table.all,
            ...Object.fromEntries(table.columns.map((name, at) => [name, table.rows[i]?.[at]])),
          };
          for (const [name, value] of Object.entries(thing)) expect(row[name] || null).toBe(value || null);
          for (const [name, value] of Object.entries(thing)) if (value === 0) expect(row[name]).toBe(0);
        }
      }),
    );
  });
});

describe("page of a table", () => {
  const rows = { columns: [], rows: [] };
  const page = { page: 2, per_page: 25, previous_page: 1, last_page: null };

  test("a page names the next page while there is one, and the total when it is known", () => {
    expect(pageOf(rows, { ...page, next_page: 3, total_entries: null })).toEqual({
      ...rows,
      page: 2,
      next_page: 3,
    });
    expect(pageOf(rows, { ...page, next_page: null, total_entries: 0 })).toEqual({
      ...rows,
      total: 0,
      page: 2,
    });
  });
});
