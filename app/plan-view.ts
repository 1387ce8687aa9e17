/** The page of a plan: images to delete and kept images, boxes that keep more, and the answer to the chat. */

import { renderAnswer } from "./answer.ts";
import type { Bridge } from "./bridge.ts";
import { DECISIONS, drawChart } from "./chart.ts";
import { copyButtons } from "./copy.ts";
import { h, untrusted } from "./dom.ts";
import { renderImages } from "./listing.ts";
import { describeChoice } from "./message.ts";
import { createNotice } from "./notice.ts";
import { type Item, type Plan, summarize, sumSelected } from "./plan.ts";
import type { Table } from "./table-text.ts";
import { plural } from "./words.ts";

export function renderPlan(plan: Plan, bridge: Bridge): HTMLElement[] {
  const { items, noun, confirm } = plan;
  const kept = new Set<number>();
  const selected = items.filter(({ decision }) => decision === "delete");
  const others = items.filter(({ decision }) => decision !== "delete");
  const heading = h("h1");
  const notice = createNotice();

  const chart = drawChart(plan, ({ id, decision }) => (kept.has(id) ? "keep" : decision));
  const keep = (ids: readonly number[], isKept: boolean) => {
    for (const id of ids) {
      if (isKept) kept.add(id);
      else kept.delete(id);
    }
    chart.refresh(ids);
    answer.refresh();
    refresh();
    updateModelContext(describeChoice(plan, kept).context, bridge);
  };
  const boxes = confirm === undefined ? undefined : { kept, keep };
  const table = renderImages(selected, "Images to delete", noun, boxes);

  const answer = renderAnswer(plan, kept, {
    keepAll: () =>
      keep(
        selected.map(({ id }) => id),
        true,
      ),
    notice,
    bridge,
  });
  const refresh = () => {
    heading.textContent = summarize(plan, sumSelected(plan, kept));
    table.refresh();
  };
  refresh();

  const hasImages = items.length > 0;
  return [
    heading,
    ...(plan.project ? [h("p", { class: "quiet" }, untrusted(plan.project))] : []),
    ...(plan.policy ? [h("p", { class: "quiet" }, untrusted(plan.policy))] : []),
    ...plan.notes.map((note) => h("p", {}, untrusted(note))),
    ...(hasImages ? [chart.element] : []),
    ...(selected.length > 0 ? [h("h2", {}, "To delete"), ...table.elements] : []),
    ...renderHidden(plan),
    ...renderKept(plan, others),
    ...(boxes ? answer.elements : []),
    ...(!boxes && plan.next ? [h("p", {}, plan.next)] : []),
    ...(hasImages ? [copyButtons(() => toTable(items, kept), notice.say)] : []),
    notice.element,
  ];
}

function renderHidden({ hidden, noun }: Plan): HTMLElement[] {
  if (hidden.to_delete === 0) return [];
  return [
    h("p", {}, `${plural(hidden.to_delete, noun)} more would be deleted, which this page does not list.`),
  ];
}

function renderKept({ hidden, noun }: Plan, others: readonly Item[]): HTMLElement[] {
  const count = others.length + hidden.kept;
  if (count === 0) return [];
  const rest = hidden.kept > 0 && h("p", {}, `${plural(hidden.kept, noun)} more are kept.`);
  const { elements } = renderImages(others, "Images kept", noun);
  return [h("details", {}, h("summary", {}, `${plural(count, noun)} kept, and why`), ...elements, rest)];
}

function toTable(items: readonly Item[], kept: ReadonlySet<number>): Table {
  return [
    ["decision", "id", "description", "server", "created", "size_gb", "why"],
    ...items.map(({ id, description, server, created, gb, decision, why }) => [
      kept.has(id) ? "kept after all" : DECISIONS[decision],
      ...[id, description, server, created, gb],
      decision === "delete" ? "" : why,
    ]),
  ];
}

/** Reports the boxes to the model: a user who then agrees in the chat means what the boxes say. */
function updateModelContext(text: string, bridge: Bridge): void {
  if (!bridge.can("updateModelContext") || text === "") return;
  // A lost update does no harm: the message of the button says the same.
  bridge.request("ui/update-model-context", { content: [{ type: "text", text }] }).catch(() => undefined);
}
