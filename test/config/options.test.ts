import { describe, expect, test } from "vitest";
import { OPTIONS } from "../../src/config/option-table.ts";
import { readConfig } from "../../src/config/options.ts";
import { type Environment, expectFacts, readConfigError } from "../support/config-errors.ts";

const DEFAULTS = {
  command: "serve",
  token: null,
  endpoint: "https://api.hetzner.cloud/v1",
  readOnly: false,
  demo: false,
  confirm: "auto",
  auditFile: null,
  rulesFile: null,
  port: 0,
  context: null,
  origin: { token: "not set", endpoint: "the default" },
  warnings: [],
  faults: null,
};
const TOKEN = "Zq7Lw2Rk9Tb4Nx8Vd3Mh6Yc1Gf5Js0PaUeIoKtWnBvCrDxEyFzHgQiSjAlOmXpRu";

const READ_ONLY_WARNING =
  "HCLOUD_IMAGES_READ_ONLY is a placeholder that the MCP client did not fill in: the server is read-only. Set it to true or false.";
const CONFIRM_WARNING =
  "HCLOUD_IMAGES_CONFIRM is a placeholder that the MCP client did not fill in: changes need the user's choice in a form. Set it to auto, form or code.";
const AUDIT_FILE_WARNING =
  "HCLOUD_IMAGES_AUDIT_FILE is a placeholder that the MCP client did not fill in: no audit file is written. Set it to an absolute path, or remove it.";
const RULES_WARNING =
  "HCLOUD_IMAGES_RULES is a placeholder that the MCP client did not fill in: every change is refused. Set it to an absolute path, or remove it.";
const DEMO_WARNING =
  "HCLOUD_IMAGES_DEMO is a placeholder that the MCP client did not fill in: the server uses the real project, and is read-only. Set it to true for the simulated project, otherwise to false.";

