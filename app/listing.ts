/** Tables of images: one table if it is short, otherwise a folded one for each server. */

import { sumGigabytes } from "../src/housekeeping/sums.ts";
import { h, untrusted } from "./dom.ts";
import type { Item } from "./plan.ts";
import { dayOf, inGigabytes, plural, serverName } from "./words.ts";

const MAX_OPEN_ROWS = 40;

export interface Boxes {
  kept: ReadonlySet<number>;
  keep(ids: readonly number[], isKept: boolean): void;
}

export interface Listing {
  elements: HTMLElement[];
  /** Updates the boxes and the sums. */
  refresh(): void;
}

/** Renders a row for each image, with `boxes` a box that keeps the image; below its name, why it is kept or what it was called. */
export function renderImages(items: readonly Item[], caption: string, noun: string, boxes?: Boxes): Listing {
  if (items.length <= MAX_OPEN_ROWS) {
    const { element, refresh } = renderTable(items, caption, boxes);
    return { elements: [element], refresh };
  }
  const parts = [...Map.groupBy(items, ({ server }) => server)].map(([server, images]) =>
    renderServer(server, images, `${caption} of ${serverName(server)}`, noun, boxes),
  );
  return {
    elements: parts.map(({ element }) => element),
    refresh() {
      for (const part of parts) part.refresh();
    },
  };
}

interface Refreshable {
  element: HTMLElement;
  refresh(): void;
}

function renderServer(
  server: string,
  items: readonly Item[],
  caption: string,
  noun: string,
  boxes?: Boxes,
): Refreshable {
  const ids = items.map(({ id }) => id);
  const counts = h("span");
  const all = h("input", { type: "checkbox", change: () => boxes?.keep(ids, all.checked) });
  const table = renderTable(items, caption, boxes);
  const refresh = () => {
    const left = items.filter(({ id }) => !boxes?.kept.has(id));
    const gb = sumGigabytes(left.map((item) => item.gb));
    const kept = items.length - left.length;
    counts.textContent = `: ${plural(left.length, noun)}, ${inGigabytes(gb)}${kept > 0 ? `, ${kept} kept after all` : ""}`;
    all.checked = kept === items.length;
    all.indeterminate = kept > 0 && kept < items.length;
    table.refresh();
  };
  const keepAll = boxes && h("label", { class: "all" }, all, `Keep all ${items.length}`);
  const element = h(
    "details",
    {},
    h("summary", {}, untrusted(serverName(server)), counts),
    keepAll,
    table.element,
  );
  refresh();
  return { element, refresh };
}

function renderTable(items: readonly Item[], caption: string, boxes?: Boxes): Refreshable {
  const inputs: [id: number, box: HTMLInputElement, row: HTMLElement][] = [];
  const cell = (className: string, ...children: (Node | string)[]) =>
    h("td", { class: className }, ...children);
  const rows = items.map((item) => {
    const { id, description, server, created, gb, why } = item;
    const name = untrusted(description, "(no description)");
    const facts = [` · ${id}`, why && ` · ${why}`];
    const under = h("span", { class: "under" }, untrusted(serverName(server)), ...facts);
    const box = h("input", {
      type: "checkbox",
      id: `keep-${id}`,
      "aria-label": `Keep ${description || "image"} (${id})`,
    });
    const row = h(
      "tr",
      {},
      boxes && cell("box", box),
      cell("", boxes ? h("label", { for: `keep-${id}` }, name) : name, under),
      cell("date", dayOf(created)),
      cell("number", inGigabytes(gb)),
    );
    box.addEventListener("change", () => boxes?.keep([id], box.checked));
    inputs.push([id, box, row]);
    return row;
  });
  const names = [...(boxes ? ["Keep"] : []), "Image", "Created", "Size"];
  const headings = names.map((name) => h("th", { scope: "col", class: HEADING_CLASSES[name] ?? "" }, name));
  const element = h(
    "table",
    {},
    h("caption", { class: "visually-hidden" }, caption),
    h("thead", {}, h("tr", {}, ...headings)),
    h("tbody", {}, ...rows),
  );
  const refresh = () => {
    for (const [id, box, row] of inputs) {
      box.checked = boxes?.kept.has(id) ?? false;
      row.className = box.checked ? "kept" : "";
    }
  };
  return { element, refresh };
}

const HEADING_CLASSES: Record<string, string> = { Keep: "box", Created: "date", Size: "number" };
