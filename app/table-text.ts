/** Tables as CSV and as Markdown, safe to open: no cell is a formula, a link or a picture. */

type Cell = string | number | null;

/** The first row are the names of the columns. */
export type Table = Cell[][];

/** A spreadsheet takes a cell that starts so for a formula; some skip blanks, some read the wide forms too. */
const FORMULA = /^\s*[=+\-@＝＋－＠]/;

/** A quote in front is what a spreadsheet shows as text. */
function neutralize(cell: Cell): string {
  const text = String(cell ?? "");
  return typeof cell === "string" && FORMULA.test(text) ? `'${text}` : text;
}

/** RFC 4180. */
export function toCsv(table: Table): string {
  const line = (row: Cell[]) => row.map((cell) => `"${neutralize(cell).replaceAll('"', '""')}"`).join(",");
  return table.map((row) => `${line(row)}\r\n`).join("");
}

export function toMarkdown([heading = [], ...rows]: Table): string {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |\n`;
  const text = (row: Cell[]) => line(row.map((cell) => escapeMarkdown(neutralize(cell))));
  return text(heading) + line(heading.map(() => "---")) + rows.map(text).join("");
}

function escapeMarkdown(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/[\\`*_[\]<>|~#!&@$]/g, "\\$&")
    .replaceAll("://", "\\://")
    .replace(/\b(www)\./gi, "$1\\.");
}
