import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readConfig } from "../../src/config/options.ts";
import { contextText, writeCliFile } from "../support/cli-file.ts";
import { type Environment, expectFacts, readConfigError } from "../support/config-errors.ts";
import { temporaryFolder } from "../support/folder.ts";

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

describe("readAccess", () => {
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
      "HCLOUD_ENDPOINT is set, which overrides the context as in the CLI",
      ["--context", "prod"],
      { HCLOUD_ENDPOINT: "https://own.example/v1" },
      { ...prod, endpoint: "https://own.example/v1" },
    ],
    [
      "HCLOUD_TOKEN is set, which overrides the context and its project",
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
      "HCLOUD_TOKEN is set, and the context has no token",
      ["--context", "empty"],
      { HCLOUD_TOKEN: OWN },
      { token: OWN, endpoint: "https://global.example/v1", context: null, warned: 1 },
    ],
  ])("reads token and endpoint when %s", (_, argv, env, expected) => {
    expect(access(argv, env)).toEqual(expected);
  });

  test("reads the default endpoint when the file has none", () => {
    const text = contextText("prod", TOKEN);
    expect(access(["--context", "prod"], {}, text)).toEqual({ ...prod, endpoint: DEFAULT });
  });

  test("states where token and endpoint come from, and which token is used", () => {
    const path = writeCliFile(FILE);
    const { origin } = readConfig(["--context", "prod"], { HCLOUD_CONFIG: path });
    const where = `context "prod" in ${path}`;
    expect(origin).toEqual({ token: where, endpoint: where });
    const won = readConfig(["--context", "prod"], { HCLOUD_CONFIG: path, HCLOUD_TOKEN: OWN });
    expect(won.origin.token).toBe("HCLOUD_TOKEN");
    expect(won.warnings).toEqual([
      `HCLOUD_TOKEN overrides the token of ${where}, as in the hcloud CLI. The server uses the project of HCLOUD_TOKEN. Unset HCLOUD_TOKEN to use the context.`,
    ]);
  });
});

describe.skipIf(process.platform === "win32")("the hcloud CLI's file", () => {
  const prod = (text: string) => contextText("prod", text);

  test("the CLI's file is read from XDG_CONFIG_HOME, otherwise from the CLI's own place", () => {
    const [home, xdg] = [temporaryFolder(), temporaryFolder()];
    const read = () => readConfig(["--context", "prod"], { XDG_CONFIG_HOME: xdg, HOME: home }).token;
    writeCliFile(prod("of-the-home"), home, ".config/hcloud/cli.toml");
    expect(read()).toBe("of-the-home");
    writeCliFile(prod("of-xdg"), xdg, "hcloud/cli.toml");
    expect(read()).toBe("of-xdg");
  });

  test("a missing CLI's file is refused with the paths that were tried", () => {
    const [home, xdg] = [temporaryFolder(), temporaryFolder()];
    const told = readConfigError(["--context", "prod"], { XDG_CONFIG_HOME: xdg, HOME: home });
    const paths = ` ${xdg}/hcloud/cli.toml or ${home}/.config/hcloud/cli.toml.`;
    expectFacts(told, paths, '"hcloud context create"', "HCLOUD_CONFIG");
    const relative = readConfigError(["--context", "prod"], { HCLOUD_CONFIG: "no/such.toml" });
    expectFacts(relative, ` ${join(process.cwd(), "no/such.toml")}.`, "HCLOUD_CONFIG");
  });

  test("an unreadable CLI's file is refused with the error code", () => {
    const folder = join(temporaryFolder(), "cli.toml");
    mkdirSync(folder);
    const told = readConfigError(["--context", "prod"], { HCLOUD_CONFIG: folder });
    expectFacts(told, folder, "(EISDIR)", "HCLOUD_CONFIG");
  });
});

describe("readAccess", () => {
  const ask = (name: string, text = FILE, env: Environment = {}) =>
    readConfigError(["--context", name], { HCLOUD_CONFIG: writeCliFile(text), ...env });

  test.each(["", " ", "${user_config.context}"])("refuses a context without a name (%j)", (name) => {
    expectFacts(readConfigError(["--context", name]), "--context ", "name");
  });

  test("refuses a context that is not in the file, also when HCLOUD_TOKEN is set", () => {
    const facts = ['context "prdo"', "cli.toml", '"prod"'];
    expectFacts(ask("prdo"), ...facts);
    expectFacts(ask("prdo", FILE, { HCLOUD_TOKEN: OWN }), ...facts);
    expectFacts(readConfigError([], { HCLOUD_CONTEXT: "prdo", HCLOUD_CONFIG: writeCliFile(FILE) }), ...facts);
  });

  test("refuses a context without a token", () => {
    expectFacts(ask("empty"), 'context "empty"', "cli.toml", "no token", "hcloud context create");
    expectFacts(ask("vault"), 'context "vault"', "cli.toml", "token_command", "HCLOUD_TOKEN");
  });

  test.each(["a b", `${TOKEN}\\n`, "tökën"])(
    "refuses a context with an impossible token, which it does not show (%j)",
    (token) => {
      const sentence = ask("prod", contextText("prod", token));
      expectFacts(sentence, "token", 'context "prod"', "cli.toml", "characters");
      expect(sentence).not.toContain(TOKEN.slice(0, 8));
    },
  );

  test.each([
    ["http://api.hetzner.cloud/v1", "https, or http on this machine"],
    ["https://user:geheim@h.example/v1", "user name or password"],
    ["https://h.example/v1?geheim", "? or #"],
    ["geheim", "not a URL"],
  ])("refuses a context with the endpoint %s", (endpoint, why) => {
    const text = contextText("prod", TOKEN, endpoint);
    expectFacts(ask("prod", text), "endpoint", 'context "prod"', why);
    expect(ask("prod", text)).not.toContain("geheim");
    const { endpoint: won } = access(["--context", "prod"], { HCLOUD_ENDPOINT: "https://h.example" }, text);
    expect(won).toBe("https://h.example");
  });
});
