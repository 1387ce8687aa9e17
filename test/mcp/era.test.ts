import type { ClientCapabilities, Progress } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, test } from "vitest";
import type { Handler } from "../../src/mcp/dispatch.ts";
import { speakBothEras } from "../../src/mcp/era.ts";
import { MISSING, recordMessages, SNAPSHOT, start, TOKEN } from "../support/answers.ts";
import { PLAN } from "../support/cleanup.ts";
import { ask, askModern, ENVELOPE, PREFIX } from "../support/modern.ts";
import { startWithRules } from "../support/rules.ts";
import { INITIALIZE } from "../support/spawned.ts";

const METHODS: [method: string, params: object][] = [
  ["tools/list", {}],
  ["tools/call", { name: "hcloud_get_image", arguments: { id: SNAPSHOT } }],
  ["tools/call", { name: "hcloud_get_image", arguments: { id: MISSING } }],
  ["prompts/list", {}],
  ["prompts/get", { name: "review_image_costs" }],
  ["resources/list", {}],
  ["resources/templates/list", {}],
  ["resources/read", { uri: `hcloud://images/${SNAPSHOT}` }],
  ["completion/complete", { ref: { type: "ref/prompt", name: "x" }, argument: { name: "a", value: "" } }],
];

/** The members that only version 2026-07-28 adds to a result. */
const ADDED = ["resultType", "ttlMs", "cacheScope", "_meta"];

describe.each(METHODS)("%s with %j", (method, params) => {
  test("answers the same in both eras, apart from the fields that 2026-07-28 adds to each result", async () => {
    const harness = await start();
    const legacy = await ask(harness, method, params);
    expect(Object.keys(legacy).filter((key) => ADDED.includes(key))).toEqual([]);
    const modern = await askModern(harness, method, params);
    expect(modern).toMatchObject({
      resultType: "complete",
      _meta: { [`${PREFIX}/serverInfo`]: { name: "hcloud-images-mcp", version: "0.0.0-test" } },
    });
    const common = Object.entries(modern).filter(([key]) => !ADDED.includes(key));
    const withoutIds = (result: object) => JSON.stringify(result).replace(/correlation id \w+/g, "");
    expect(withoutIds(Object.fromEntries(common))).toBe(withoutIds(legacy));
  });

  test("states for how long its result may be reused if it is a list or a resource", async () => {
    const { ttlMs, cacheScope } = await askModern(await start(), method, params);
    const expected = method.endsWith("/list") ? 300_000 : method === "resources/read" ? 0 : undefined;
    expect([ttlMs, cacheScope]).toEqual([expected, expected === undefined ? undefined : "private"]);
  });
});

test("server/discover states the version, the capabilities and the instructions", async () => {
  const harness = await start({ context: "shop" });
  const result = await askModern(harness, "server/discover");
  expect(result).toEqual({
    resultType: "complete",
    supportedVersions: ["2026-07-28"],
    capabilities: harness.mcp.getServerCapabilities(),
    instructions: harness.mcp.getInstructions(),
    ttlMs: 300_000,
    cacheScope: "private",
    _meta: { [`${PREFIX}/serverInfo`]: harness.mcp.getServerVersion() },
  });
});

describe("with a rules file that is replaced while the server runs", () => {
  async function startReplaced() {
    const harness = await startWithRules("min_age_days = 3");
    harness.file.replace('never = ["role=golden"]\ntools = ["hcloud_report_images"]');
    return harness;
  }

  test.each([
    ["server/discover", askModern, {}],
    ["a second initialize", ask, INITIALIZE.params],
  ])("%s tells the rules in force", async (name, send, params) => {
    const method = name.includes(" ") ? "initialize" : name;
    const { instructions } = await send(await startReplaced(), method, params);
    expect(instructions).toContain("role=golden");
    expect(instructions).not.toContain("3 days");
  });

  test("no client may reuse what the rules can change", async () => {
    const harness = await startReplaced();
    const listed = await askModern(harness, "tools/list");
    expect(listed["tools"]).toHaveLength(1);
    expect(listed["ttlMs"]).toBe(0);
    expect((await askModern(harness, "server/discover"))["ttlMs"]).toBe(0);
    expect((await askModern(harness, "prompts/list"))["ttlMs"]).toBe(300_000);
  });
});

