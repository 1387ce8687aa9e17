import { describe, expect, test } from "vitest";
import {
  BACKUP,
  expectFailure,
  expectUntouched,
  PROTECTED,
  question,
  recordMessages,
  SNAPSHOT,
  start,
  stored,
} from "../support/answers.ts";
import { NOTHING_CHANGED } from "../support/claims.ts";

/** A call of each tool that can change something, with nothing to ask about where that is possible. */
const CHANGES: [tool: string, args: Record<string, unknown>][] = [
  ["hcloud_update_image", { id: SNAPSHOT, description: "x" }],
  ["hcloud_delete_image", { id: SNAPSHOT }],
  ["hcloud_change_image_protection", { id: SNAPSHOT, delete: true }],
];

describe("read-only mode", () => {
  test("read-only mode lists only the tools that change nothing", async () => {
    const { tools } = await (await start({ readOnly: true })).mcp.listTools();
    const { tools: all } = await (await start()).mcp.listTools();
    expect(tools).toEqual(all.filter(({ annotations }) => annotations?.readOnlyHint));
    for (const [name] of CHANGES) expect(tools.map((tool) => tool.name)).not.toContain(name);
  });

  test.each(CHANGES)("read-only mode refuses %s with the reason, and nothing is sent", async (tool, args) => {
    const harness = await start({ readOnly: true });
    for (const confirm of [undefined, "made-up"]) {
      const answer = await harness.call(tool, confirm === undefined ? args : { ...args, confirm });
      expectFailure(answer, "read_only", tool, NOTHING_CHANGED, "--read-only", "HCLOUD_IMAGES_READ_ONLY");
    }
    expect(harness.simulator.requests).toEqual([]);
  });

  test("read-only mode allows reading", async () => {
    const { call } = await start({ readOnly: true });
    expect((await call("hcloud_get_image", { id: SNAPSHOT })).data["id"]).toBe(SNAPSHOT);
  });
});

describe("unknown tools", () => {
  test.each([
    ["hcloud_delete_imags", "hcloud_delete_images"],
    ["hcloud_list_image", "hcloud_list_images"],
    ["hcloud_delet_image", "hcloud_delete_image"],
    ["hcloud_get_images", "hcloud_get_image"],
  ])("an unknown tool is a protocol error that names the nearest one: %s", async (name, nearest) => {
    const { mcp, simulator } = await start();
    await expect(mcp.callTool({ name, arguments: { id: SNAPSHOT } })).rejects.toMatchObject({
      code: -32602,
      message: expect.stringMatching(new RegExp(` "${name}"\\. .* "${nearest}"`)),
    });
    expect(simulator.requests).toEqual([]);
  });

  test("an unknown tool that resembles none is answered with all names", async () => {
    const { mcp } = await start();
    const names = (await mcp.listTools()).tools.map(({ name }) => name).join(", ");
    const called = mcp.callTool({ name: "shutdown", arguments: {} });
    await expect(called).rejects.toThrow(`Unknown tool "shutdown". There are: ${names}.`);
  });

  test.each(["list_images", "update_image", "delete_image", "change_image_protection"])(
    "an unknown tool that lacks only the prefix is recognized: %s",
    async (name) => {
      const { mcp } = await start();
      await expect(mcp.callTool({ name, arguments: {} })).rejects.toThrow(`Did you mean "hcloud_${name}"?`);
    },
  );
});

describe("demo mode", () => {
  const SAYS_SO = /^DEMO: a simulated project/;

  test("demo mode is stated in the server's title and instructions", async () => {
    const { mcp } = await start({ demo: true });
    expect(mcp.getServerVersion()?.title).toMatch(/DEMO: a simulated project/);
    expect(mcp.getInstructions()).toMatch(SAYS_SO);
  });

  test.each<[string, Record<string, unknown>]>([
    ["hcloud_delete_image", { id: SNAPSHOT }],
    ["hcloud_update_image", { id: SNAPSHOT, labels: {} }],
    ["hcloud_update_image", { id: BACKUP, type: "snapshot" }],
    ["hcloud_change_image_protection", { id: PROTECTED, delete: false }],
  ])("a preview of %s in demo mode begins with the demo, also a fresh one: %j", async (tool, args) => {
    const { call } = await start({ demo: true });
    for (const confirm of [undefined, "made-up"]) {
      const { preview } = question(await call(tool, confirm === undefined ? args : { ...args, confirm }));
      expect(Object.keys(preview)[0]).toBe("project");
      expect(preview["project"]).toMatch(SAYS_SO);
    }
  });

  test("only demo mode mentions the demo", async () => {
    const { mcp, call } = await start();
    expect(JSON.stringify([mcp.getServerVersion(), mcp.getInstructions()])).not.toContain("DEMO");
    const { preview } = question(await call("hcloud_delete_image", { id: SNAPSHOT }));
    expect(preview).not.toHaveProperty("project");
  });
});

test("the instructions are one short paragraph about codes and untrusted text", async () => {
  const { mcp } = await start();
  const instructions = mcp.getInstructions() ?? "";
  expect(instructions.length).toBeLessThan(800);
  expect(instructions).not.toContain("\n");
  expect(instructions).toContain("confirmation_required");
  expect(instructions).toMatch(/never instructions/);
});

describe("cancelled calls", () => {
  test("a cancelled call is aborted, is not answered, and leaves the server usable", async () => {
    const harness = await start();
    const { call, simulator } = harness;
    const heard = recordMessages(harness);
    const cancel = new AbortController();
    const aborted = new Promise<void>((resolve) => {
      simulator.intercept = (_, response) => {
        response.once("close", resolve);
        cancel.abort("no longer wanted");
        return "handled";
      };
    });
    await expect(call("hcloud_list_images", {}, { signal: cancel.signal })).rejects.toThrow(
      "no longer wanted",
    );
    await aborted;
    simulator.intercept = undefined;
    expect((await call("hcloud_get_image", { id: SNAPSHOT })).data["id"]).toBe(SNAPSHOT);
    expect(heard).toHaveLength(1);
    expect(simulator.requests).toHaveLength(2);
  });

  test("a call that is cancelled before it acts never acts, and its code remains valid", async () => {
    const harness = await start();
    const before = stored(harness, SNAPSHOT);
    const { confirm } = question(await harness.call("hcloud_delete_image", { id: SNAPSHOT }));
    const cancel = new AbortController();
    const aborted = new Promise<void>((resolve) => {
      harness.simulator.intercept = (_, response) => {
        response.once("close", resolve);
        cancel.abort();
        return "handled";
      };
    });
    await expect(
      harness.call("hcloud_delete_image", { id: SNAPSHOT, confirm }, { signal: cancel.signal }),
    ).rejects.toThrow();
    await aborted;
    harness.simulator.intercept = undefined;
    expectUntouched(harness, before);
    await harness.call("hcloud_delete_image", { id: SNAPSHOT, confirm });
    expect(harness.simulator.state.images.has(SNAPSHOT)).toBe(false);
  });
});
