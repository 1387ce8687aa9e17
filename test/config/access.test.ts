import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readConfig } from "../../src/config/options.ts";
import { contextText, writeCliFile } from "../support/cli-file.ts";
import { temporaryFolder } from "../support/folder.ts";
import { type Environment, refused } from "../support/refused.ts";

const TOKEN = "Zq7Lw2Rk9Tb4Nx8Vd3Mh6Yc1Gf5Js0PaUeIoKtWnBvCrDxEyFzHgQiSjAlOmXpRu";
const OWN = "aB3dE5gH7jK9mN1pQ4sT6vW8yZ0cF2hJ5kL7nP9rS1tV3xY6bD8fG0iM2oR4uXeC";
const DEFAULT = "https://api.hetzner.cloud/v1";
const FILE = `active_context = "active"
[preferences]
endpoint = "https://global.example/v1/"
${contextText("active", "token-of-the-active-context")}
${contextText("prod", TOKEN, "https://prod.example/v1")}
${contextText("staging", OWN)}
[[contexts]]
name = "vault"
token_command = "pass show"
[[contexts]]
name = "empty"
`;

function access(argv: string[], env: Environment, text = FILE) {
  const { token, endpoint, context, warnings } = readConfig(argv, {
    HCLOUD_CONFIG: writeCliFile(text),
    ...env,
  });
  return { token, endpoint, context, warned: warnings.length };
}

describe("token and endpoint", () => {
  const prod = { token: TOKEN, endpoint: "https://prod.example/v1", context: "prod", warned: 0 };
  const nothing = { token: null, endpoint: DEFAULT, context: null, warned: 0 };

  test.each<[string, string[], Environment, object]>([
    ["nothing asks for a context, whatever is active in the file", [], {}, nothing],
    ["the flag asks", ["--context", "prod"], {}, prod],
    ["the flag asks with =", ["--context=prod"], {}, prod],
    ["the variable asks", [], { HCLOUD_CONTEXT: "prod" }, prod],
    ["the flag wins over the variable", ["--context", "prod"], { HCLOUD_CONTEXT: "nowhere" }, prod],
    ["the variable is blank", [], { HCLOUD_CONTEXT: " " }, nothing],
    ["the variable was not filled in", [], { HCLOUD_CONTEXT: "${user_config.context}" }, nothing],
    ["the doctor is asked", ["doctor", "--context", "prod"], {}, prod],
    [
      "the context has no endpoint, and all contexts have one",
      ["--context", "staging"],
      {},
      { token: OWN, endpoint: "https://global.example/v1", context: "staging", warned: 0 },
    ],
    [
      "HCLOUD_ENDPOINT is set too: it wins, as in the CLI",
      ["--context", "prod"],
      { HCLOUD_ENDPOINT: "https://own.example/v1" },
      { ...prod, endpoint: "https://own.example/v1" },
    ],
    [
      "HCLOUD_TOKEN is set too: it wins, and the project is no longer that of the context",
      ["--context", "prod"],
      { HCLOUD_TOKEN: OWN },
      { ...prod, token: OWN, context: null, warned: 1 },
    ],
    [
      "HCLOUD_TOKEN is set, and is the very token of the context",
      ["--context", "prod"],
      { HCLOUD_TOKEN: TOKEN },
      prod,
    ],
    [
      "HCLOUD_TOKEN was not filled in",
      ["--context", "prod"],
      { HCLOUD_TOKEN: "${user_config.token}", HCLOUD_ENDPOINT: "" },
      prod,
    ],
    [
      "HCLOUD_TOKEN stands in for a context without one",
      ["--context", "empty"],
      { HCLOUD_TOKEN: OWN },
      { token: OWN, endpoint: "https://global.example/v1", context: null, warned: 1 },
    ],
  ])("when %s", (_, argv, env, expected) => {
    expect(access(argv, env)).toEqual(expected);
  });

  test("are the default's and the context's when the file has no endpoint", () => {
    const text = contextText("prod", TOKEN);
    expect(access(["--context", "prod"], {}, text)).toEqual({ ...prod, endpoint: DEFAULT });
  });

  test("say where they come from, and which token wins", () => {
    const path = writeCliFile(FILE);
    const { origin } = readConfig(["--context", "prod"], { HCLOUD_CONFIG: path });
    const where = `context "prod" in ${path}`;
    expect(origin).toEqual({ token: where, endpoint: where });
    const won = readConfig(["--context", "prod"], { HCLOUD_CONFIG: path, HCLOUD_TOKEN: OWN });
    expect(won.origin.token).toBe("HCLOUD_TOKEN");
    expect(won.warnings).toEqual([
      `HCLOUD_TOKEN is set and wins over the token of ${where}, as in the hcloud CLI: the project is that of HCLOUD_TOKEN. Unset it to work in the context.`,
    ]);
  });
});

