/** Buttons that copy a table, in a way that needs no permission of the host. */

import { button, h } from "./dom.ts";
import { type Table, toCsv, toMarkdown } from "./table-text.ts";

/** Two buttons that copy; `say` tells what came of it. */
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

/** The old way needs no permission, which a host would have to grant. */
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
