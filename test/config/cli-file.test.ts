import { describe, expect, test } from "vitest";
import { listPaths, parseContext } from "../../src/config/cli-file.ts";
import { ConfigError } from "../../src/config/variables.ts";
import { expectFacts } from "../support/config-errors.ts";

const TOKEN = "Zq7Lw2Rk9Tb4Nx8Vd3Mh6Yc1Gf5Js0PaUeIoKtWnBvCrDxEyFzHgQiSjAlOmXpRu";
const OTHER = "aB3dE5gH7jK9mN1pQ4sT6vW8yZ0cF2hJ5kL7nP9rS1tV3xY6bD8fG0iM2oR4uXeC";
const PATH = "/home/u/cli.toml";

const FILE = `active_context = "staging"

[preferences]
  endpoint = "https://global.example/v1"
  quiet = true

[[contexts]]
  name = "prod"
  token = "${TOKEN}"
  [contexts.preferences]
    endpoint = "https://prod.example/v1"
    default_ssh_keys = ["me"]

[[contexts]]
  name = "staging"
  token = "${OTHER}"

[[contexts]]
  name = "vault"
  token_command = "pass show hcloud"

[[contexts]]
  name = "prod"
  token = "the second of that name"
`;

/** Returns the message of the refusal, which is one line without a piece of a token. */
function refusal(text: string, name: string): string {
  try {
    parseContext(text, name, PATH);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.cause).toBeUndefined();
    for (const token of [TOKEN, OTHER]) {
      for (let i = 0; i + 8 <= token.length; i++) expect(error.message).not.toContain(token.slice(i, i + 8));
    }
    expect(error.message).not.toMatch(/[\r\n]/);
    return error.message;
  }
  throw new Error("it was accepted");
}

describe("parseContext", () => {
  test("returns token and endpoint of the first context with the name", () => {
    expect(parseContext(FILE, "prod", PATH)).toEqual({
      name: "prod",
      where: `context "prod" in ${PATH}`,
      token: TOKEN,
      hasTokenCommand: false,
      endpoint: "https://prod.example/v1",
    });
  });

  test("returns the global endpoint for a context without one", () => {
    expect(parseContext(FILE, "staging", PATH)).toMatchObject({
      token: OTHER,
      endpoint: "https://global.example/v1",
    });
  });

  test("returns no endpoint when the file has none", () => {
    const text = `[[contexts]]\nname = "prod"\ntoken = "${TOKEN}"`;
    expect(parseContext(text, "prod", PATH)).toMatchObject({ token: TOKEN, endpoint: null });
  });

  test("returns a context without a token, since HCLOUD_TOKEN may be set", () => {
    expect(parseContext(FILE, "vault", PATH)).toMatchObject({ token: null, hasTokenCommand: true });
    expect(parseContext('[[contexts]]\nname = "a"\ntoken = " "', "a", PATH)).toMatchObject({ token: null });
    expect(parseContext('[[contexts]]\nname = "a"\ntoken = 5', "a", PATH)).toMatchObject({ token: null });
  });

  test("reads a file with a byte order mark and Windows line ends", () => {
    const text = `\uFEFF${FILE.replaceAll("\n", "\r\n")}`;
    expect(parseContext(text, "prod", PATH)).toMatchObject({ token: TOKEN });
  });

  test.each([
    ["pr\u202eod\n", "prod "],
    ["x".repeat(80), `${"x".repeat(60)}... (+20 characters)`],
    [TOKEN.slice(0, 20), "[redacted]"],
    ["\u200b", "[invisible]"],
    ['a"b', 'a"b'],
  ])("shows the name %j as %j", (name, shown) => {
    const text = `[[contexts]]\nname = ${JSON.stringify(name)}\ntoken = "${TOKEN}"`;
    expect(parseContext(text, name, PATH).name).toBe(shown);
  });
});

