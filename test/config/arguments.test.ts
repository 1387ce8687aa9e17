import { describe, expect, test } from "vitest";
import { listPaths } from "../../src/config/cli-file.ts";
import { formatHelp, OPTIONS } from "../../src/config/option-table.ts";
import { readConfig } from "../../src/config/options.ts";
import { expectFacts, readConfigError } from "../support/config-errors.ts";

const TOKEN = "Zq7Lw2Rk9Tb4Nx8Vd3Mh6Yc1Gf5Js0PaUeIoKtWnBvCrDxEyFzHgQiSjAlOmXpRu";

/** All options, as they are offered where none is near. */
const ALL = ": --context, --read-only, --demo, --port, --faults, --help, --version.";

describe("readConfig", () => {
  test.each([
    ["--read_only", "--read-only"],
    ["--readonly", "--read-only"],
    ["--read", "--read-only"],
    ["--dmeo", "--demo"],
    ["--no-demo", "--demo"],
    ["--halp", "--help"],
    ["-h", "--help"],
    ["--verson", "--version"],
    ["--ports", "--port"],
    ["--contexts", "--context"],
  ])("refuses %s and names the nearest option, %s", (flag, nearest) => {
    expectFacts(readConfigError([flag]), "unknown option", ` ${flag}.`, ` "${nearest}"`, "--help");
    expect(readConfigError([flag])).not.toContain(ALL);
  });

  test.each([
    [["simulate"], "simulate"],
    [["serve"], "serve"],
    [["serve", "simulator"], "serve"],
    [["serve", TOKEN], "serve"],
    [["serve", "--port", "80", TOKEN], "serve"],
    [["--", "--demo"], "--demo"],
    [["a".repeat(20)], "a".repeat(20)],
  ])("refuses %j because of the word %j", (argv, word) => {
    expectFacts(readConfigError(argv), "unknown command", `"${word}"`, '"doctor"', '"simulator"', "--help");
  });

  test.each([
    [["8080"]],
    [["a".repeat(21)]],
    [["Simulator"]],
    [["a\nb"]],
    [[""]],
    [[TOKEN]],
    [["--demo", TOKEN]],
    [["--", TOKEN]],
    [[TOKEN, "simulator"]],
    [[TOKEN, "serve"]],
    [[TOKEN.toLowerCase().replace(/\d/g, "x")]],
  ])("refuses %j without repeating the word, which may be a token", (argv) => {
    expectFacts(readConfigError(argv), "unknown command", '"doctor"', '"simulator"', "--help");
    expect(new Set(readConfigError(argv).match(/"[^"]*"/g))).toEqual(new Set(['"doctor"', '"simulator"']));
    for (const word of argv.filter((word) => word.length > 20))
      expect(readConfigError(argv)).not.toContain(word);
  });

  test.each([
    [["simulator", "serve"]],
    [["simulator", "simulator"]],
    [["simulator", "8080"]],
    [["simulator", ""]],
    [["simulator", "--port", "80", "x"]],
    [["simulator", "--", "--demo"]],
    [["simulator", TOKEN]],
    [["simulator", "serve", TOKEN]],
    [["--demo", "simulator", TOKEN]],
  ])("refuses %j because of the word after the command, which is not repeated", (argv) => {
    expectFacts(readConfigError(argv), "options", "command", "--help");
    expect(readConfigError(argv)).toBe(readConfigError(["simulator", "x"]));
  });

  test("repeats an unknown option of up to 30 characters; a longer one may be a token", () => {
    expectFacts(readConfigError([`--${"q".repeat(28)}`]), "unknown option", `--${"q".repeat(28)}`, ALL);
    const long = readConfigError([`--${"q".repeat(29)}`]);
    expectFacts(long, "unknown option", ALL);
    expect(long).not.toContain("qqq");
    expect(readConfigError([`--${TOKEN}`])).toBe(long);
    expectFacts(readConfigError([`-${TOKEN}`]), "unknown option", " -Z", ALL);
    expect(readConfigError([`-${TOKEN}`])).not.toContain(TOKEN.slice(0, 3));
    expect(readConfigError([`--${TOKEN}=${TOKEN}`])).toBe(long);
    expect(readConfigError(["simulator", `--${TOKEN}`])).toBe(long);
  });

  test.each(["--token", "-t", "--demo", "--help"])("does not repeat the value of %s", (flag) => {
    expect(readConfigError([`${flag}=${TOKEN}`])).not.toContain(TOKEN.slice(1, 9));
  });

  test.each([
    ["--constructor", '"--context"'],
    ["--toString", ALL],
    ["--__proto__", ALL],
  ])("refuses %s, a property of every object", (flag, hint) => {
    expectFacts(readConfigError([flag]), "unknown option", flag, hint);
  });

  test.each(["--demo", "--read-only", "--help", "--version"])("refuses a value of %s", (flag) => {
    expectFacts(readConfigError([`${flag}=yes`]), `${flag} `, "no value");
  });
});

describe("--port", () => {
  test.each([
    ["0", 0],
    ["1", 1],
    ["65535", 65_535],
  ])("--port accepts %s", (text, port) => {
    expect(readConfig(["simulator", "--port", text], {}).port).toBe(port);
  });

  test.each(["65536", "99999", "100000", "-1", "1.5", "1e3", "0x50", "http", "", " 80", "８０"])(
    "refuses %j",
    (text) => {
      expectFacts(readConfigError(["simulator", `--port=${text}`]), "--port ", "0 to 65535");
    },
  );

  test("--port requires a value", () => {
    expectFacts(readConfigError(["simulator", "--port"]), "--port ", "a value");
  });

  test.each([[["--port", "80"]], [["--demo", "--port=80"]], [["--port", "0"]], [["doctor", "--port=80"]]])(
    "--port is refused without the command simulator (%j)",
    (argv) => {
      expectFacts(readConfigError(argv), "--port ", "command simulator");
    },
  );
});

describe("--help", () => {
  test.each(Object.entries(OPTIONS))("--help lists the option %s", (_, option) => {
    const lines = formatHelp("/place").split("\n");
    const line = lines.find((each) => each.includes(option.help)) ?? "";
    if ("flag" in option) expect(line).toContain(`--${option.flag}`);
    if ("variable" in option) expect(line).toContain(option.variable);
  });

  test("--help lists all commands, and ends with a line break", () => {
    const help = formatHelp("/place");
    expect(help).toContain("Usage: hcloud-images-mcp [options]");
    expect(help).toContain("hcloud-images-mcp doctor [options]");
    expect(help).toContain("hcloud-images-mcp simulator [--port N]");
    expect(help).toMatch(/[^\n]\n$/);
  });

  test.each<[NodeJS.Platform, places: string]>([
    ["linux", "in $XDG_CONFIG_HOME, else in ~/.config;"],
    ["darwin", "in $XDG_CONFIG_HOME, else in ~/.config;"],
    ["win32", "in %APPDATA%)"],
  ])("--help names the places on %s of the CLI's file", (platform, places) => {
    const env = { XDG_CONFIG_HOME: "/$XDG_CONFIG_HOME", APPDATA: "%APPDATA%" };
    const paths = listPaths(env, platform, "~").map((path) => path.replaceAll("\\", "/").replace(/^\//, ""));
    const folders = paths.map((path) => path.replace(/\/hcloud\/cli\.toml$/, ""));
    expect(places).toBe(`in ${folders.join(", else in ")}${platform === "win32" ? ")" : ";"}`);
    expect(OPTIONS.cliFile.help).toContain(places);
  });
});