describe("readConfig", () => {
  test("returns the defaults when nothing is set", () => {
    expect(readConfig([], {})).toEqual(DEFAULTS);
  });

  test.each<[string[], Environment, object]>([
    [["--read-only"], {}, { readOnly: true }],
    [["--demo"], {}, { demo: true }],
    [["--demo", "--read-only"], {}, { demo: true, readOnly: true }],
    [["--help"], {}, { command: "help" }],
    [["--version"], {}, { command: "version" }],
    [["--version", "--help"], {}, { command: "help" }],
    [["--help", "--demo"], {}, { command: "help" }],
    [["--read-only", "--port=http", "--version"], {}, { command: "version" }],
    [["--help", "serve", "8080"], {}, { command: "help" }],
    [["--help"], { HCLOUD_IMAGES_READ_ONLY: "ture" }, { command: "help" }],
    [["--version"], { HCLOUD_IMAGES_READ_ONLY: "true" }, { command: "version" }],
    [["simulator"], {}, { command: "simulator" }],
    [["simulator", "--help"], {}, { command: "help" }],
    [["simulator", "--port", "8080"], {}, { command: "simulator", port: 8080 }],
    [["--port=8080", "simulator"], {}, { command: "simulator", port: 8080 }],
    [["doctor"], {}, { command: "doctor" }],
    [["--read-only", "doctor"], {}, { command: "doctor", readOnly: true }],
    [
      [],
      { HCLOUD_TOKEN: TOKEN },
      { token: TOKEN, origin: { token: "HCLOUD_TOKEN", endpoint: "the default" } },
    ],
    [
      [],
      { HCLOUD_ENDPOINT: "https://proxy.example.com/hcloud" },
      {
        endpoint: "https://proxy.example.com/hcloud",
        origin: { token: "not set", endpoint: "HCLOUD_ENDPOINT" },
      },
    ],
    [[], { HCLOUD_IMAGES_READ_ONLY: "true" }, { readOnly: true }],
    [["--read-only"], { HCLOUD_IMAGES_READ_ONLY: "false" }, { readOnly: true }],
    [[], { HCLOUD_IMAGES_DEMO: "true", HCLOUD_TOKEN: TOKEN }, { demo: true }],
    [["--demo"], { HCLOUD_IMAGES_DEMO: "false", HCLOUD_TOKEN: TOKEN }, { demo: true }],
    [[], { HCLOUD_IMAGES_AUDIT_FILE: "/var/log/audit.log" }, { auditFile: "/var/log/audit.log" }],
    [[], { HCLOUD_IMAGES_RULES: "/etc/rules.toml" }, { rulesFile: "/etc/rules.toml" }],
    [[], { HCLOUD_IMAGES_RULES: "rules.toml" }, { rulesFile: "rules.toml" }],
    [["simulator"], { HCLOUD_IMAGES_RULES: "/etc/rules.toml" }, { command: "simulator" }],
    [["simulator"], { HCLOUD_IMAGES_AUDIT_FILE: "/var/log/audit.log" }, { command: "simulator" }],
    [[], { HCLOUD_READ_ONLY: "true", TOKEN: "x", HCLOUD_DEMO: "true" }, {}],
  ])("reads %j with %j", (argv, env, expected) => {
    expect(readConfig(argv, env)).toEqual({ ...DEFAULTS, ...expected });
  });

  function setAll(value: string | undefined) {
    const variables = Object.values(OPTIONS).flatMap((option) =>
      "variable" in option ? [option.variable] : [],
    );
    expect(variables).toHaveLength(9);
    return readConfig([], Object.fromEntries(variables.map((name) => [name, value])));
  }

  test.each([undefined, "", " ", "\t\n"])("takes variables of %j for unset", (blank) => {
    expect(setAll(blank)).toEqual(DEFAULTS);
  });

  test.each(["${HCLOUD_TOKEN}", "${}", " ${env:X} \n"])(
    "takes variables of %j for unset, except that the server is read-only, asks by forms, and has rules that cannot be used",
    (placeholder) => {
      const warnings = [READ_ONLY_WARNING, CONFIRM_WARNING, AUDIT_FILE_WARNING, RULES_WARNING, DEMO_WARNING];
      const rulesFile = placeholder.trim();
      expect(setAll(placeholder)).toEqual({
        ...DEFAULTS,
        ...{ readOnly: true, confirm: "form", rulesFile, warnings },
      });
    },
  );

  test("takes the placeholder of a blank setting of the bundle for no rules", () => {
    const warnings = [READ_ONLY_WARNING, CONFIRM_WARNING, AUDIT_FILE_WARNING, DEMO_WARNING];
    expect(setAll("${user_config.any}")).toEqual({
      ...DEFAULTS,
      ...{ readOnly: true, confirm: "form", warnings },
    });
  });

  test("warns of each placeholder on its own, and not with --help", () => {
    expect(readConfig([], { HCLOUD_IMAGES_READ_ONLY: "${x}" }).warnings).toEqual([READ_ONLY_WARNING]);
    expect(readConfig([], { HCLOUD_IMAGES_AUDIT_FILE: "${x}" }).warnings).toEqual([AUDIT_FILE_WARNING]);
    expect(readConfig([], { HCLOUD_IMAGES_CONFIRM: "${x}" }).warnings).toEqual([CONFIRM_WARNING]);
    expect(readConfig(["--demo"], { HCLOUD_IMAGES_READ_ONLY: "${x}" }).readOnly).toBe(true);
    expect(readConfig(["--help"], { HCLOUD_IMAGES_READ_ONLY: "${x}" })).toEqual({
      ...DEFAULTS,
      command: "help",
    });
  });

  test("takes the placeholder of the demo for the real project, read-only", () => {
    const env = { HCLOUD_TOKEN: TOKEN, HCLOUD_IMAGES_DEMO: "${user_config.demo}" };
    const real = { token: TOKEN, demo: false, readOnly: true, warnings: [DEMO_WARNING] };
    expect(readConfig([], env)).toMatchObject(real);
    expect(readConfig([], { ...env, HCLOUD_IMAGES_READ_ONLY: "false" })).toMatchObject(real);
    expect(readConfig(["--demo"], env)).toMatchObject({ demo: true, readOnly: false, warnings: [] });
  });

  test.each(["true", "TRUE", "1", "yes", "on", " true\n"])(
    "switches read-only and demo on for %j",
    (value) => {
      expect(readConfig([], { HCLOUD_IMAGES_READ_ONLY: value }).readOnly).toBe(true);
      expect(readConfig([], { HCLOUD_IMAGES_DEMO: value })).toMatchObject({ demo: true, readOnly: false });
    },
  );

  test.each(["false", "False", "0", "no", "off"])("switches read-only and demo off for %j", (value) => {
    expect(readConfig([], { HCLOUD_IMAGES_READ_ONLY: value }).readOnly).toBe(false);
    expect(readConfig([], { HCLOUD_IMAGES_DEMO: value })).toMatchObject({ demo: false, readOnly: false });
  });

  test.each(["ture", "2", "read-only", "truefalse", "${a}${b", "x${a}", "$a"])(
    "refuses %j for read-only or demo",
    (value) => {
      for (const variable of ["HCLOUD_IMAGES_READ_ONLY", "HCLOUD_IMAGES_DEMO"])
        expectFacts(readConfigError([], { [variable]: value }), `${variable} `, "true or false");
    },
  );
});

