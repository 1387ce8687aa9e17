/** Starts the page: waits for a tool result and shows a plan, a page of a plan, a report or a sentence. */

import { type Bridge, connectHost } from "./bridge.ts";
import { h, untrusted } from "./dom.ts";
import { renderImages } from "./listing.ts";
import { readOtherPages, readPlan, readRows } from "./plan.ts";
import { renderPlan } from "./plan-view.ts";
import { readReport } from "./report.ts";
import { renderReport } from "./report-view.ts";
import type { ToolResult } from "./result.ts";
import { applyTheme } from "./theme.ts";

const PLAN_TOOL = "hcloud_plan_image_cleanup";

const main = h("main");

const show = (...elements: HTMLElement[]) => main.replaceChildren(...elements);
const showMessage = (words: string) => show(...renderMessage(words));

async function renderResult(result: ToolResult, bridge: Bridge): Promise<HTMLElement[]> {
  const { structuredContent: content, isError } = result;
  if (isError) return renderMessage("The call failed.", readText(result));
  if (!content) return renderMessage("The chat has the result.", readText(result));
  if (content["to_delete"]) {
    const callTool = (args: object) => bridge.request("tools/call", { name: PLAN_TOOL, arguments: args });
    const others = await readOtherPages(result, callTool);
    const plan = readPlan(result);
    plan.items.push(...others);
    plan.hidden.to_delete -= others.filter(({ decision }) => decision === "delete").length;
    return renderPlan(plan, bridge);
  }
  if (content["limit"]) return renderReport(readReport(result));
  if (content["rows"]) {
    const rows = readRows(content as unknown as Parameters<typeof readRows>[0]);
    return [h("h1", {}, String(content["summary"])), ...renderImages(rows, "Images", "image").elements];
  }
  return renderMessage("The chat has the result.", readText(result));
}

function renderMessage(words: string, more = ""): HTMLElement[] {
  return [h("div", { role: "status" }, h("h1", {}, words), more && h("p", {}, untrusted(more)))];
}

const readText = ({ content = [] }: ToolResult) => content.map(({ text }) => text ?? "").join("\n");

async function start(): Promise<void> {
  document.body.append(main);
  showMessage("Waiting for the result…");
  let early: ToolResult | undefined;
  let bridge: Bridge | undefined;
  const showResult = async (result: ToolResult, connected: Bridge) => {
    try {
      show(...(await renderResult(result, connected)));
    } catch {
      showMessage("This result cannot be shown here. The chat has it as text.");
    }
  };
  bridge = await connectHost({
    result(result) {
      if (bridge) void showResult(result, bridge);
      else early = result;
    },
    cancelled: () => showMessage("The call was cancelled. Nothing was changed."),
    context: applyTheme,
  });
  if (early) await showResult(early, bridge);
}

start().catch(() => showMessage("The chat does not answer this page. The result is in the chat as text."));
