/** The page of a plan: what would be deleted and why the rest is kept, boxes, and buttons that send the choice to the chat. */

import type { Bridge } from "./bridge.ts";
import { DECISIONS, drawChart } from "./chart.ts";
import { copyButtons } from "./copy.ts";
import { button, foreign, h } from "./dom.ts";
import { listImages } from "./listing.ts";
import { describeChoice, keepEverything } from "./message.ts";
import { createNotice } from "./notice.ts";
import { type Item, type Plan, sentence, sumUp } from "./plan.ts";
import type { Table } from "./table-text.ts";
import { plural } from "./words.ts";

const NOT_HERE =
  "This page deletes nothing. What you send is your answer to the plan; the chat then deletes or moves exactly that.";

export function viewPlan(plan: Plan, bridge: Bridge): HTMLElement[] {
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
      chart.refresh(id);
    }
    notice.say("");
    refresh();
    tellModel(describeChoice(plan, kept).context, bridge);
  };
  const boxes = confirm === undefined ? undefined : { kept, keep };
  const table = listImages(selected, "Images to delete", noun, boxes);

  const send = button(
    "",
    () => {
      const { message } = describeChoice(plan, kept);
      if (message !== null) void sendMessage(message);
    },
    { class: "primary" },
  );
  const bin = button("", () => {
    const { binMessage } = describeChoice(plan, kept);
    if (binMessage !== null) void sendMessage(binMessage);
  });
  const none = button("Keep everything", () => {
    keep(
      selected.map(({ id }) => id),
      true,
    );
    void sendMessage(keepEverything(plan));
  });
  const sendMessage = async (message: string) => {
    notice.say("Sending…");
    const isAccepted = await accepts(message, bridge);
    if (isAccepted) notice.say("The chat has your choice. This page has deleted nothing.");
    else notice.say("The chat did not accept the message. Copy it and send it yourself:", message);
  };

  const problem = h("p", { class: "quiet" });
  const refresh = () => {
    const sum = sumUp(plan, kept);
    const choice = describeChoice(plan, kept);
    heading.textContent = sentence(plan, sum);
    const these = sum.images === 1 ? "this one" : `these ${sum.images}`;
    send.textContent = `Send ${these} to the chat`;
    send.disabled = choice.message === null;
    bin.textContent = `Move ${these} to the bin`;
    bin.disabled = choice.binMessage === null;
    problem.textContent = choice.problem ?? "";
    table.refresh();
  };
  refresh();

  const toChart = items.length > 0;
  return [
    heading,
    ...(plan.project ? [h("p", { class: "quiet" }, foreign(plan.project))] : []),
    ...(plan.policy ? [h("p", { class: "quiet" }, foreign(plan.policy))] : []),
    ...plan.notes.map((note) => h("p", {}, foreign(note))),
    ...(toChart ? [chart.element] : []),
    ...(selected.length > 0 ? [h("h2", {}, "To delete"), ...table.elements] : []),
    ...leftOut(plan),
    ...viewKept(plan, others),
    ...(boxes
      ? [
          h("p", { class: "actions" }, send, !plan.isBinned && bin, none),
          problem,
          h("p", { class: "quiet" }, NOT_HERE),
        ]
      : []),
    ...(!boxes && plan.next ? [h("p", {}, plan.next)] : []),
    ...(toChart ? [copyButtons(() => toTable(items, kept), notice.say)] : []),
    notice.element,
  ];
}

function leftOut({ hidden, noun }: Plan): HTMLElement[] {
  if (hidden.to_delete === 0) return [];
  return [
    h("p", {}, `${plural(hidden.to_delete, noun)} more would be deleted, which this page does not list.`),
  ];
}

function viewKept({ hidden, noun }: Plan, others: readonly Item[]): HTMLElement[] {
  const count = others.length + hidden.kept;
  if (count === 0) return [];
  const rest = hidden.kept > 0 && h("p", {}, `${plural(hidden.kept, noun)} more are kept.`);
  const { elements } = listImages(others, "Images kept", noun);
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

async function accepts(text: string, bridge: Bridge): Promise<boolean> {
  try {
    const { isError } = await bridge.request("ui/message", {
      role: "user",
      content: [{ type: "text", text }],
    });
    return isError !== true;
  } catch {
    return false;
  }
}

/** A user who changes the boxes and then agrees in the chat means what the boxes say. */
function tellModel(text: string, bridge: Bridge): void {
  if (!bridge.can("updateModelContext") || text === "") return;
  // The message that the button sends says the same.
  bridge.request("ui/update-model-context", { content: [{ type: "text", text }] }).catch(() => undefined);
}