describe("parseContext", () => {
  test.each([
    ["prdo", 'context "prdo"', '"prod"'],
    ["Prod", 'context "Prod"', '"prod"'],
    ["zzzzzzzzzz", 'context "zzzzzzzzzz"', ": prod, staging, vault."],
    ["constructor", 'context "constructor"', ": prod, staging, vault."],
    ["Q".repeat(64), "context", ": prod, staging, vault."],
  ])("refuses %s and offers names from the file", (name, ...facts) => {
    expectFacts(refusal(FILE, name), PATH, ...facts);
  });

  test("does not repeat a token that was given as a name", () => {
    expect(refusal(FILE, TOKEN)).toBe(refusal(FILE, "Q".repeat(64)));
    expectFacts(refusal(FILE, TOKEN.slice(4, 24)), 'context "[redacted]"');
    const swapped = `[[contexts]]\nname = "${TOKEN}"\ntoken = "${TOKEN}"`;
    expect(refusal(swapped, "qqq")).toContain(": [redacted]");
  });

  test.each([
    "",
    'contexts = "prod"',
    "[contexts.prod]\ntoken = 'x'",
    "contexts = [1]",
    "[[contexts]]\ntoken = 'x'",
  ])("says how to add a context when %j has none", (text) => {
    expectFacts(refusal(text, "prod"), 'context "prod"', PATH, '"hcloud context create"');
  });

  test("cuts a list of many long names", () => {
    const names = Array.from({ length: 99 }, (_, i) => `[[contexts]]\nname = "${"n".repeat(50)}${i}"\n`);
    expect(refusal(names.join(""), "zzz").length).toBeLessThan(600);
  });

  test.each([
    [`a = 1\n[[contexts]]\ntoken = "${TOKEN}\nname = "prod"`, 3],
    [`token = ${TOKEN}`, 1],
    [`${FILE}\n\n[[contexts]\n`, 27],
    [`a = "${TOKEN}"\na = "${OTHER}"`, 2],
  ])("refuses invalid TOML with the number of the line, which it does not quote", (text, line) => {
    expectFacts(refusal(text, "prod"), PATH, "TOML", `line ${line}.`, "HCLOUD_TOKEN");
  });

  test("refuses an endpoint that is not a text", () => {
    const text = `[[contexts]]\nname = "prod"\ntoken = "${TOKEN}"\n[preferences]\nendpoint = ["https://a.example"]`;
    expectFacts(refusal(text, "prod"), "endpoint", PATH, "https://api.hetzner.cloud/v1");
  });
});

describe("listPaths", () => {
  const own = "/home/u/.config/hcloud/cli.toml";

  test.each<[NodeJS.Platform, Record<string, string>, string[]]>([
    ["linux", {}, [own]],
    ["darwin", {}, [own]],
    ["linux", { XDG_CONFIG_HOME: "/cfg" }, ["/cfg/hcloud/cli.toml", own]],
    ["darwin", { XDG_CONFIG_HOME: "/cfg" }, ["/cfg/hcloud/cli.toml", own]],
    ["linux", { XDG_CONFIG_HOME: "/home/u/.config/" }, [own]],
    ["linux", { XDG_CONFIG_HOME: "cfg" }, [own]],
    ["linux", { XDG_CONFIG_HOME: " " }, [own]],
    ["linux", { HCLOUD_CONFIG: "/x/y.toml", XDG_CONFIG_HOME: "/cfg" }, ["/x/y.toml"]],
    ["linux", { HCLOUD_CONFIG: "${user_config.file}" }, [own]],
    ["linux", { APPDATA: "C:\\Users\\u\\AppData\\Roaming" }, [own]],
    [
      "win32",
      { APPDATA: "C:\\Users\\u\\AppData\\Roaming", XDG_CONFIG_HOME: "/cfg" },
      ["C:\\Users\\u\\AppData\\Roaming\\hcloud\\cli.toml"],
    ],
    ["win32", { APPDATA: "C:\\Users\\u ü\\", HCLOUD_CONFIG: "D:\\my cli.toml" }, ["D:\\my cli.toml"]],
    ["win32", {}, []],
  ])("the paths on %s with %j are %j", (platform, env, expected) => {
    expect(listPaths(env, platform, "/home/u")).toEqual(expected);
  });

  test("returns no path for a user without a home directory", () => {
    expect(listPaths({}, "linux", "")).toEqual([]);
  });
});
