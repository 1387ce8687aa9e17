/** Requests that end in a protocol error before any tool is called. */

import { start } from "../answers.ts";
import { ask, askModern, ENVELOPE, PREFIX } from "../modern.ts";
import { type ErrorSentence, readRequestError } from "./error-sentence.ts";

const without = (name: string, value?: unknown) => ({ _meta: { ...ENVELOPE, [`${PREFIX}/${name}`]: value } });

export async function collectRequestErrors(): Promise<ErrorSentence[]> {
  const harness = await start();
  const listed = (what: object) => ask(harness, "tools/list", what);
  const prompt = (name: string, args: object = {}) => ask(harness, "prompts/get", { name, arguments: args });
  const requests: [where: string, request: Promise<unknown>][] = [
    ["tools/call", ask(harness, "tools/call", { name: "hcloud_delete_imges", arguments: {} })],
    ["tools/call", ask(harness, "tools/call", { name: 5 })],
    ["tools/list", listed({ cursor: "2" })],
    ["tools/list", listed(without("protocolVersion"))],
    ["tools/list", listed(without("protocolVersion", "2030-01-01"))],
    ["tools/list", listed(without("clientCapabilities"))],
    ["tools/list", listed(without("logLevel", "loud"))],
    ["subscriptions/listen", askModern(harness, "subscriptions/listen")],
    ["tasks/list", ask(harness, "tasks/list")],
    ["prompts/get", prompt("clean_up")],
    ["prompts/get", prompt("clean_up_snapshots", { keep_last: "0" })],
    ["resources/read", ask(harness, "resources/read", { uri: "hcloud://servers" })],
    ["resources/read", ask(harness, "resources/read", { uri: "hcloud://images/123" })],
  ];
  return Promise.all(requests.map(([where, request]) => readRequestError(where, request)));
}