describe("HCLOUD_IMAGES_CONFIRM", () => {
  test.each([
    ["auto", "auto"],
    ["form", "form"],
    ["code", "code"],
    [" Form\n", "form"],
    ["CODE", "code"],
  ])("HCLOUD_IMAGES_CONFIRM is read from %j", (value, confirm) => {
    expect(readConfig([], { HCLOUD_IMAGES_CONFIRM: value }).confirm).toBe(confirm);
  });

  test.each(["forms", "none", "true", "off", "auto,form"])("HCLOUD_IMAGES_CONFIRM refuses %j", (value) => {
    expectFacts(
      readConfigError([], { HCLOUD_IMAGES_CONFIRM: value }),
      "HCLOUD_IMAGES_CONFIRM ",
      "auto, form or code",
    );
  });
});

test.each(["audit.log", "./audit.log", "../audit.log", "~/audit.log"])(
  "an audit file at %j is refused: the user does not know in which directory the server starts",
  (path) => {
    expectFacts(
      readConfigError([], { HCLOUD_IMAGES_AUDIT_FILE: path }),
      "HCLOUD_IMAGES_AUDIT_FILE ",
      "absolute",
    );
  },
);

describe("HCLOUD_TOKEN", () => {
  test.each([
    ["a line break at its end", `${TOKEN}\n`],
    ["a carriage return at its end", `${TOKEN}\r`],
    ["a blank before it", ` ${TOKEN}`],
    ["a line break within it", `${TOKEN.slice(0, 32)}\n${TOKEN.slice(32)}`],
    ["a header smuggled in", `${TOKEN}\r\nX-Evil: 1`],
    ["an invisible character", `${TOKEN}\u200b`],
    ["a NUL", `${TOKEN}\0`],
    ["letters beyond ASCII", `${TOKEN}ü`],
    ["the word Bearer", `Bearer ${TOKEN}`],
  ])("a token is refused without being shown: %s", (_, token) => {
    const message = readConfigError([], { HCLOUD_TOKEN: token });
    expectFacts(message, "HCLOUD_TOKEN ", "characters");
    expect(message).not.toContain(TOKEN.slice(0, 8));
    expect(message).not.toContain(TOKEN.slice(-8));
  });

  test.each<[string, Environment]>([
    ["--help", {}],
    ["--version", {}],
    ["simulator", {}],
    ["--demo", {}],
    ["--read-only", { HCLOUD_IMAGES_DEMO: "true" }],
  ])("a token is not read with %s and %j, and neither is the hcloud CLI's file", (argument, more) => {
    const env = {
      ...more,
      HCLOUD_TOKEN: "not a token",
      HCLOUD_ENDPOINT: "ftp://nowhere",
      HCLOUD_CONTEXT: "prod",
      HCLOUD_CONFIG: "/no/such/file",
    };
    expect(readConfig([argument], env)).toMatchObject({ token: null, endpoint: DEFAULTS.endpoint });
    expect(
      readConfig([argument], { ...more, HCLOUD_TOKEN: TOKEN, HCLOUD_ENDPOINT: "https://h.example" }),
    ).toMatchObject({
      token: null,
      endpoint: DEFAULTS.endpoint,
    });
  });

  test("a token is not shown when it is given as an option, which does not exist", () => {
    for (const argv of [["--token", TOKEN], [`--token=${TOKEN}`]]) {
      expectFacts(readConfigError(argv), "unknown option", "--token");
      expect(readConfigError(argv)).not.toContain(TOKEN);
    }
  });
});

