// A real MCP client of the built server, for counts; timing uses raw lines (processes.mjs).
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

/** @param {{ endpoint: string, token: string }} api */
export async function connectClient({ endpoint, token }) {
  const client = new Client({ name: "bench", version: "1" });
  const env = { HCLOUD_ENDPOINT: endpoint, HCLOUD_TOKEN: token };
  await client.connect(new StdioClientTransport({ command: process.execPath, args: ["dist/index.js"], env }));
  return client;
}

/** Returns the text that a model reads; throws if the call failed. @param {any} result @returns {string} */
export function textOf(result) {
  if (result.isError) throw new Error(result.content[0].text);
  return result.content[0].text;
}
