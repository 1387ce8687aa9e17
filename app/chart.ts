/** The chart of a plan: one line per server, one mark per image. The shape shows the decision, color only repeats it. */

import type { PlanDecision } from "../src/view/page-data.ts";
import { h, svg } from "./dom.ts";
import type { Item, Plan } from "./plan.ts";
import { dayOf, inGigabytes, plural, serverName } from "./words.ts";

const DAY_MS = 86_400_000;
const MAX_SERVERS = 60;

/** Ages at which the axis has a tick. The gaps are the least between two ticks, and between a tick and the left edge. */
const TICKS: [days: number, name: string][] = [
  [7, "1 week"],
  [30, "1 month"],
  [91, "3 months"],
  [182, "6 months"],
  [365, "1 year"],
  [730, "2 years"],
  [1461, "4 years"],
];
const MIN_TICK_GAP_PERCENT = 24;
const MIN_TICK_PLACE_PERCENT = 8;

export const DECISIONS: Record<PlanDecision, string> = {
  delete: "to delete",
  keep: "kept",
  always: "always kept",
  binned: "in the bin",
};

export interface Chart {
  element: HTMLElement;
  /** Redraws the marks of these images, and counts their servers again. */
  refresh(ids: readonly number[]): void;
}

/** Draws the chart; `decide` returns the decision on an image with the current boxes. */
export function drawChart({ items, as_of }: Plan, decide: (item: Item) => PlanDecision): Chart {
  const now = Date.parse(as_of) || Date.now();
  const ages = new Map(items.map((item) => [item, Math.max(0, (now - Date.parse(item.created)) / DAY_MS)]));
  const known = [...ages.values()].filter((age) => !Number.isNaN(age));
  const oldest = Math.max(1, ...known);
  const largest = Math.max(1, ...items.map(({ gb }) => gb ?? 0));
  // Most images are young: the square root of the age gives them room. The newest are at the right.
  const place = (age: number) => 97 - 94 * Math.sqrt((Number.isNaN(age) ? oldest : age) / oldest);
  const redrawById = new Map<number, () => void>();
  const recountById = new Map<number, () => void>();

  const drawMark = (item: Item) => {
    const path = svg("path");
    const title = svg("title");
    const radius = 4 + 5 * Math.sqrt((item.gb ?? 0) / largest);
    const redraw = () => {
      const decision = decide(item);
      path.setAttribute("d", drawOutline(decision, radius));
      path.setAttribute("class", `mark ${decision}`);
      title.textContent = `${item.description}, ${dayOf(item.created)}, ${inGigabytes(item.gb)}: ${DECISIONS[decision]}`;
    };
    redraw();
    redrawById.set(item.id, redraw);
    return svg("svg", { x: `${place(ages.get(item) ?? 0)}%`, y: "50%" }, path, title);
  };

  const servers = [...Map.groupBy(items, ({ server }) => server)].sort(([, a], [, b]) => sumGb(b) - sumGb(a));
  const lines = servers.slice(0, MAX_SERVERS).map(([server, images]) => {
    // Images to delete are drawn last, on top of the kept ones.
    const track = svg(
      "svg",
      { class: "track", role: "img" },
      drawRule(),
      ...images.toReversed().map(drawMark),
    );
    const recount = () => {
      const decisions = images.map(decide);
      const words = Object.entries(DECISIONS).flatMap(([decision, name]) => {
        const count = decisions.filter((one) => one === decision).length;
        return count > 0 ? [`${count} ${name}`] : [];
      });
      track.setAttribute("aria-label", `${serverName(server)}: ${words.join(", ")}`);
    };
    recount();
    for (const { id } of images) recountById.set(id, recount);
    return h(
      "li",
      {},
      h("bdi", { class: "name" }, serverName(server)),
      track,
      h("span", { class: "number" }, inGigabytes(Math.round(sumGb(images) * 100) / 100)),
    );
  });
  const left = servers.length - lines.length;
  return {
    element: h(
      "figure",
      {},
      h("ul", { class: "chart", "aria-label": "Images by server, age and size" }, ...lines),
      h(
        "div",
        { class: "axis", "aria-hidden": "true" },
        svg("svg", { class: "track" }, ...drawTicks(oldest, place)),
      ),
      left > 0 && h("p", { class: "quiet" }, `${plural(left, "more server")} in the table only.`),
      drawLegend(items),
    ),
    refresh(ids) {
      for (const id of ids) redrawById.get(id)?.();
      for (const recount of new Set(ids.map((id) => recountById.get(id)))) recount?.();
    },
  };
}

const sumGb = (items: readonly Item[]) => items.reduce((sum, { gb }) => sum + (gb ?? 0), 0);

const drawRule = () => svg("line", { class: "rule", x1: 0, x2: "100%", y1: "50%", y2: "50%" });

/** Returns a path: a diamond (delete), a square (always kept), a triangle (in the bin) or a circle (kept). */
function drawOutline(decision: PlanDecision, r: number): string {
  if (decision === "delete") return `M0 ${-r - 1}L${r + 1} 0L0 ${r + 1}L${-r - 1} 0Z`;
  if (decision === "always") return `M${-r + 1} ${-r + 1}H${r - 1}V${r - 1}H${-r + 1}Z`;
  if (decision === "binned") return `M${-r} ${-r + 1}H${r}L0 ${r}Z`;
  return `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
}

function drawTicks(oldest: number, place: (age: number) => number): SVGElement[] {
  let last = place(0);
  const shown: [at: number, name: string][] = [[last, "now"]];
  for (const [days, name] of TICKS) {
    if (days > oldest || place(days) < MIN_TICK_PLACE_PERCENT || last - place(days) < MIN_TICK_GAP_PERCENT)
      continue;
    last = place(days);
    shown.push([last, name]);
  }
  return shown.map(([at, name]) =>
    svg("text", { x: `${at}%`, y: "12", "text-anchor": at > 90 ? "end" : "middle" }, name),
  );
}

function drawLegend(items: readonly Item[]): HTMLElement {
  const isShown = (decision: PlanDecision) =>
    decision !== "binned" || items.some((item) => item.decision === decision);
  const entries = (Object.keys(DECISIONS) as PlanDecision[])
    .filter(isShown)
    .map((decision) =>
      h(
        "span",
        {},
        svg(
          "svg",
          { class: "key", viewBox: "-9 -9 18 18", "aria-hidden": "true" },
          svg("path", { d: drawOutline(decision, 6), class: `mark ${decision}` }),
        ),
        DECISIONS[decision],
      ),
    );
  return h("figcaption", { class: "legend quiet" }, ...entries, "larger: more GB");
}
