/** The Claude Desktop bundle: packed, unpacked, and started as Claude Desktop starts it. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { getMcpConfigForManifest, replaceVariables, unpackExtension } from "@anthropic-ai/mcpb";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { decode } from "fast-png";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { drawIcon } from "../scripts/icon.mjs";
import { startSimulator } from "../src/simulator/http.ts";
import { BARE_ENV } from "./support/spawned.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "bundle-test-"));
const bundle = join(work, "made.mcpb");
// Where Claude Desktop keeps extensions there is a blank in the path.
const folder = join(work, "Claude Extensions");
const manifest = JSON.parse(readFileSync(join(root, "manifest.json"), "utf8"));

beforeAll(async () => {
  execFileSync(process.execPath, ["scripts/bundle.mjs", bundle], { cwd: root });
  await unpackExtension({ mcpbPath: bundle, outputDir: folder, silent: true });
}, 60_000);
afterAll(() => rmSync(work, { recursive: true, force: true }));

interface Launch {
  command: string;
  args?: string[] | undefined;
  env?: Record<string, string> | undefined;
}

/** A client of the unpacked server, which looks after a simulated project. */
async function connect(fill: (token: string) => Promise<Launch | undefined> | Launch) {
  const simulator = await startSimulator();
  const launch = await fill(simulator.token);
  if (!launch) throw new Error("the host would not start this");
  const { command, args = [], env } = launch;
  const client = new Client({ name: "desktop", version: "0" });
  onTestFinished(async () => {
    await client.close();
    await simulator.close();
  });
  const set = { ...BARE_ENV, HCLOUD_ENDPOINT: simulator.endpoint, ...env };
  await client.connect(new StdioClientTransport({ command, args, env: set, cwd: work }));
  return { client, simulator };
}

/** Placeholders of settings that nobody gave a value stay as they are. */
function fill(settings: Record<string, string>): Launch {
  const given = Object.entries(settings).map(([key, value]) => [`user_config.${key}`, value]);
  return replaceVariables(manifest.server.mcp_config, {
    __dirname: folder,
    ...Object.fromEntries(given),
  }) as Launch;
}

test("the bundle is at most 400 kB and contains only the server and its licences", () => {
  expect(statSync(bundle).size).toBeLessThanOrEqual(400_000);
  expect(readdirSync(folder).sort()).toEqual([
    "LICENSE",
    "dist",
    "docs",
    "icon.png",
    "manifest.json",
    "package.json",
  ]);
  expect(readdirSync(join(folder, "dist")).sort()).toEqual(readdirSync(join(root, "dist")).sort());
  expect(readFileSync(join(folder, "manifest.json"), "utf8")).toBe(
    readFileSync(join(root, "manifest.json"), "utf8"),
  );
});

test.each([
  ["blank switches, whose placeholders remain,", {}, false],
  ["the read-only switch off and the other blank", { read_only: "false" }, false],
  ["the demo switch off and the other blank", { demo: "false" }, false],
  ["both switches off", { demo: "false", read_only: "false" }, true],
  ["the read-only switch on", { demo: "false", read_only: "true" }, false],
])("the bundle with %s uses the real project and offers the right tools", async (_, settings, changes) => {
  const { client, simulator } = await connect((token) => fill({ token, ...settings }));
  const { tools } = await client.listTools();
  const offered = tools.map(({ name }) => name);
  expect(offered.includes("hcloud_delete_images")).toBe(changes);
  if (changes) expect(offered).toEqual(manifest.tools.map(({ name }: { name: string }) => name));

  const result = await client.callTool({ name: "hcloud_list_images", arguments: { type: "snapshot" } });
  expect(result.structuredContent).toMatchObject({ columns: expect.arrayContaining(["id", "created"]) });
  expect(simulator.requests.map(({ rawUrl, headers }) => [rawUrl, headers["authorization"]])).toEqual([
    ["/v1/images?type=snapshot", `Bearer ${simulator.token}`],
  ]);
});

/** How the bundle format's own rules start the server with these settings. */
const fillByFormat = (userConfig: Record<string, string | boolean>) =>
  getMcpConfigForManifest({
    manifest,
    extensionPath: folder,
    systemDirs: {},
    userConfig: userConfig as Record<string, string>,
    pathSeparator: "/",
  });

test("the bundle format requires only the token", async () => {
  const { client, simulator } = await connect((token) => fillByFormat({ token }));
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toContain("hcloud_delete_images");
  const result = await client.callTool({ name: "hcloud_report_images", arguments: {} });
  expect(result.isError).toBeUndefined();
  expect(simulator.requests).not.toEqual([]);
});

test("the bundle starts without a token, and a call names the next step", async () => {
  const { client, simulator } = await connect(() => fillByFormat({}));
  const { isError, content } = await client.callTool({ name: "hcloud_report_images", arguments: {} });
  expect(isError).toBe(true);
  expect(content).toMatchObject([{ text: expect.stringContaining("(token_missing)") }]);
  expect(simulator.requests).toEqual([]);
});

test.each([{}, { token: "x".repeat(64) }])(
  "the bundle with the demo switch on uses the simulated project with %j",
  async (settings) => {
    const { client, simulator } = await connect(() => fillByFormat({ ...settings, demo: true }));
    const request = { name: "hcloud_delete_image", arguments: { id: 362118904 } };
    const { structuredContent } = await client.callTool(request);
    expect(structuredContent).toMatchObject({ preview: { project: expect.stringMatching(/^DEMO/) } });
    expect(simulator.requests).toEqual([]);
  },
);

test("the bundle contains the screenshots of its manifest", () => {
  const sizes = manifest.screenshots.map((file: string) => decode(readFileSync(join(folder, file))).width);
  expect(sizes).toEqual([expect.any(Number)]);
});

test("the icon is as its script draws it: 512 by 512 pixels, with transparent corners and smooth edges", () => {
  const bytes = readFileSync(join(folder, manifest.icon));
  expect(bytes.equals(drawIcon())).toBe(true);
  const { width, height, channels, data } = decode(bytes);
  expect([width, height, channels]).toEqual([512, 512, 4]);
  const alphas = Array.from({ length: width * height }, (_, i) => data[i * 4 + 3] ?? 0);
  expect([alphas[0], alphas.at(-1), alphas[256 * width + 256]]).toEqual([0, 0, 255]);
  expect(alphas.filter((alpha) => alpha > 0 && alpha < 255).length).toBeGreaterThan(500);
});
