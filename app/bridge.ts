/** The page's side of MCP Apps (2026-01-26): JSON-RPC over postMessage with the host that frames the page. */

import type { Params, ToolResult } from "./result.ts";

export interface HostContext {
  theme?: "light" | "dark";
  styles?: { variables?: Record<string, string | undefined>; css?: { fonts?: string } };
}

/** Handlers of the host's notifications. */
export interface Listeners {
  result(result: ToolResult): void;
  cancelled(): void;
  context(context: HostContext): void;
}

export interface Bridge {
  /** Rejects if the host returns an error. Without a response in time, calls `onSlow` and goes on waiting, or rejects. */
  request(method: string, params: Params, onSlow?: () => void): Promise<Params>;
  /** Returns whether the host declared this capability. */
  can(capability: string): boolean;
}

const PROTOCOL_VERSION = "2026-01-26";

/** How long the page waits for a response, in ms: the host may ask the user first. */
const RESPONSE_TIMEOUT_MS = 60_000;

const METHOD_NOT_FOUND = -32601;

/** Completes the handshake with the host; throws if the host does not answer. */
export async function connectHost(on: Listeners): Promise<Bridge> {
  const waiting = new Map<unknown, { resolve(result: Params): void; reject(error: unknown): void }>();
  const host = window.parent;
  const send = (message: Params) => host.postMessage({ jsonrpc: "2.0", ...message }, "*");
  let last = 0;

  const request = (method: string, params: Params, onSlow?: () => void) =>
    new Promise<Params>((resolve, reject) => {
      const id = ++last;
      waiting.set(id, { resolve, reject });
      setTimeout(() => {
        if (!waiting.has(id)) return;
        if (onSlow) onSlow();
        else reject(new Error("no response"));
      }, RESPONSE_TIMEOUT_MS);
      send({ id, method, params });
    });

  const notifications: Record<string, (params: Params) => void> = {
    "ui/notifications/tool-result": on.result,
    "ui/notifications/tool-cancelled": on.cancelled,
    "ui/notifications/host-context-changed": on.context,
  };

  window.addEventListener("message", ({ source, data }: MessageEvent) => {
    if (source !== host || data?.jsonrpc !== "2.0") return;
    const { id, method, params = {}, result = {}, error } = data;
    if (method === undefined) {
      if (error) waiting.get(id)?.reject(error);
      else waiting.get(id)?.resolve(result);
      waiting.delete(id);
    } else if (id === undefined) notifications[method]?.(params);
    else if (method === "ping" || method === "ui/resource-teardown") send({ id, result: {} });
    else send({ id, error: { code: METHOD_NOT_FOUND, message: "Method not found" } });
  });

  const { hostContext = {}, hostCapabilities } = await request("ui/initialize", {
    protocolVersion: PROTOCOL_VERSION,
    appInfo: { name: "hcloud-images", version: "1" },
    appCapabilities: { availableDisplayModes: ["inline"] },
  });
  on.context(hostContext as HostContext);
  send({ method: "ui/notifications/initialized" });
  reportSize((params) => send({ method: "ui/notifications/size-changed", params }));
  return { request, can: (capability) => capability in ((hostCapabilities ?? {}) as Params) };
}

/** Reports the size of the page whenever the height changes: otherwise the frame stays tiny. */
function reportSize(tell: (size: Params) => void): void {
  const root = document.documentElement;
  let told = 0;
  const look = () => {
    const height = Math.ceil(root.getBoundingClientRect().height);
    if (height === told) return;
    told = height;
    tell({ width: Math.ceil(window.innerWidth), height });
  };
  new ResizeObserver(look).observe(root);
  look();
}
