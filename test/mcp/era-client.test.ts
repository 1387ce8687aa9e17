/** All that the server offers, asked for by a client that shares no code with our SDK, in each era. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Progress } from "@modelcontextprotocol/client";
import { describe, expect, onTestFinished, test } from "vitest";
import { startSimulator } from "../../src/simulator/http.ts";
import { MISSING, SNAPSHOT } from "../support/answers.ts";
import { PLAN } from "../support/cleanup.ts";
import { temporaryFolder } from "../support/folder.ts";
import { connectSecondClient, MODES } from "../support/second-client.ts";

const IMAGES = "hcloud://images";

describe.each(MODES)("a client in mode %j", (mode, version) => {
  test("agrees on the version, and starts the server once", async () => {
    const starts = join(temporaryFolder(), "starts");
    const count = `import{appendFileSync}from"node:fs";appendFileSync(${JSON.stringify(starts)},"started ")`;
    const connection = await connectSecondClient({
      mode,
      node: ["--import", `data:text/javascript,${count}`],
    });
    await connection.client.listTools();
    expect(connection.version).toBe(version);
    expect(readFileSync(starts, "utf8")).toBe("started ");
  });

  test("reads who the server is, and what it asks the model to do", async () => {
    const { client } = await connectSecondClient({ mode });
    expect(client.getServerVersion()).toMatchObject({
      name: "hcloud-images-mcp",
      title: expect.stringContaining("DEMO"),
    });
    expect(client.getInstructions()).toContain("confirmation_required");
    expect(client.getServerCapabilities()).toEqual({
      tools: {},
      prompts: {},
      resources: {},
      completions: {},
    });
  });

  test("lists tools, prompts, resources and templates", async () => {
    const { client } = await connectSecondClient({ mode });
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain("hcloud_delete_images");
    expect((await client.listPrompts()).prompts).toHaveLength(3);
    expect((await client.listResources()).resources).toMatchObject([{ uri: IMAGES }]);
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates).toMatchObject([{ uriTemplate: `${IMAGES}/{id}` }]);
  });

  test("calls a tool, and receives the error of a failed call", async () => {
    const { call, client } = await connectSecondClient({ mode });
    const { data, text } = await call("hcloud_get_image", { id: SNAPSHOT });
    expect(data).toMatchObject({ id: SNAPSHOT });
    expect(JSON.parse(text)).toEqual(data);
    expect(await call("hcloud_get_image", { id: MISSING })).toMatchObject({
      isError: true,
      text: expect.stringContaining("not_found"),
    });
    expect(await call("hcloud_get_image", { ids: 1 })).toMatchObject({
      isError: true,
      text: expect.stringContaining("id"),
    });
    await expect(client.callTool({ name: "hcloud_get_imag" })).rejects.toMatchObject({
      code: -32602,
      message: expect.stringContaining('"hcloud_get_image"'),
    });
  });

  test("reads resources, and receives the URI of a missing one", async () => {
    const { client } = await connectSecondClient({ mode });
    for (const uri of [IMAGES, `${IMAGES}/${SNAPSHOT}`])
      expect((await client.readResource({ uri })).contents).toMatchObject([
        { uri, mimeType: "application/json" },
      ]);
    const uri = `${IMAGES}/${MISSING}`;
    await expect(client.readResource({ uri })).rejects.toMatchObject({ code: -32602, data: { uri } });
  });

  test("gets a prompt, and completes an id", async () => {
    const { client } = await connectSecondClient({ mode });
    const prompt = { name: "clean_up_snapshots", arguments: { keep_last: "7" } };
    expect((await client.getPrompt(prompt)).messages).toMatchObject([
      { content: { text: expect.stringContaining(`"keep_last":7`) } },
    ]);
    const ref = { type: "ref/resource" as const, uri: `${IMAGES}/{id}` };
    const { completion } = await client.complete({ ref, argument: { name: "id", value: "36" } });
    expect(completion.values).toContain(String(SNAPSHOT));
  });

  test("receives the progress of a call", async () => {
    const { client } = await connectSecondClient({ mode });
    const seen: Progress[] = [];
    const call = { name: PLAN, arguments: { keep_last: 1 } };
    await client.callTool(call, { onprogress: (one) => seen.push(one) });
    expect(seen.at(-1)).toMatchObject({ progress: expect.any(Number), message: expect.any(String) });
  });

  test("cancels a call, which ends, and makes another one", async () => {
    const simulator = await startSimulator();
    onTestFinished(() => simulator.close());
    const env = { HCLOUD_TOKEN: simulator.token, HCLOUD_ENDPOINT: simulator.endpoint };
    const { client, call } = await connectSecondClient({ mode, args: [], env });
    const cancel = new AbortController();
    const ended = new Promise<void>((resolve) => {
      simulator.intercept = (_, response) => {
        response.once("close", resolve);
        cancel.abort("no longer wanted");
        return "handled";
      };
    });
    const cancelled = client.callTool({ name: "hcloud_list_images" }, { signal: cancel.signal });
    await expect(cancelled).rejects.toThrow("no longer wanted");
    await ended;
    simulator.intercept = undefined;
    expect((await call("hcloud_get_image", { id: SNAPSHOT })).data["id"]).toBe(SNAPSHOT);
  });
});

test("a client that subscribes to changes receives an acknowledgement, and ends the subscription", async () => {
  const { client, call } = await connectSecondClient({ mode: { pin: "2026-07-28" } });
  const subscription = await client.listen({ toolsListChanged: true });
  expect(subscription.honoredFilter).toEqual({});
  await subscription.close();
  expect((await call("hcloud_get_image", { id: SNAPSHOT })).data["id"]).toBe(SNAPSHOT);
});
