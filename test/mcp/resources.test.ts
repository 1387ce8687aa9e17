import { describe, expect, test } from "vitest";
import {
  answering,
  apiError,
  BACKUP,
  HOSTILE,
  lines,
  MISSING,
  SNAPSHOT,
  SYSTEM,
  start,
  TOKEN,
} from "../support/answers.ts";
import type { Harness } from "../support/harness.ts";
import { snapshot } from "../support/random-images.ts";

const IMAGES = "hcloud://images";

async function read({ mcp }: Harness, uri: string): Promise<Record<string, unknown>> {
  const { contents } = await mcp.readResource({ uri });
  expect(contents).toMatchObject([{ uri, mimeType: "application/json" }]);
  const [content] = contents;
  return JSON.parse(content && "text" in content ? content.text : "");
}

async function complete({ mcp }: Harness, value: string) {
  const ref = { type: "ref/resource" as const, uri: `${IMAGES}/{id}` };
  return (await mcp.complete({ ref, argument: { name: "id", value } })).completion;
}

test("resources/list contains the report, and the templates an image", async () => {
  const { mcp, simulator } = await start();
  const { resources } = await mcp.listResources();
  const { resourceTemplates } = await mcp.listResourceTemplates();
  expect(resources.map(({ uri }) => uri)).toEqual([IMAGES]);
  expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([`${IMAGES}/{id}`]);
  for (const one of [...resources, ...resourceTemplates]) {
    expect(one).toMatchObject({ mimeType: "application/json", title: expect.any(String) });
    expect(one.description?.length).toBeGreaterThan(20);
  }
  expect(simulator.requests).toEqual([]);
});

