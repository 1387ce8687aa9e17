/** How the command starts, and how it ends when it does not serve. Needs `npm run build`. */

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import pkg from "../package.json" with { type: "json" };
import { isNodeTooOld, MIN_NODE } from "../src/version.ts";
import { temporaryFolder } from "./support/folder.ts";
import { callMessage, hasTerminals, INITIALIZE, spawnCommand } from "./support/spawned.ts";

/** Starts the command on a Node that claims to be this version. */
function spawnOnNode(version: string) {
  const file = join(temporaryFolder(), "claim.cjs");
  const [versions, v] = [JSON.stringify({ node: version }), JSON.stringify(`v${version}`)];
  writeFileSync(
    file,
    `Object.defineProperties(process, { versions: { value: ${versions} }, version: { value: ${v} } });`,
  );
  return spawnCommand(["--version"], { NODE_OPTIONS: `--require ${JSON.stringify(file)}` });
}

test("the command refuses a Node that is one patch older than the package supports", async () => {
  const command = spawnOnNode("20.18.0");
  expect(await command.ended).toBe(1);
  expect(command.lines).toEqual([]);
  expect(command.stderr()).toBe("hcloud-images-mcp needs Node.js 20.18.1 or newer; this is v20.18.0.\n");
});

test("the command starts on the oldest Node that the package supports", async () => {
  expect(pkg.engines.node).toBe(`>=${MIN_NODE}`);
  const command = spawnOnNode(MIN_NODE);
  expect(await command.ended).toBe(0);
  expect(command.lines).toEqual([pkg.version]);
});

/** The names of the tools that a server offers with these settings, and what it writes to stderr at its start. */
async function listTools(args: string[], env: Record<string, string>) {
  const server = spawnCommand(["--demo", ...args], env);
  server.send(INITIALIZE);
  server.send({ jsonrpc: "2.0", id: 2, method: "tools/list" });
  await server.nextLine();
  const { result } = JSON.parse(await server.nextLine()) as { result: { tools: { name: string }[] } };
  server.child.stdin.end();
  expect(await server.ended).toBe(0);
  return { names: result.tools.map(({ name }) => name), stderr: server.stderr() };
}

test("a server with unfilled placeholders starts read-only and without an audit file, and says so", async () => {
  const { names, stderr } = await listTools([], {
    HCLOUD_IMAGES_READ_ONLY: "${user_config.read_only}",
    HCLOUD_IMAGES_AUDIT_FILE: "${user_config.audit_file}",
  });
  const [readOnly, auditFile, ...others] = stderr.trimEnd().split("\n");
  expect(names).toEqual((await listTools(["--read-only"], {})).names);
  expect(readOnly).toMatch(/^hcloud-images-mcp: HCLOUD_IMAGES_READ_ONLY .*placeholder.* read-only/);
  expect(auditFile).toMatch(/^hcloud-images-mcp: HCLOUD_IMAGES_AUDIT_FILE .*placeholder/);
  expect(others).toEqual([]);
});

/** The text of a call that reads snapshots, by a server with these settings, and whether it is an error. */
async function listSnapshots(env: Record<string, string>) {
  const server = spawnCommand([], env);
  server.send(INITIALIZE);
  await server.nextLine();
  server.send(callMessage(2, "hcloud_list_images", { type: "snapshot" }));
  const { result } = JSON.parse(await server.nextLine()) as {
    result: { isError?: boolean; content: [{ text: string }] };
  };
  return { isError: result.isError === true, text: result.content[0].text, stderr: server.stderr() };
}

test("a server with HCLOUD_IMAGES_DEMO=true uses the simulated project, even with a token", async () => {
  const env = { HCLOUD_IMAGES_DEMO: "true", HCLOUD_TOKEN: "not a token", HCLOUD_ENDPOINT: "ftp://nowhere" };
  expect(await listSnapshots(env)).toMatchObject({ isError: false, stderr: "" });
});

test.each([{}, { HCLOUD_TOKEN: "${user_config.token}", HCLOUD_IMAGES_DEMO: "false" }])(
  "a server without a token starts with %j, and each call says what to do",
  async (env) => {
    const { isError, text, stderr } = await listSnapshots(env);
    expect([isError, stderr]).toEqual([true, ""]);
    expect(text).toMatch(/\(token_missing\).*HCLOUD_IMAGES_DEMO=true/);
  },
);

test("a server whose stderr is closed serves without a warning", async () => {
  const server = spawnCommand(["--demo"], { HCLOUD_IMAGES_READ_ONLY: "${user_config.read_only}" });
  server.child.stderr.destroy();
  server.send(INITIALIZE);
  expect(JSON.parse(await server.nextLine())).toHaveProperty("result.serverInfo");
});

test("a server with blank settings offers all tools", async () => {
  const blank = { HCLOUD_IMAGES_READ_ONLY: " ", HCLOUD_IMAGES_AUDIT_FILE: "" };
  const { names, stderr } = await listTools([], blank);
  expect(names).toContain("hcloud_delete_image");
  expect(stderr).toBe("");
});

test("a server with any other word for read-only does not start", async () => {
  const server = spawnCommand([], { HCLOUD_IMAGES_READ_ONLY: "ture" });
  expect(await server.ended).toBe(2);
  expect(server.stderr()).toMatch(/^hcloud-images-mcp: HCLOUD_IMAGES_READ_ONLY .*true or false.*\n$/);
  expect(server.lines).toEqual([]);
});

test.each(["--help", "--version", "simulator"])(
  "%s ends without a word when nobody reads stdout",
  async (argument) => {
    const command = spawnCommand([argument]);
    command.child.stdout.destroy();
    expect(await command.ended).toBe(0);
    expect(command.stderr()).toBe("");
  },
);

test("simulator prints its address and token as a line of JSON into a pipe", async () => {
  const { endpoint, token } = JSON.parse(await spawnCommand(["simulator"]).nextLine());
  expect(await statusOf(endpoint, token)).toBe(200);
});

test.skipIf(!hasTerminals)("simulator prints lines to paste into a shell on a terminal", async () => {
  const simulator = spawnCommand(["simulator"], {}, { terminal: true });
  const lines = [await simulator.nextLine(), await simulator.nextLine()];
  const print = `${lines.join("\n")}\nprintenv HCLOUD_ENDPOINT HCLOUD_TOKEN`;
  const [endpoint = "", token = ""] = execFileSync("sh", ["-c", print], { encoding: "utf8" }).split("\n");
  expect(await statusOf(endpoint, token)).toBe(200);
  simulator.child.stdin.write("\u0003");
  expect(await simulator.ended).toBe(0);
  expect(simulator.lines.filter((line) => !line.includes("^C"))).toEqual(lines);
});

async function statusOf(endpoint: string, token: string): Promise<number> {
  const headers = { Authorization: `Bearer ${token}` };
  return (await fetch(`${endpoint}/images?per_page=1`, { headers })).status;
}

test.each([
  ["20.18.1", false],
  ["20.20.2", false],
  ["22.0.0", false],
  ["100.0.0", false],
  ["20.18.0", true],
  ["20.9.0", true],
  ["18.20.8", true],
  ["9.11.2", true],
])("Node %s is too old: %j", (version, isTooOld) => {
  expect(isNodeTooOld(version)).toBe(isTooOld);
});