describe("request envelope of 2026-07-28", () => {
  const { [`${PREFIX}/protocolVersion`]: _, ...withoutVersion } = ENVELOPE;
  const { [`${PREFIX}/clientCapabilities`]: __, ...withoutCapabilities } = ENVELOPE;

  test.each<[what: string, method: string, meta: object | undefined, problem: string]>([
    ["no version", "tools/list", withoutVersion, "protocolVersion: "],
    ["no capabilities", "tools/list", withoutCapabilities, "clientCapabilities: "],
    [
      "a list of capabilities",
      "tools/list",
      { ...ENVELOPE, [`${PREFIX}/clientCapabilities`]: [] },
      "clientCapabilities: ",
    ],
    [
      "a number for a version",
      "tools/list",
      { ...ENVELOPE, [`${PREFIX}/protocolVersion`]: 20260728 },
      "protocolVersion: ",
    ],
    ["an unknown log level", "tools/list", { ...ENVELOPE, [`${PREFIX}/logLevel`]: "loud" }, "debug, info"],
    ["nothing in it", "server/discover", {}, "protocolVersion: "],
    ["no _meta at all", "server/discover", undefined, "protocolVersion: "],
  ])("an envelope with %s is refused with the missing field", async (_, method, _meta, problem) => {
    await expect(ask(await start(), method, { _meta })).rejects.toMatchObject({
      code: -32602,
      message: expect.stringContaining(problem),
    });
  });

  test("an envelope needs no client name, and may ask for logs of any level, though the server sends none", async () => {
    const harness = await start();
    const heard = recordMessages(harness);
    const { [`${PREFIX}/clientInfo`]: _, ...anonymous } = ENVELOPE;
    await ask(harness, "tools/list", { _meta: { ...anonymous, [`${PREFIX}/logLevel`]: "debug" } });
    expect(heard).toHaveLength(1);
  });

  test.each(["2027-03-31", "2025-11-25", "", TOKEN])(
    "an envelope of version %j is refused with the supported version",
    async (version) => {
      const _meta = { [`${PREFIX}/protocolVersion`]: version };
      for (const method of ["server/discover", "tools/list", "of/tomorrow"]) {
        await expect(ask(await start(), method, { _meta })).rejects.toMatchObject({
          code: -32022,
          data: { supported: ["2026-07-28"], requested: version === TOKEN ? "[redacted]" : version },
        });
      }
    },
  );
});

test.each(["initialize", "ping", "logging/setLevel", "resources/subscribe", "of/tomorrow"])(
  "%s is no method of 2026-07-28",
  async (method) => {
    const { params } = INITIALIZE;
    await expect(askModern(await start(), method, params)).rejects.toMatchObject({ code: -32601 });
  },
);

test("subscriptions/listen is no method of the older versions", async () => {
  const asked = ask(await start(), "subscriptions/listen", { notifications: {} });
  await expect(asked).rejects.toMatchObject({ code: -32601 });
});

test("a missing resource has the code for invalid params, and its URI without the token", async () => {
  const harness = await start();
  for (const [uri, shown] of [[`hcloud://images/${MISSING}`], [`hcloud://${TOKEN}`, "hcloud://[redacted]"]])
    await expect(askModern(harness, "resources/read", { uri })).rejects.toMatchObject({
      code: -32602,
      data: { uri: shown ?? uri },
    });
});

test("a request of 2026-07-28 receives the progress that it asks for", async () => {
  const seen: Progress[] = [];
  const params = { name: PLAN, arguments: { keep_last: 1 } };
  await askModern(await start(), "tools/call", params, { onprogress: (one) => seen.push(one) });
  expect(seen.length).toBeGreaterThan(0);
});

test("a cancelled call of 2026-07-28 ends, and is not answered", async () => {
  const harness = await start();
  const heard = recordMessages(harness);
  const cancel = new AbortController();
  const ended = new Promise<void>((resolve) => {
    harness.simulator.intercept = (_, response) => {
      response.once("close", resolve);
      cancel.abort("no longer wanted");
      return "handled";
    };
  });
  const call = { name: "hcloud_list_images" };
  await expect(askModern(harness, "tools/call", call, { signal: cancel.signal })).rejects.toThrow(
    "no longer wanted",
  );
  await ended;
  await askModern(harness, "tools/list");
  expect(heard).toHaveLength(1);
});

test("both eras are served on one connection, with one store of confirmation codes", async () => {
  const harness = await start();
  const remove = { name: "hcloud_delete_image", arguments: { id: SNAPSHOT } };
  const { structuredContent } = await askModern(harness, "tools/call", remove);
  const { confirm } = structuredContent as { confirm: string };
  const { data } = await harness.call("hcloud_delete_image", { id: SNAPSHOT, confirm });
  expect(data["status"]).toBe("done");
});

describe("client capabilities", () => {
  const FORMS = { elicitation: { form: {} } };

  function record() {
    const seen: (ClientCapabilities | undefined)[] = [];
    const handler: Handler = async (_, { clientCapabilities }) => {
      seen.push(clientCapabilities);
      return {};
    };
    const serverInfo = { name: "test", version: "0" };
    const speak = speakBothEras({
      ...{ legacy: handler, modern: handler, serverInfo, redact: String, hasRulesFile: false },
    });
    const extra = {
      requestId: 1,
      signal: new AbortController().signal,
      sendNotification: async () => undefined,
      sendRequest: () => Promise.reject(new Error("nothing is asked")),
    };
    const send = (method: string, params: Record<string, unknown> = {}) =>
      speak({ jsonrpc: "2.0", id: 1, method, params }, extra);
    return { seen, send };
  }

  test("the capabilities of a client are those of initialize in the older versions", async () => {
    const { seen, send } = record();
    await send("tools/list");
    await send("initialize", { capabilities: FORMS });
    await send("tools/list");
    expect(seen).toEqual([{}, FORMS, FORMS]);
  });

  test("the capabilities of a client are those of each request in 2026-07-28", async () => {
    const { seen, send } = record();
    await send("initialize", { capabilities: FORMS });
    await send("tools/list", { _meta: ENVELOPE });
    await send("tools/list", { _meta: { ...ENVELOPE, [`${PREFIX}/clientCapabilities`]: FORMS } });
    expect(seen).toEqual([FORMS, {}, FORMS]);
  });

  test.each([null, "forms", ["forms"], undefined])(
    "a client can do nothing when initialize declares %j",
    async (capabilities) => {
      const { seen, send } = record();
      await send("initialize", { capabilities });
      expect(seen).toEqual([{}]);
    },
  );
});
