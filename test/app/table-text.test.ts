/** What the page copies: tables that a spreadsheet and a Markdown reader take for text. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toCsv, toMarkdown } from "../../app/table-text.ts";

/** Reads CSV as RFC 4180 has it. */
function parseCsv(text: string): string[][] {
  return [...text.matchAll(/((?:"(?:[^"]|"")*",?)+)\r\n/g)].map(([, row = ""]) =>
    [...row.matchAll(/"((?:[^"]|"")*)"/g)].map(([, cell = ""]) => cell.replaceAll('""', '"')),
  );
}

const FORMULAS = [
  '=HYPERLINK("https://evil.example","nightly")',
  "+1+1",
  "-2+3",
  "@SUM(A1)",
  " =1+1",
  "\t=1+1",
  "\r=1+1",
  "＝1+1",
  "＋1",
  "－1",
  "＠x",
  "=cmd|' /C calc'!A0",
];

describe("CSV", () => {
  test.each(FORMULAS)("CSV turns the formula %j into text", (cell) => {
    expect(parseCsv(toCsv([[cell]]))).toEqual([[`'${cell}`]]);
  });

  test("CSV leaves numbers and other texts unchanged", () => {
    expect(
      toCsv([
        ["id", "gb", "why"],
        [1, 2.5, "a = b"],
        [-3, null, ""],
      ]),
    ).toBe('"id","gb","why"\r\n"1","2.5","a = b"\r\n"-3","",""\r\n');
  });

  test("CSV round-trips any text, and no cell begins like a formula", () => {
    const table = fc.array(fc.array(fc.string({ unit: "binary" }), { minLength: 1, maxLength: 3 }), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(table, (rows) => {
        const back = parseCsv(toCsv(rows));
        expect(back.map((row) => row.length)).toEqual(rows.map((row) => row.length));
        for (const [i, row] of rows.entries())
          for (const [j, cell] of row.entries()) expect([cell, `'${cell}`]).toContain(back[i]?.[j]);
        for (const cell of back.flat()) expect(cell).not.toMatch(/^\s*[=+\-@]/);
      }),
    );
  });
});

describe("Markdown", () => {
  test("a Markdown table contains the cells", () => {
    expect(
      toMarkdown([
        ["id", "server"],
        [1, "web-1 (42)"],
      ]),
    ).toBe("| id | server |\n| --- | --- |\n| 1 | web-1 (42) |\n");
  });

  test.each([
    ["a new cell", "a | b", "a \\| b"],
    ["a new row", "a\n| b |", "a \\| b \\|"],
    ["a picture", "![x](https://evil.example)", "\\!\\[x\\](https\\://evil.example)"],
    ["HTML", "<img src=x>", "\\<img src=x\\>"],
    ["code", "`x`", "\\`x\\`"],
    ["an escape", "\\| b", "\\\\\\| b"],
    ["an address", "www.evil.example", "www\\.evil.example"],
    ["an entity", "&lt;", "\\&lt;"],
    ["a mention", "to @all", "to \\@all"],
    ["a formula", "=1+1", "'=1+1"],
  ])("Markdown escapes %s", (_, cell, shown) => {
    expect(toMarkdown([["x"], [cell]])).toBe(`| x |\n| --- |\n| ${shown} |\n`);
  });

  test("a Markdown table has one line for each row, whatever the cells contain", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" })), (cells) => {
        const lines = toMarkdown([["x"], ...cells.map((cell) => [cell])]).split(/[\n\r\u2028\u2029\u0085]/);
        expect(lines).toHaveLength(cells.length + 3);
        for (const line of lines.slice(0, -1)) expect(line.replaceAll(/\\./gs, "")).toMatch(/^\| [^|]* \|$/s);
      }),
    );
  });
});
