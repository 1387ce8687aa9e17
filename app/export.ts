/** Tables as CSV and as Markdown, safe to open: no cell is a formula, a link or a picture. */

import { button, h } from "./dom.ts";

export type Cell = string | number | null;

/** The first row are the names of the columns. */
export type Table = Cell[][];

/** A spreadsheet takes a cell that starts so for a formula; some skip blanks, some read the wide forms too. */
const FORMULA = /^\s*[=+\-@＝＋－＠]/;

/** A quote in front is what a spreadsheet shows as text. */
function inert(cell: Cell): string {
  const text = String(cell ?? "");
  return typeof cell === "string" && FORMULA.test(text) ? `'${text}` : text;
}

/** RFC 4180. */
export function toCsv(table: Table): string {
  const line = (row: Cell[]) => row.map((cell) => `"${inert(cell).replaceAll('"', '""')}"`).join(",");
  return table.map((row) => `${line(row)}\r\n`).join("");
}

export function toMarkdown([heading = [], ...rows]: Table): string {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |\n`;
  const text = (row: Cell[]) => line(row.map((cell) => escapeMarkdown(inert(cell))));
  return text(heading) + line(heading.map(() => "---")) + rows.map(text).join("");
}

function escapeMarkdown(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/[\\`*_[\]<>|~#!&@$]/g, "\\$&")
    .replaceAll("://", "\\://")
    .replace(/\b(www)\./gi, "$1\\.");
}

/** Two buttons that copy; `say` tells what came of it. */
export function copyButtons(read: () => Table, say: (words: string, text?: string) => void): HTMLElement {
  const copyAs = (format: string, write: (table: Table) => string) =>
    button(`Copy as ${format}`, () => {
      const table = read();
      const text = write(table);
      if (copy(text)) say(`Copied ${table.length - 1} rows as ${format}.`);
      else say("The browser does not let this page copy. Copy the text yourself:", text);
    });
  return h("p", { class: "actions" }, copyAs("CSV", toCsv), copyAs("Markdown", toMarkdown));
}

/** The old way needs no permission, which a host would have to grant. */
function copy(text: string): boolean {
  const area = h("textarea", { class: "copied", "aria-hidden": "true", tabindex: -1 });
  area.value = text;
  const before = document.activeElement;
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  if (before instanceof HTMLElement) before.focus();
  return isCopied;
}