describe("resources/read", () => {
  test.each([false, true])(
    "the report resource equals the report by server of the tool (read-only: %s)",
    async (readOnly) => {
      const harness = await start({ readOnly });
      const { data } = await harness.call("hcloud_report_images", { group_by: "server" });
      expect(await read(harness, IMAGES)).toEqual(data);
    },
  );

  test.each([SNAPSHOT, BACKUP, SYSTEM, HOSTILE])(
    "the resource of image %i equals the result of the tool",
    async (id) => {
      const harness = await start();
      const { data } = await harness.call("hcloud_get_image", { id });
      expect(await read(harness, `${IMAGES}/${id}`)).toEqual(data);
      expect(JSON.stringify(data)).not.toMatch(/\\u001b|\u202e|\\n/);
    },
  );

  test.each([IMAGES, `${IMAGES}/${SNAPSHOT}`])(
    "%s of a demo says that it is one, first of all",
    async (uri) => {
      const harness = await start({ demo: true });
      const [first] = Object.entries(await read(harness, uri));
      expect(first).toEqual(["project", expect.stringMatching(/^DEMO: a simulated project/)]);
    },
  );

  test("reading a resource changes nothing, and logs nothing", async () => {
    const harness = await start();
    await read(harness, IMAGES);
    await read(harness, `${IMAGES}/${SNAPSHOT}`);
    expect(harness.simulator.writes()).toEqual([]);
    expect(harness.events).toEqual([]);
  });

  test("reading a resource reports progress", async () => {
    const images = Array.from({ length: 130 }, (_, i) => snapshot(i + 1));
    const { mcp } = await start({ images });
    const seen: number[] = [];
    await mcp.readResource({ uri: IMAGES }, { onprogress: ({ progress }) => seen.push(progress) });
    expect(seen.at(-1)).toBe(130);
  });

  test.each([
    `${IMAGES}/`,
    `${IMAGES}/0`,
    `${IMAGES}/-1`,
    `${IMAGES}/01`,
    `${IMAGES}/1e3`,
    `${IMAGES}/9007199254740993`,
    `${IMAGES}/${SNAPSHOT}/actions`,
    `${IMAGES}/../pricing`,
    `${IMAGES}?type=system`,
    "hcloud://servers",
    "file:///etc/passwd",
    "",
  ])("%j is no resource, and nothing is sent", async (uri) => {
    const { mcp, simulator } = await start();
    await expect(mcp.readResource({ uri })).rejects.toMatchObject({
      code: -32002,
      message: expect.stringContaining("hcloud://images and hcloud://images/{id}"),
    });
    expect(simulator.requests).toEqual([]);
  });

  test("a missing image is explained", async () => {
    const { mcp } = await start();
    await expect(mcp.readResource({ uri: `${IMAGES}/${MISSING}` })).rejects.toThrow(
      /There is no such image .*\(not_found, .*hcloud_list_images/,
    );
  });

  test("a missing image has the code of a missing resource", async () => {
    const { mcp } = await start();
    await expect(mcp.readResource({ uri: `${IMAGES}/${MISSING}` })).rejects.toMatchObject({ code: -32002 });
  });

  test.each([IMAGES, `${IMAGES}/${SNAPSHOT}`])(
    "%s states the API's refusal, without the token",
    async (uri) => {
      const harness = await start();
      const told = `for token '${TOKEN.slice(0, 32)}...'`;
      harness.simulator.intercept = answering("GET", "/images", apiError(401, "unauthorized", told));
      const refused = harness.mcp.readResource({ uri });
      await expect(refused).rejects.toThrow(/\(unauthorized\b/);
      await expect(refused).rejects.not.toThrow(TOKEN.slice(0, 8));
    },
  );

  test("the token in a description is redacted", async () => {
    const harness = await start({ images: [snapshot(1, { description: `token ${TOKEN}` })] });
    expect(JSON.stringify(await read(harness, `${IMAGES}/1`))).not.toContain(TOKEN.slice(0, 16));
  });

  test("the report fails when one page fails, because half a project is not a report", async () => {
    const images = Array.from({ length: 120 }, (_, i) => snapshot(i + 1));
    const { mcp, simulator } = await start({ images });
    simulator.intercept = ({ query }, response) => {
      if (new URLSearchParams(query).get("page") !== "2") return;
      response.writeHead(200, { "Content-Type": "application/json" }).end('{"images": []}');
      return "handled";
    };
    await expect(mcp.readResource({ uri: IMAGES })).rejects.toThrow(/malformed_reply/);
  });

  test("reading a resource can be cancelled", async () => {
    const { mcp, simulator, call } = await start();
    const cancel = new AbortController();
    const gone = new Promise<void>((resolve) => {
      simulator.intercept = (_, response) => {
        response.once("close", resolve);
        cancel.abort();
        return "handled";
      };
    });
    await expect(mcp.readResource({ uri: IMAGES }, { signal: cancel.signal })).rejects.toThrow();
    await gone;
    simulator.intercept = undefined;
    await call("hcloud_get_image", { id: SNAPSHOT });
    expect(simulator.requests).toHaveLength(2);
  });
});

describe("completion/complete", () => {
  test.each([
    ["the beginning of one that is there", "39411", ["394118730"]],
    ["part of a description", "golden", ["371904431", "371904418"]],
    ["whatever the case", "BLACK Friday", ["395903321"]],
    ["with blanks around it", " golden web arm ", ["371904431"]],
    ["a backup", "build-arm backup", ["399011806"]],
    ["nothing that is there", "no such words", []],
    ["no id, though it is made of digits", "0118730", []],
    ["a pattern", ".*", []],
  ])("an id is completed by %s: %j", async (_, typed, values) => {
    const harness = await start();
    expect((await complete(harness, typed)).values).toEqual(values);
    expect(lines(harness.simulator.requests)).toEqual(["GET /images"]);
  });

  test.each([
    ["the beginning of none", "3946", []],
    ["what only the inside of an id holds", "118730", []],
    ["the whole id of an image of Hetzner", "67794396", ["67794396"]],
  ])("an id is completed by %s, which may be a whole id: %j", async (_, typed, values) => {
    const harness = await start();
    expect((await complete(harness, typed)).values).toEqual(values);
    expect(lines(harness.simulator.requests)).toEqual(["GET /images", `GET /images/${typed}`]);
  });

  test("an id is completed by a description in capitals", async () => {
    const images = [snapshot(7, { description: "Before The UPDATE" }), snapshot(8)];
    expect((await complete(await start({ images }), "the update")).values).toEqual(["7"]);
  });

  test("an empty value offers all images, the newest first", async () => {
    const { values, hasMore } = await complete(await start(), "");
    expect(values).toHaveLength(34);
    expect(values[0]).toBe("400902275");
    expect(hasMore).toBe(false);
  });

  test("a completion offers at most a hundred images, and states that there are more", async () => {
    const images = Array.from({ length: 230 }, (_, i) => snapshot(i + 1));
    const harness = await start({ images });
    const { values, hasMore } = await complete(harness, "snap");
    expect(values.length).toBeLessThanOrEqual(100);
    expect(hasMore).toBe(true);
    expect(harness.simulator.requests.length).toBeLessThanOrEqual(5);
  });

  test("a completion finds an older image by its whole id, and otherwise states that there are more", async () => {
    const made = (i: number) => new Date(Date.UTC(2026, 0, i + 1)).toISOString();
    const images = Array.from({ length: 60 }, (_, i) =>
      snapshot(1000 + i, { created: made(i), description: `day ${i}.` }),
    );
    const harness = await start({ images });
    expect(await complete(harness, " 1003 ")).toEqual({ values: ["1003"], hasMore: false });
    expect(await complete(harness, "day 3.")).toEqual({ values: [], hasMore: true });
    expect(await complete(harness, "day 10.")).toEqual({ values: ["1010"], hasMore: true });
  });

  test.each([
    ["401", apiError(401, "unauthorized")],
    ["503", apiError(503, "unavailable")],
    ["nonsense", { status: 200, body: "<html>" }],
  ])("a completion offers nothing when the API answers %s", async (_, fault) => {
    const harness = await start();
    harness.simulator.intercept = answering("GET", "/images", fault);
    expect((await complete(harness, "golden")).values).toEqual([]);
  });

  test("a completion of another argument offers nothing, and sends nothing", async () => {
    const { mcp, simulator } = await start();
    const ref = { type: "ref/resource" as const, uri: `${IMAGES}/{id}` };
    const prompt = { type: "ref/prompt" as const, name: "clean_up_snapshots" };
    const foreign = { type: "ref/resource" as const, uri: "hcloud://servers/{id}" };
    const [name, id] = [
      { name: "name", value: "g" },
      { name: "id", value: "" },
    ];
    expect((await mcp.complete({ ref, argument: name })).completion.values).toEqual([]);
    expect((await mcp.complete({ ref: prompt, argument: id })).completion.values).toEqual([]);
    expect((await mcp.complete({ ref: foreign, argument: id })).completion.values).toEqual([]);
    expect(simulator.requests).toEqual([]);
  });
});