describe.skipIf(process.platform === "win32")("the file", () => {
  const prod = (text: string) => contextText("prod", text);

  test("is looked for in XDG_CONFIG_HOME, and then where the CLI has it", () => {
    const [home, xdg] = [temporaryFolder(), temporaryFolder()];
    const read = () => readConfig(["--context", "prod"], { XDG_CONFIG_HOME: xdg, HOME: home }).token;
    writeCliFile(prod("of-the-home"), home, ".config/hcloud/cli.toml");
    expect(read()).toBe("of-the-home");
    writeCliFile(prod("of-xdg"), xdg, "hcloud/cli.toml");
    expect(read()).toBe("of-xdg");
  });

  test("that is missing is told by where it was looked for", () => {
    const [home, xdg] = [temporaryFolder(), temporaryFolder()];
    expect(refused(["--context", "prod"], { XDG_CONFIG_HOME: xdg, HOME: home })).toBe(
      `there is no file of the hcloud CLI's contexts at ${xdg}/hcloud/cli.toml or ${home}/.config/hcloud/cli.toml. Make it with "hcloud context create", or set HCLOUD_CONFIG to it.`,
    );
    expect(refused(["--context", "prod"], { HCLOUD_CONFIG: "no/such.toml" })).toContain(
      `contexts at ${join(process.cwd(), "no/such.toml")}. Make it`,
    );
  });

  test("that cannot be read is told with the reason", () => {
    const folder = join(temporaryFolder(), "cli.toml");
    mkdirSync(folder);
    expect(refused(["--context", "prod"], { HCLOUD_CONFIG: folder })).toBe(
      `${folder} cannot be read (EISDIR). Check its permissions, or HCLOUD_CONFIG.`,
    );
  });
});

describe("a context is refused", () => {
  const ask = (name: string, text = FILE, env: Environment = {}) =>
    refused(["--context", name], { HCLOUD_CONFIG: writeCliFile(text), ...env });

  test.each(["", " ", "${user_config.context}"])("without a name (%j)", (name) => {
    expect(refused(["--context", name])).toBe("--context needs the name of a context.");
  });

  test("that is not in the file, also when HCLOUD_TOKEN is set", () => {
    const sentence = /^there is no context "prdo" in \S+\. Did you mean "prod"\?$/;
    expect(ask("prdo")).toMatch(sentence);
    expect(ask("prdo", FILE, { HCLOUD_TOKEN: OWN })).toMatch(sentence);
    expect(refused([], { HCLOUD_CONTEXT: "prdo", HCLOUD_CONFIG: writeCliFile(FILE) })).toMatch(sentence);
  });

  test("without a token", () => {
    expect(ask("empty")).toMatch(/^context "empty" in \S+ has no token\. .*hcloud context create/);
    expect(ask("vault")).toMatch(/^context "vault" in \S+ has a token_command, .* Set HCLOUD_TOKEN/);
  });

  test.each(["a b", `${TOKEN}\\n`, "tökën"])(
    "with a token that is none, which is not shown (%j)",
    (token) => {
      const sentence = ask("prod", contextText("prod", token));
      expect(sentence).toMatch(/^the token of context "prod" in \S+ contains blanks, line breaks/);
      expect(sentence).not.toContain(TOKEN.slice(0, 8));
    },
  );

  test.each([
    ["http://api.hetzner.cloud/v1", "must be https, or http on this machine"],
    ["https://user:geheim@h.example/v1", "must not contain a user name or password"],
    ["https://h.example/v1?geheim", "must not contain ? or #"],
    ["geheim", "is not a URL"],
  ])("with the endpoint %s", (endpoint, why) => {
    const text = contextText("prod", TOKEN, endpoint);
    expect(ask("prod", text)).toMatch(/^the endpoint of context "prod" in /);
    expect(ask("prod", text)).toContain(why);
    expect(ask("prod", text)).not.toContain("geheim");
    const { endpoint: won } = access(["--context", "prod"], { HCLOUD_ENDPOINT: "https://h.example" }, text);
    expect(won).toBe("https://h.example");
  });
});
