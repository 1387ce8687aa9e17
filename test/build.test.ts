/** The folder that was built, alone in a place of its own. Needs `npm run build`. */

import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import module from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { install } from "./support/installed-copy.ts";
import { COMMAND, callMessage, INITIALIZE, spawnCommand } from "./support/spawned.ts";

const LIST_TOOLS = { jsonrpc: "2.0", id: 2, method: "tools/list" };

/** What a server that was installed there answers to `initialize` and `tools/list`; it has ended by itself, and in silence. */
async function start(command: string): Promise<string[]> {
  const server = spawnCommand([], {}, { command });
  server.send(INITIALIZE);
  server.send(LIST_TOOLS);
  server.child.stdin.end();
  expect([await server.ended, server.stderr()]).toEqual([0, ""]);
  return server.lines;
}

describe("the built folder", () => {
  test("the built folder starts and lists its tools without loading undici, the simulator or the page", async () => {
    const whole = await start((await install()).command);
    expect(whole[1]).toContain("hcloud_plan_image_cleanup");
    const { command } = await install({ without: ["undici.js", "simulator.js", "page.js"] });
    expect(await start(command)).toEqual(whole);
  });

  test("the built folder needs no package beside it, not even to call the API", async () => {
    const server = spawnCommand(["--demo"], {}, await install());
    server.send(INITIALIZE);
    await server.nextLine();
    server.send(callMessage(2, "hcloud_list_images", { type: "snapshot" }));
    expect(JSON.parse(await server.nextLine()).result.structuredContent.total).toBeGreaterThan(0);
  });

  test("the built page is a file of its own, which is read when an MCP client requests it", async () => {
    const server = spawnCommand([], {}, await install());
    server.send(INITIALIZE);
    await server.nextLine();
    const params = { uri: "ui://hcloud-images/page.html" };
    server.send({ jsonrpc: "2.0", id: 2, method: "resources/read", params });
    const [{ text }] = JSON.parse(await server.nextLine()).result.contents;
    expect(text).toMatch(/^<!doctype html>/);
  });

  test("the built folder contains the licence of each bundled package", async () => {
    const licences = await readFile(join(dirname(COMMAND), "LICENSES.txt"), "utf8");
    for (const name of ["@modelcontextprotocol/sdk", "undici", "zod"]) {
      expect(licences).toMatch(new RegExp(`^=+\n${name} \\d+\\.\\d+\\.\\d+ \\(.+\\)\n\n`, "m"));
    }
  });
});

describe("compile cache", () => {
  test("the compile cache is in the package's own folder, and results do not depend on it", async () => {
    const { folder, command } = await install();
    const first = await start(command);
    expect(existsSync(join(folder, "node_modules", ".cache"))).toBe("enableCompileCache" in module);
    expect(await start(command)).toEqual(first);
  });

  test("the server starts when the compile cache cannot be written", async () => {
    const { folder, command } = await install();
    await writeFile(join(folder, "node_modules"), "this is no folder");
    expect(await start(command)).toEqual(await start((await install()).command));
  });
});
