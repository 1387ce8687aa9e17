/** Tables as CSV and as Markdown in which no cell is a formula, a link or a picture. */

type Cell = string | number | null;

/** Rows of cells; the first row contains the names of the columns. */
export type Table = Cell[][];

/** Starts of a formula: some spreadsheets skip blanks, some accept the full-width forms. */
const FORMULA = /^\s*[=+\-@＝＋－＠]/;

/** Puts a quote before a formula, so that a spreadsheet shows it as text. */
function neutralize(cell: Cell): string {
  const text = String(cell ?? "");
  return typeof cell === "string" && FORMULA.test(text) ? `'${text}` : text;
}

/** Returns the table as CSV (RFC 4180). */
export function toCsv(table: Table): string {
  const line = (row: Cell[]) => row.map((cell) => `"${neutralize(cell).replaceAll('"', '""')}"`).join(",");
  return table.map((row) => `${line(row)}\r\n`).join("");
}

/** Returns the table as Markdown, with every special character escaped. */
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
