/** A host in the browser, by the official AppBridge: frames the page and records for the tests what the page does. */

import type { CallToolResult } from "@modelcontextprotocol/client";
import { AppBridge, PostMessageTransport } from "@modelcontextprotocol/ext-apps/app-bridge";

type Capabilities = ConstructorParameters<typeof AppBridge>[2];
type Context = Parameters<AppBridge["setHostContext"]>[0];

declare global {
  interface Window {
    /** Calls a tool of the real server; the tests define the function. */
    callTool(params: unknown): Promise<unknown>;
    host: ReturnType<typeof createHost>;
  }
}

function createHost() {
  let bridge: AppBridge;
  let frame: HTMLIFrameElement;
  const host = {
    messages: [] as string[],
    contexts: [] as string[],
    /** Tool calls by the page. */
    calls: [] as unknown[],
    heights: [] as number[],
    unanswered: [] as (() => void)[],
    /** The chat's reaction to a message; `never` until the message is released. */
    answer: "accept" as "accept" | "refuse" | "error" | "never",
    async open(url: string, width: number, context: Context, capabilities: Capabilities) {
      document.querySelector("iframe")?.remove();
      Object.assign(host, {
        messages: [],
        contexts: [],
        calls: [],
        heights: [],
        unanswered: [],
        answer: "accept",
      });
      frame = document.createElement("iframe");
      // Without allow-same-origin, the page has an opaque origin and no storage.
      frame.setAttribute("sandbox", "allow-scripts");
      Object.assign(frame.style, { width: `${width}px`, height: "40px", border: "0" });
      document.body.append(frame);
      bridge = new AppBridge(null, { name: "test host", version: "1" }, capabilities, {
        hostContext: context,
      });
      bridge.onmessage = async ({ content }) => {
        host.messages.push(content.map((block) => ("text" in block ? block.text : "")).join("\n"));
        if (host.answer === "error") throw new Error("there is text in the input already");
        if (host.answer === "never") await new Promise<void>((resolve) => host.unanswered.push(resolve));
        return host.answer === "refuse" ? { isError: true } : {};
      };
      bridge.onupdatemodelcontext = async ({ content = [] }) => {
        host.contexts.push(content.map((block) => ("text" in block ? block.text : "")).join("\n"));
        return {};
      };
      bridge.oncalltool = async (params) => {
        host.calls.push(params);
        return (await window.callTool(params)) as CallToolResult;
      };
      bridge.onsizechange = ({ height }) => {
        if (height === undefined) return;
        host.heights.push(height);
        frame.style.height = `${height}px`;
      };
      const ready = new Promise<void>((resolve) => {
        bridge.oninitialized = () => resolve();
      });
      const inner = frame.contentWindow as Window;
      await bridge.connect(new PostMessageTransport(inner, inner));
      frame.src = url;
      await ready;
    },
    resize(width: number) {
      frame.style.width = `${width}px`;
    },
    input: (args: Record<string, unknown>) => bridge.sendToolInput({ arguments: args }),
    result: (result: CallToolResult) => bridge.sendToolResult(result),
    /** Reacts to the oldest message without an answer, as `answer` says now. */
    release: () => host.unanswered.shift()?.(),
    cancel: () => bridge.sendToolCancelled({ reason: "user action" }),
    context: (context: Context) => bridge.setHostContext(context),
  };
  return host;
}

window.host = createHost();
