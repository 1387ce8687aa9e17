/** What the documents tell each MCP client is read as that client reads it, and must start this package with the token in place. */

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { parse as parseToml } from "smol-toml";
import { describe, expect, test } from "vitest";
import { OPTIONS } from "../src/config/option-table.ts";
import { readConfig } from "../src/config/options.ts";

const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), "utf8");
const part = (file: string, name: string) =>
  new RegExp(`<!-- ${name} -->\\n([\\s\\S]*)<!-- /${name} -->`).exec(read(file))?.[1] ?? "";
const files = part("docs/clients.md", "configuration-files");
const pkg = JSON.parse(read("package.json"));
const VARIABLE = OPTIONS.token.variable;

interface Launch {
  command: string;
  args: string[];
  env: Record<string, string>;
}

const NPX = { command: "npx", args: ["-y", pkg.name] };
const withToken = (token: string): Launch => ({ ...NPX, env: { [VARIABLE]: token } });

/** The fenced blocks of one language in a text. */
function blocks(language: string, text: string): string[] {
  return [...text.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map(
    ([, body]) => body ?? "",
  );
}

/** The text from where an MCP client is named up to the end of its block. */
function about(client: string): string {
  const at = files.indexOf(`**${client}**`);
  expect(at, `docs/clients.md has no file for ${client}`).toBeGreaterThanOrEqual(0);
  return files.slice(at, files.indexOf("\n```\n", at) + 5);
}

function link(client: string): URL {
  const [, url = ""] =
    new RegExp(`\\*\\*${client}\\*\\*: \\[install\\]\\((\\S+)\\)`).exec(part("README.md", "install-links")) ??
    [];
  return new URL(url);
}

test.each(["Claude Desktop", "Cursor", "Gemini CLI"])("%s reads a JSON file of servers", (client) => {
  const [json = ""] = blocks("json", about(client));
  expect(JSON.parse(json)).toEqual({ mcpServers: { "hcloud-images": withToken("your token") } });
});

test("Windows starts npx through cmd, with no other difference", () => {
  const [json = ""] = blocks("json", about("Windows"));
  const { command, args, env } = JSON.parse(json).mcpServers["hcloud-images"];
  expect([command, ...args]).toEqual(["cmd", "/c", NPX.command, ...NPX.args]);
  expect(env).toEqual({ [VARIABLE]: "your token" });
});

describe("VS Code", () => {
  const [json = ""] = blocks("json", about("VS Code"));
  const { inputs, servers } = JSON.parse(json);

  test("the VS Code configuration asks for the token like for a password, and passes it on", () => {
    expect(inputs).toEqual([expect.objectContaining({ type: "promptString", password: true })]);
    const launch = withToken(`\${input:${inputs[0].id}}`);
    expect(servers).toEqual({ "hcloud-images": launch });
    expect(readConfig([], launch.env).token, "what was not filled in is no token").toBeNull();
  });

  test("the VS Code link contains the same configuration", () => {
    const { origin, pathname, searchParams } = link("VS Code");
    expect(`${origin}${pathname}`).toBe("https://insiders.vscode.dev/redirect/mcp/install");
    expect([...searchParams.keys()]).toEqual(["name", "inputs", "config"]);
    expect(searchParams.get("name")).toBe("hcloud-images");
    expect(JSON.parse(searchParams.get("inputs") ?? "")).toEqual(inputs);
    expect(JSON.parse(searchParams.get("config") ?? "")).toEqual(servers["hcloud-images"]);
  });
});

test("Cursor's link contains the server as base64, with the token from the environment", () => {
  const { origin, pathname, searchParams } = link("Cursor");
  expect(`${origin}${pathname}`).toBe("https://cursor.com/en/install-mcp");
  expect([...searchParams.keys()]).toEqual(["name", "config"]);
  expect(searchParams.get("name")).toBe("hcloud-images");
  const config = Buffer.from(searchParams.get("config") ?? "", "base64").toString("utf8");
  const launch = withToken(`\${env:${VARIABLE}}`);
  expect(JSON.parse(config)).toEqual(launch);
  expect(readConfig([], launch.env).token, "what was not filled in is no token").toBeNull();
});

describe("on the command line", () => {
  const linesOf = (name: string) =>
    blocks("sh", part("README.md", name)).flatMap((block) => block.trimEnd().split("\n"));
  const lines = linesOf("install-commands");

  /** The options of a line without quoting, and the command after its `--`. */
  function parseLine(line: string) {
    expect(line).toMatch(/^[\w ./=-]+$/);
    const [program, ...args] = line.split(" ");
    const options = { env: { type: "string", multiple: true }, scope: { type: "string" } } as const;
    const { values, positionals, tokens } = parseArgs({
      args,
      options,
      allowPositionals: true,
      tokens: true,
    });
    const end = tokens.find(({ kind }) => kind === "option-terminator")?.index ?? args.length;
    const behind = args.slice(end + 1);
    const before = positionals.slice(0, positionals.length - behind.length);
    const env = Object.fromEntries((values.env ?? []).map((pair) => pair.split("=")));
    return { program, scope: values.scope, before, behind, env };
  }

  test.each([
    ["claude", "user", []],
    ["codex", undefined, []],
    // Its options precede the --, and the command with its own options follows.
    ["gemini", "user", ["npx"]],
  ])("%s adds the same server for all projects", (program, scope, command) => {
    const parsed = lines.map(parseLine).filter((line) => line.program === program);
    expect(parsed).toEqual([
      {
        program,
        scope,
        before: ["mcp", "add", "hcloud-images", ...command],
        behind: [NPX.command, ...NPX.args].slice(command.length),
        env: { [VARIABLE]: "your-token" },
      },
    ]);
  });

  test.each([
    ["claude", undefined, []],
    ["codex", undefined, []],
    ["gemini", "user", ["node"]],
  ])("%s adds the simulated project from a clone", async (program, scope, command) => {
    const demo = linesOf("demo-commands").map((line) =>
      parseLine(line.replace('"$PWD/dist', '"dist').replaceAll('"', "")),
    );
    expect(demo).toHaveLength(3);
    const behind = ["node", "dist/index.js", "--demo"].slice(command.length);
    const before = ["mcp", "add", "hcloud-images-demo", ...command];
    expect(demo).toContainEqual({ program, scope, before, behind, env: {} });
  });

  test("Claude Code's name precedes its --env, which would otherwise consume it", () => {
    const line = lines.find((line) => line.startsWith("claude")) ?? "";
    expect(line).toMatch(/ hcloud-images --env \S+ -- npx /);
  });
});

test("Codex reads a TOML table", () => {
  const [toml = ""] = blocks("toml", about("Codex"));
  expect(parseToml(toml)).toEqual({ mcp_servers: { "hcloud-images": withToken("your token") } });
});
