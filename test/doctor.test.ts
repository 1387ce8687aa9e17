import { once } from "node:events";
import { describe, expect, onTestFinished, test } from "vitest";
import { checkNode } from "../src/doctor.ts";
import { startSimulator } from "../src/simulator/http.ts";
import { contextText, writeCliFile } from "./support/cli-file.ts";
import { runDoctor, startUnchangedCloud, UNKNOWN_TOKEN } from "./support/doctor.ts";
import { spawnCommand } from "./support/spawned.ts";

describe("doctor", () => {
  test("finds nothing wrong and counts the images, with three requests", async () => {
    const { endpoint, token, requests } = await startUnchangedCloud();
    const { code, lines } = await runDoctor([], { HCLOUD_TOKEN: token, HCLOUD_ENDPOINT: endpoint });
    expect(lines).toEqual([
      "ok    options: all tools are offered",
      "ok    confirmation: auto. The user confirms in a form if the MCP client shows forms, otherwise by the code of a preview",
      `ok    endpoint: ${endpoint}, from HCLOUD_ENDPOINT`,
      "ok    token: set, from HCLOUD_TOKEN",
      "ok    connection: the API answers",
      "ok    token: the API accepts it",
      "ok    rights: read & write",
      "ok    images: 28 snapshots, 6 backups",
    ]);
    expect(code).toBe(0);
    expect(requests.map(({ method, rawUrl, status }) => [method, rawUrl, status])).toEqual([
      ["GET", "/v1/images?type=snapshot&per_page=1", 200],
      ["PUT", "/v1/images/9007199254740991", 404],
      ["GET", "/v1/images?type=backup&per_page=1", 200],
    ]);
  });

  test("counts the images, and says when the API gives no total", async () => {
    const cloud = await startSimulator();
    onTestFinished(() => cloud.close());
    const images = [...cloud.state.images.values()];
    const [snapshot] = images.filter(({ type }) => type === "snapshot");
    for (const { id, type } of images)
      if (["snapshot", "backup"].includes(type) && id !== snapshot?.id) cloud.state.images.delete(id);
    const env = { HCLOUD_TOKEN: cloud.token, HCLOUD_ENDPOINT: cloud.endpoint };
    expect((await runDoctor([], env)).lines.at(-1)).toBe("ok    images: 1 snapshot, 0 backups");

    cloud.intercept = ({ rawUrl }, response) => {
      if (!rawUrl.includes("type=backup")) return undefined;
      const pagination = { page: 1, per_page: 1, previous_page: null, next_page: null };
      const body = {
        images: [],
        meta: { pagination: { ...pagination, last_page: null, total_entries: null } },
      };
      response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(body));
      return "handled";
    };
    expect((await runDoctor([], env)).lines.at(-1)).toBe(
      "ok    images: 1 snapshot, an unknown number of backups",
    );
  });

  test("notes a token that may only read", async () => {
    const { endpoint, readOnlyToken, requests } = await startUnchangedCloud();
    const { code, lines } = await runDoctor([], { HCLOUD_TOKEN: readOnlyToken, HCLOUD_ENDPOINT: endpoint });
    expect(lines.slice(-2)).toEqual([
      expect.stringMatching(/^note {2}rights: read only\b.*token_readonly.*Read & Write/),
      "ok    images: 28 snapshots, 6 backups",
    ]);
    expect(code).toBe(0);
    expect(requests.map(({ status }) => status)).toEqual([200, 401, 200]);
  });

  test("fails for a wrong token, and sends no change with it", async () => {
    const { endpoint, requests } = await startUnchangedCloud();
    const { code, lines } = await runDoctor([], { HCLOUD_TOKEN: UNKNOWN_TOKEN, HCLOUD_ENDPOINT: endpoint });
    expect(lines.slice(-2)).toEqual([
      "ok    connection: the API answers",
      expect.stringMatching(/^FAIL {2}token: .*\(unauthorized\b.*HCLOUD_TOKEN/),
    ]);
    expect(code).toBe(1);
    expect(requests.map(({ method }) => method)).toEqual(["GET"]);
  });

  test("fails without a token, and still checks the connection", async () => {
    const { endpoint, requests } = await startUnchangedCloud();
    const { code, lines } = await runDoctor([], {
      HCLOUD_TOKEN: "${user_config.token}",
      HCLOUD_ENDPOINT: endpoint,
    });
    expect(lines.slice(-2)).toEqual([
      expect.stringMatching(/^FAIL {2}token: .*HCLOUD_TOKEN.*Security → API tokens.*--context/),
      "ok    connection: the API answers",
    ]);
    expect(code).toBe(1);
    expect(requests.map(({ method }) => method)).toEqual(["GET"]);
  });

  test("does not show the token in an endpoint", async () => {
    const { endpoint, token } = await startUnchangedCloud();
    const { lines } = await runDoctor([], { HCLOUD_TOKEN: token, HCLOUD_ENDPOINT: `${endpoint}/${token}` });
    expect(lines[2]).toBe(`ok    endpoint: ${endpoint}/[redacted], from HCLOUD_ENDPOINT`);
    expect(lines.at(-1)).toMatch(/^FAIL {2}connection: .*\(not_found\).*HCLOUD_ENDPOINT.* \/v1\b/);
  });

  test.each<[string[], Record<string, string>, string]>([
    [["--bogus"], {}, "--bogus"],
    [[UNKNOWN_TOKEN], {}, "options"],
    [["--port", "80"], {}, "--port"],
    [[], { HCLOUD_ENDPOINT: "http://example.com" }, "HCLOUD_ENDPOINT"],
    [[], { HCLOUD_IMAGES_READ_ONLY: "perhaps" }, "HCLOUD_IMAGES_READ_ONLY"],
    [[], { HCLOUD_TOKEN: `${UNKNOWN_TOKEN} ` }, "HCLOUD_TOKEN"],
    [["--context", "prod"], { HCLOUD_CONFIG: "/no/such/file" }, "/no/such/file"],
  ])("fails for the settings %j %j", async (args, env, why) => {
    const { code, lines } = await runDoctor(args, env, [UNKNOWN_TOKEN]);
    expect(lines).toEqual([expect.stringMatching(/^FAIL {2}configuration: /)]);
    expect(lines[0]).toContain(why);
    expect(code).toBe(1);
  });
});

