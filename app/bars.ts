/** Bars for amounts, each with its name and its figures as text. */

import { h } from "./dom.ts";

export interface Bar {
  /** A button if the user can choose the bar. */
  name: HTMLElement | string;
  amount: number;
  figures: string;
}

/** Draws the bars; `full` is the amount that fills a bar. */
export function drawBars(
  bars: readonly Bar[],
  label: string,
  full = Math.max(...bars.map(({ amount }) => amount)),
): HTMLElement {
  const rows = bars.map(({ name, amount, figures }) => {
    const bar = h("span", { class: "bar" });
    bar.style.setProperty("inline-size", `${Math.min(100, (100 * amount) / (full || 1))}%`);
    return h(
      "li",
      {},
      h("span", { class: "name" }, name),
      h("span", { class: "figures" }, figures),
      h("span", { class: "room", "aria-hidden": "true" }, bar),
    );
  });
  return h("ul", { class: "bars", "aria-label": label }, ...rows);
}
