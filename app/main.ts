/** Starts the page: waits for a result and shows what it is, a plan, a page of one, a report or a sentence. */

import { type Bridge, connect } from "./bridge.ts";
import { foreign, h } from "./dom.ts";
import { listImages } from "./listing.ts";
import { readOtherPages, readPlan, readRows } from "./plan.ts";
import { viewPlan } from "./plan-view.ts";
import { readReport } from "./report.ts";
import { viewReport } from "./report-view.ts";
import type { ToolResult } from "./result.ts";
import { applyTheme } from "./theme.ts";

const PLAN = "hcloud_plan_image_cleanup";

const main = h("main");

const show = (...elements: HTMLElement[]) => main.replaceChildren(...elements);
const tell = (words: string) => show(...sentence(words));

async function viewResult(result: ToolResult, bridge: Bridge): Promise<HTMLElement[]> {
  const { structuredContent: content, isError } = result;
  if (isError) return sentence("The call failed.", wordsOf(result));
  if (!content) return sentence("The chat has the result.", wordsOf(result));
  if (content["to_delete"]) {
    const callTool = (args: object) => bridge.request("tools/call", { name: PLAN, arguments: args });
    const others = await readOtherPages(result, callTool);
    const plan = readPlan(result);
    plan.items.push(...others);
    plan.hidden.to_delete -= others.filter(({ decision }) => decision === "delete").length;
    return viewPlan(plan, bridge);
  }
  if (content["limit"]) return viewReport(readReport(result));
  if (content["rows"]) {
    const rows = readRows(content as unknown as Parameters<typeof readRows>[0]);
    return [h("h1", {}, String(content["summary"])), ...listImages(rows, "Images", "image").elements];
  }
  return sentence("The chat has the result.", wordsOf(result));
}

function sentence(words: string, more = ""): HTMLElement[] {
  return [h("div", { role: "status" }, h("h1", {}, words), more && h("p", {}, foreign(more)))];
}

const wordsOf = ({ content = [] }: ToolResult) => content.map(({ text }) => text ?? "").join("\n");

async function start(): Promise<void> {
  document.body.append(main);
  tell("Waiting for the result…");
  let early: ToolResult | undefined;
  let bridge: Bridge | undefined;
  const render = async (result: ToolResult, connected: Bridge) => {
    try {
      show(...(await viewResult(result, connected)));
    } catch {
      tell("This result cannot be shown here. The chat has it as text.");
    }
  };
  bridge = await connect({
    result(result) {
      if (bridge) void render(result, bridge);
      else early = result;
    },
    cancelled: () => tell("The call was cancelled. Nothing was changed."),
    context: applyTheme,
  });
  if (early) await render(early, bridge);
}

start().catch(() => tell("The chat does not answer this page. The result is in the chat as text."));