describe("doctor", () => {
  test("names the context, and where token and endpoint come from", async () => {
    const { endpoint, token } = await startUnchangedCloud();
    const path = writeCliFile(contextText("prod", token, endpoint));
    const { code, lines } = await runDoctor(["--context", "prod", "--read-only"], { HCLOUD_CONFIG: path }, [
      token,
    ]);
    expect(lines.slice(0, 4)).toEqual([
      "ok    options: read-only, so only tools that read are offered",
      'ok    context: "prod"',
      `ok    endpoint: ${endpoint}, from context "prod" in ${path}`,
      `ok    token: set, from context "prod" in ${path}`,
    ]);
    expect(code).toBe(0);
  });

  test("notes that HCLOUD_TOKEN overrides the context", async () => {
    const { endpoint, token } = await startUnchangedCloud();
    const env = {
      HCLOUD_CONFIG: writeCliFile(contextText("prod", UNKNOWN_TOKEN, endpoint)),
      HCLOUD_TOKEN: token,
    };
    const { code, lines } = await runDoctor(["--context", "prod"], env, [UNKNOWN_TOKEN]);
    expect(lines[1]).toMatch(/^note {2}configuration: HCLOUD_TOKEN .*context "prod"/);
    expect(lines).toContain("ok    token: set, from HCLOUD_TOKEN");
    expect(code).toBe(0);
  });

  test("notes that a placeholder of the demo makes the server read-only", async () => {
    const { endpoint, token } = await startUnchangedCloud();
    const env = { HCLOUD_TOKEN: token, HCLOUD_ENDPOINT: endpoint, HCLOUD_IMAGES_DEMO: "${user_config.demo}" };
    const { code, lines } = await runDoctor([], env);
    expect(lines.slice(0, 3)).toEqual([
      "ok    options: read-only, so only tools that read are offered",
      expect.stringMatching(/^note {2}configuration: HCLOUD_IMAGES_DEMO .*placeholder/),
      `ok    endpoint: ${endpoint}, from HCLOUD_ENDPOINT`,
    ]);
    expect(code).toBe(0);
  });

  test("notes each placeholder that the MCP client did not fill in", async () => {
    const { code, lines } = await runDoctor(["--demo"], {
      HCLOUD_IMAGES_READ_ONLY: "${user_config.read_only}",
      HCLOUD_IMAGES_AUDIT_FILE: "${user_config.audit_file}",
    });
    expect(lines.slice(0, 3)).toEqual([
      "ok    options: read-only, so only tools that read are offered",
      expect.stringMatching(/^note {2}configuration: HCLOUD_IMAGES_READ_ONLY .*placeholder/),
      expect.stringMatching(/^note {2}configuration: HCLOUD_IMAGES_AUDIT_FILE .*placeholder/),
    ]);
    expect(code).toBe(0);
  });

  test.each([
    ["auto", /form if the MCP client shows forms, otherwise by the code of a preview$/],
    ["form", /in a form only; MCP clients without forms change nothing$/],
    ["code", /no form is shown$/],
  ])("says what HCLOUD_IMAGES_CONFIRM=%s means", async (confirm, meaning) => {
    const { lines } = await runDoctor(["--demo"], { HCLOUD_IMAGES_CONFIRM: confirm });
    expect(lines[1]).toMatch(meaning);
  });

  test.each<[string[], Record<string, string>]>([
    [["--demo"], {}],
    [[], { HCLOUD_IMAGES_DEMO: "true" }],
  ])("checks the simulated project with %j %j, whatever token is set", async (args, env) => {
    const { endpoint, token, requests } = await startUnchangedCloud();
    const { code, lines } = await runDoctor(args, { ...env, HCLOUD_TOKEN: token, HCLOUD_ENDPOINT: endpoint });
    expect(lines[2]).toMatch(/^note {2}demo: a simulated project/);
    expect(lines.at(-1)).toBe("ok    images: 28 snapshots, 6 backups");
    expect(code).toBe(0);
    expect(requests).toEqual([]);
  });
});

test("doctor names the oldest Node that the package supports", () => {
  expect(checkNode("20.18.0")).toEqual({
    verdict: "FAIL",
    text: expect.stringMatching(/^Node\.js: 20\.18\.0 .*20\.18\.1/),
  });
  expect(checkNode("20.18.1").verdict).toBe("ok");
});

test("doctor ends silently when its reader leaves after the first line", async () => {
  const cloud = await startUnchangedCloud();
  const run = spawnCommand(["doctor"], { HCLOUD_TOKEN: cloud.token, HCLOUD_ENDPOINT: cloud.endpoint });
  const firstLine = run.nextLine();
  // The API responds only after stdout is closed, so nobody reads the line that follows.
  cloud.intercept = (_, response) => {
    void firstLine
      .then(() => once(run.child.stdout.destroy(), "close"))
      .then(() => response.writeHead(502).end());
    return "handled";
  };
  expect(await firstLine).toContain("Node.js");
  expect(await run.ended).toBe(1);
  expect(run.stderr()).toBe("");
});

test("--help after doctor prints the help", async () => {
  const help = spawnCommand(["doctor", "--help"]);
  expect(await help.ended).toBe(0);
  expect(help.lines[0]).toMatch(/^hcloud-images-mcp: an MCP server/);
});
