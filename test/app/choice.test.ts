/** From the plan to the page to the chat to the deletion: the built server, and what its message leads to. Needs `npm run build`. */

import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { startSimulator } from "../../src/simulator/http.ts";
import { BIN } from "../support/bin.ts";
import { hasChromium, SKIP_NOTE, useBrowser } from "../support/browser.ts";
import { DELETE, EVERY_IMAGE, PLAN } from "../support/cleanup.ts";
import { ERAS, type Era } from "../support/forms.ts";
import { SHOWS_PAGES } from "../support/page-client.ts";
import { snapshot } from "../support/random-images.ts";
import { BARE_ENV, COMMAND } from "../support/spawned.ts";

/** Old snapshots: the built server goes by the real time. */
const old = (count: number): Image[] =>
  Array.from({ length: count }, (_, i) =>
    snapshot(1001 + i, { created: `2025-01-01T00:00:${10 + (i % 50)}Z` }),
  );

interface Call {
  name: string;
  arguments: Record<string, unknown>;
}

/** The call that a message asks the model for. */
function callIn(message = ""): Call {
  const [, name = "", args = ""] = /^Call (\w+) with (\{.*\})$/m.exec(message) ?? [];
  return { name, arguments: JSON.parse(args) };
}

describe.skipIf(!hasChromium)(`the message of the page to the chat${SKIP_NOTE}`, () => {
  const open = useBrowser();

  async function start(images: readonly Image[], era: Era = "2025-11-25") {
    const simulator = await startSimulator({ images });
    onTestFinished(() => simulator.close());
    const isModern = era === "2026-07-28";
    const client = new Client(
      { name: "host", version: "0" },
      {
        capabilities: { extensions: SHOWS_PAGES as never },
        versionNegotiation: { mode: isModern ? { pin: era } : "legacy" },
        ...(!isModern && { supportedProtocolVersions: [era] }),
      },
    );
    const env = { ...BARE_ENV, HCLOUD_TOKEN: simulator.token, HCLOUD_ENDPOINT: simulator.endpoint };
    await client.connect(
      new StdioClientTransport({ command: process.execPath, args: [COMMAND], env, stderr: "ignore" }),
    );
    onTestFinished(() => client.close());
    const host = await open();
    await host.send(await client.callTool({ name: PLAN, arguments: EVERY_IMAGE }));
    await host.frame.getByRole("heading", { name: /^Would delete/ }).waitFor();
    const send = async (button: RegExp) => {
      await host.frame.getByRole("button", { name: button }).click();
      await expect.poll(() => host.read("messages")).toHaveLength(1);
      const [message = ""] = await host.read<string>("messages");
      return message;
    };
    const left = () => [...simulator.state.images.keys()];
    return { ...host, simulator, client, send, left };
  }

  test.each(ERAS)(
    "the message deletes exactly the images whose boxes are empty, in version %s",
    async (era) => {
      const { frame, send, client, simulator, left } = await start(old(5), era);
      await frame.locator("#keep-1002").check();
      await frame.locator("#keep-1005").check();
      const message = await send(/^Ask the chat to delete these 3$/);
      expect(message).toMatch(
        /^Delete 3 snapshots of the plan \(4\.50 GB\), as chosen on its page\. Keep 2 snapshots of it: 1002, 1005\.\n/,
      );
      expect(simulator.writes()).toEqual([]);
      const call = callIn(message);
      expect(call).toEqual({
        name: DELETE,
        arguments: { confirm: expect.any(String), except: [1002, 1005], count: 3 },
      });
      const { structuredContent } = await client.callTool(call);
      expect(structuredContent).toMatchObject({ status: "done", freed_gb: 4.5 });
      expect(left()).toEqual([1002, 1005]);
    },
  );

  test("the message deletes the whole plan when no box is ticked", async () => {
    const { send, client, left } = await start(old(60));
    const call = callIn(await send(/^Ask the chat to delete these 60$/));
    expect(Object.keys(call.arguments)).toEqual(["confirm", "count"]);
    await client.callTool(call);
    expect(left()).toEqual([]);
  });

  test("the message names the images to delete by id when more than 100 are kept", async () => {
    const { frame, send, client, left } = await start(old(150));
    await frame.getByText("web-1 (42): 150").click();
    await frame.getByRole("checkbox", { name: "Keep all 150" }).check();
    await frame.locator("#keep-1042").uncheck();
    await client.callTool(callIn(await send(/^Ask the chat to delete this one$/)));
    expect(left()).toHaveLength(149);
    expect(left()).not.toContain(1042);
  });

  test("the message moves exactly the images whose boxes are empty to the bin, and deletes none", async () => {
    const { frame, send, client, simulator } = await start(old(5));
    await frame.locator("#keep-1002").check();
    const message = await send(/^Ask the chat to bin these 4$/);
    expect(message).toMatch(
      /^Move 4 snapshots of the plan \(6\.00 GB\) to the recycle bin, as chosen on its page\. Keep 1 snapshot of it: 1002\.\n/,
    );
    const call = callIn(message);
    expect(call).toEqual({
      name: BIN,
      arguments: { plan: expect.any(String), except: [1002], count: 4 },
    });
    const { structuredContent } = await client.callTool(call);
    expect(structuredContent).toMatchObject({ status: "done" });
    const moved = [...simulator.state.images.values()].filter(({ labels }) => labels["bin/due"]);
    expect(moved.map(({ id }) => id)).toEqual([1001, 1003, 1004, 1005]);
    expect(simulator.state.images.size).toBe(5);
  });

  test("the message names the images to bin by id when more than 100 are kept", async () => {
    const { frame, send, client, simulator } = await start(old(150));
    await frame.getByText("web-1 (42): 150").click();
    await frame.getByRole("checkbox", { name: "Keep all 150" }).check();
    await frame.locator("#keep-1042").uncheck();
    const call = callIn(await send(/^Ask the chat to bin this one$/));
    expect(call.arguments).toEqual({ plan: expect.any(String), ids: [1042], count: 1 });
    await client.callTool(call);
    expect(simulator.writes().map(({ path }) => path)).toEqual(["/images/1042"]);
  });

  test("the message deletes nothing when everything is kept", async () => {
    const { send, simulator } = await start(old(5));
    expect(await send(/^Keep everything$/)).not.toContain("Call");
    expect(simulator.writes()).toEqual([]);
  });

  test("the page calls no tool, not even one that the host would let it call", async () => {
    const { frame, send, read } = await start(old(5));
    await frame.locator("#keep-1002").check();
    await send(/^Ask the chat to delete these 4$/);
    expect(await read("calls")).toEqual([]);
  });
});
