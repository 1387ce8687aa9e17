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
  test("starts and lists its tools without undici, the simulator and the page, which wait until they are needed", async () => {
    const whole = await start((await install()).command);
    expect(whole[1]).toContain("hcloud_plan_image_cleanup");
    const { command } = await install({ without: ["undici.js", "simulator.js", "page.js"] });
    expect(await start(command)).toEqual(whole);
  });

  test("needs no package beside it, also to call the API", async () => {
    const server = spawnCommand(["--demo"], {}, await install());
    server.send(INITIALIZE);
    await server.nextLine();
    server.send(callMessage(2, "hcloud_list_images", { type: "snapshot" }));
    expect(JSON.parse(await server.nextLine()).result.structuredContent.total).toBeGreaterThan(0);
  });

  test("has the page in a part of its own, which is read when a client asks for it", async () => {
    const server = spawnCommand([], {}, await install());
    server.send(INITIALIZE);
    await server.nextLine();
    const params = { uri: "ui://hcloud-images/page.html" };
    server.send({ jsonrpc: "2.0", id: 2, method: "resources/read", params });
    const [{ text }] = JSON.parse(await server.nextLine()).result.contents;
    expect(text).toMatch(/^<!doctype html>/);
  });

  test("brings the licence of each package that is in it", async () => {
    const licences = await readFile(join(dirname(COMMAND), "LICENSES.txt"), "utf8");
    for (const name of ["@modelcontextprotocol/sdk", "undici", "zod"]) {
      expect(licences).toMatch(new RegExp(`^=+\n${name} \\d+\\.\\d+\\.\\d+ \\(.+\\)\n\n`, "m"));
    }
  });
});

describe("what Node compiled", () => {
  test("is kept in the package's own folder where Node can, and answers the same from there", async () => {
    const { folder, command } = await install();
    const first = await start(command);
    expect(existsSync(join(folder, "node_modules", ".cache"))).toBe("enableCompileCache" in module);
    expect(await start(command)).toEqual(first);
  });

  test("is not missed where it cannot be kept", async () => {
    const { folder, command } = await install();
    await writeFile(join(folder, "node_modules"), "this is no folder");
    expect(await start(command)).toEqual(await start((await install()).command));
  });
});