describe("HCLOUD_ENDPOINT", () => {
  test.each([
    ["https://api.hetzner.cloud/v1", "https://api.hetzner.cloud/v1"],
    ["https://api.hetzner.cloud/v1/", "https://api.hetzner.cloud/v1"],
    ["https://api.hetzner.cloud/v1///", "https://api.hetzner.cloud/v1"],
    ["  https://h.example:8443/a/b \n", "https://h.example:8443/a/b"],
    ["https://h.example", "https://h.example"],
    ["HTTPS://H.Example/V1", "https://h.example/V1"],
    ["https://h.example:443/v1", "https://h.example/v1"],
    ["https://10.0.0.1/v1", "https://10.0.0.1/v1"],
    ["http://127.0.0.1:4321/v1", "http://127.0.0.1:4321/v1"],
    ["http://127.9.9.9/v1", "http://127.9.9.9/v1"],
    ["http://localhost:4321/v1", "http://localhost:4321/v1"],
    ["http://[::1]:4321/v1", "http://[::1]:4321/v1"],
  ])("the endpoint %j is accepted", (value, endpoint) => {
    expect(readConfig([], { HCLOUD_ENDPOINT: value }).endpoint).toBe(endpoint);
  });

  test.each([
    ["http://api.hetzner.cloud/v1", "https, or http on this machine"],
    ["http://localhost.example.com/v1", "https, or http on this machine"],
    ["http://127.0.0.1.example.com/v1", "https, or http on this machine"],
    ["http://0.0.0.0/v1", "https, or http on this machine"],
    ["http://10.0.0.1/v1", "https, or http on this machine"],
    ["http://[::]/v1", "https, or http on this machine"],
    ["ftp://127.0.0.1/v1", "https, or http on this machine"],
    ["file:///etc/passwd", "https, or http on this machine"],
    ["javascript:alert(1)", "https, or http on this machine"],
    ["localhost:4321", "https, or http on this machine"],
    ["https://geheim@h.example/v1", "user name or password"],
    ["https://user:geheim@h.example/v1", "user name or password"],
    ["http://:geheim@127.0.0.1/v1", "user name or password"],
    ["https://h.example/v1?token=geheim", "? or #"],
    ["https://h.example/v1#geheim", "? or #"],
    ["https://h.example/v1?", "? or #"],
    ["api.hetzner.cloud/v1", "not a URL"],
    ["https://", "not a URL"],
    ["https://h.example:99999", "not a URL"],
    ["https://ge heim", "not a URL"],
    ["geheim", "not a URL"],
  ])("the endpoint %j is refused", (value, why) => {
    const message = readConfigError([], { HCLOUD_ENDPOINT: value, HCLOUD_TOKEN: TOKEN });
    expectFacts(message, "HCLOUD_ENDPOINT ", why, DEFAULTS.endpoint);
    expect(message).not.toContain("geheim");
    expect(message).not.toContain(TOKEN.slice(0, 8));
  });
});
