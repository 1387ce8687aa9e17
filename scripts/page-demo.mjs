// npm run demo -- --page: plan and report of the simulated project in a browser, as a client with MCP Apps shows them.
// A small host on this machine frames the page and prints the messages that the page sends to the chat.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

const PAGE = "ui://hcloud-images/page.html";
const extensions = { "io.modelcontextprotocol/ui": { mimeTypes: ["text/html;profile=mcp-app"] } };
const client = new Client({ name: "demo", version: "1" }, { capabilities: { extensions } });
await client.connect(
  new StdioClientTransport({
    command: process.execPath,
    args: ["dist/index.js", "--demo"],
    stderr: "ignore",
  }),
);
const [page] = (await client.readResource({ uri: PAGE })).contents;
const results = [
  await client.callTool({ name: "hcloud_plan_image_cleanup", arguments: { keep_last: 3 } }),
  await client.callTool({ name: "hcloud_report_images", arguments: {} }),
];
await client.close();

const host = readFileSync(new URL("page-host.js", import.meta.url), "utf8");

const HOST_PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A chat with hcloud-images-mcp</title>
<link rel="icon" href="data:,"><style>
:root { color-scheme: light dark } body { font: 15px system-ui; max-width: 720px; margin: 2em auto; padding: 0 1em }
iframe { width: 100%; height: 40px; border: 1px solid #8885; border-radius: 8px; margin: .5em 0 } pre { white-space: pre-wrap }
</style></head><body><main><p>Plan and report of the simulated project, as a chat shows them. No real image is read or changed.</p></main>
<aside><p>What the page sends to the chat:</p></aside>
<script>${host}
show(${JSON.stringify(results).replaceAll("<", "\\u003c")})</script></body></html>`;

/** A policy that lets the page load nothing from outside. */
const CSP = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:";

/** Commands that open an address in the browser, by platform. @type {Map<string, string[]>} */
const OPENERS = new Map([
  ["darwin", ["open"]],
  ["win32", ["cmd", "/c", "start", '""']],
]);

const server = createServer(({ url }, response) => {
  response.setHeader("Content-Type", "text/html; charset=utf-8");
  if (url === "/page")
    response.setHeader("Content-Security-Policy", CSP).end(page && "text" in page ? page.text : "");
  else response.end(HOST_PAGE);
});
server.listen(0, "127.0.0.1", () => {
  const address = `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}/`;
  console.log(`The page of the simulated project: ${address} (Ctrl-C ends it)`);
  if (!process.stdout.isTTY) return;
  const [command = "", ...args] = OPENERS.get(process.platform) ?? ["xdg-open"];
  // Without a browser, the printed address is enough.
  spawn(command, [...args, address], { stdio: "ignore" }).on("error", () => undefined);
});
