import { describe, expect, test } from "vitest";
import { formatHelp, OPTIONS, readConfig } from "../../src/config/options.ts";
import { refused } from "../support/refused.ts";

const TOKEN = "Zq7Lw2Rk9Tb4Nx8Vd3Mh6Yc1Gf5Js0PaUeIoKtWnBvCrDxEyFzHgQiSjAlOmXpRu";

describe("an argument nobody knows", () => {
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
  ])("%s is refused with the nearest, %s", (flag, nearest) => {
    expect(refused([flag])).toBe(`unknown option ${flag}. Did you mean "${nearest}"? See --help.`);
  });

  test.each([
    [["simulate"], "simulate"],
    [["serve"], "serve"],
    [["serve", "simulator"], "serve"],
    [["serve", TOKEN], "serve"],
    [["serve", "--port", "80", TOKEN], "serve"],
    [["--", "--demo"], "--demo"],
    [["a".repeat(20)], "a".repeat(20)],
  ])("%j is refused for %j", (argv, word) => {
    expect(refused(argv)).toBe(`unknown command "${word}". There are "doctor" and "simulator". See --help.`);
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
  ])("%j is refused without being repeated, since it may be a token", (argv) => {
    expect(refused(argv)).toBe('unknown command. There are "doctor" and "simulator". See --help.');
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
  ])("%j is refused for what follows the command, which is never repeated", (argv) => {
    expect(refused(argv)).toBe("only options can follow the command. See --help.");
  });

  test("an option is repeated up to 30 characters, and a longer one not, since it may be a token", () => {
    const all = "There are: --context, --read-only, --demo, --port, --faults, --help, --version. See --help.";
    expect(refused([`--${"q".repeat(28)}`])).toBe(`unknown option --${"q".repeat(28)}. ${all}`);
    expect(refused([`--${"q".repeat(29)}`])).toBe(`unknown option. ${all}`);
    expect(refused([`--${TOKEN}`])).toBe(`unknown option. ${all}`);
    expect(refused([`-${TOKEN}`])).toBe(`unknown option -Z. ${all}`);
    expect(refused([`--${TOKEN}=${TOKEN}`])).toBe(`unknown option. ${all}`);
    expect(refused(["simulator", `--${TOKEN}`])).toBe(`unknown option. ${all}`);
  });

  test.each(["--token", "-t", "--demo", "--help"])("the value of %s is not repeated", (flag) => {
    expect(refused([`${flag}=${TOKEN}`])).not.toContain(TOKEN.slice(1, 9));
  });

  test.each([
    ["--constructor", 'Did you mean "--context"?'],
    ["--toString", "There are: --context, --read-only, --demo, --port, --faults, --help, --version."],
    ["--__proto__", "There are: --context, --read-only, --demo, --port, --faults, --help, --version."],
  ])("%s is refused too", (flag, hint) => {
    expect(refused([flag])).toBe(`unknown option ${flag}. ${hint} See --help.`);
  });

  test.each(["--demo", "--read-only", "--help", "--version"])("such as a value of %s is refused", (flag) => {
    expect(refused([`${flag}=yes`])).toBe(`${flag} takes no value.`);
  });
});

describe("a port", () => {
  test.each([
    ["0", 0],
    ["1", 1],
    ["65535", 65_535],
  ])("may be %s", (text, port) => {
    expect(readConfig(["simulator", "--port", text], {}).port).toBe(port);
  });

  test.each(["65536", "99999", "100000", "-1", "1.5", "1e3", "0x50", "http", "", " 80", "８０"])(
    "may not be %j",
    (text) => {
      expect(refused(["simulator", `--port=${text}`])).toBe("--port must be a number from 0 to 65535.");
    },
  );

  test("has to be said", () => {
    expect(refused(["simulator", "--port"])).toBe("--port needs a value.");
  });

  test.each([[["--port", "80"]], [["--demo", "--port=80"]], [["--port", "0"]], [["doctor", "--port=80"]]])(
    "is nothing for a server (%j)",
    (argv) => {
      expect(refused(argv)).toBe("--port goes with the command simulator.");
    },
  );
});

describe("the help", () => {
  test.each(Object.entries(OPTIONS))("tells of %s", (_, option) => {
    const lines = formatHelp().split("\n");
    const line = lines.find((each) => each.includes(option.help)) ?? "";
    if ("flag" in option) expect(line).toContain(`--${option.flag}`);
    if ("variable" in option) expect(line).toContain(option.variable);
  });

  test("tells all ways of starting, and ends with a line break", () => {
    expect(formatHelp()).toContain("Usage: hcloud-images-mcp [options]");
    expect(formatHelp()).toContain("hcloud-images-mcp doctor [options]");
    expect(formatHelp()).toContain("hcloud-images-mcp simulator [--port N]");
    expect(formatHelp()).toMatch(/[^\n]\n$/);
  });
});
