/** Amounts as bars below each other, each with its name and its figures as text. */

import { h } from "./dom.ts";

export interface Bar {
  /** A button where the bar can be chosen. */
  name: HTMLElement | string;
  amount: number;
  figures: string;
}

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
