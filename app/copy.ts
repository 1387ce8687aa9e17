/** Buttons that copy a table to the clipboard. */

import { button, h } from "./dom.ts";
import { type Table, toCsv, toMarkdown } from "./table-text.ts";

/** Returns a button for CSV and one for Markdown; `say` shows the result to the user. */
export function copyButtons(read: () => Table, say: (words: string, text?: string) => void): HTMLElement {
  const copyAs = (format: string, write: (table: Table) => string) =>
    button(`Copy as ${format}`, () => {
      const table = read();
      const text = write(table);
      if (copyText(text)) say(`Copied ${table.length - 1} rows as ${format}.`);
      else say("The browser does not let this page copy. Copy the text yourself:", text);
    });
  return h("p", { class: "actions" }, copyAs("CSV", toCsv), copyAs("Markdown", toMarkdown));
}

/** Copies by `execCommand`, because the clipboard API needs a permission from the host. */
function copyText(text: string): boolean {
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
