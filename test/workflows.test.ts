/** The workflows, as data: what they run exists, and they may do no more than they need. */

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";

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

test("ci.yml tests on Linux, macOS and Windows, on the oldest Node that is supported and the two after it", () => {
  const { jobs } = load("ci.yml");
  const { os, node } = jobs["test"]?.strategy?.matrix ?? {};
  expect(os).toEqual(["ubuntu-latest", "macos-latest", "windows-latest"]);
  expect(node).toEqual([20, 22, 24]);
  expect(engines.node).toMatch(new RegExp(`^>=${node?.[0]}\\.`));
  expect(jobs["test"] && runOf(jobs["test"])).toEqual(["npm ci", "npm test"]);
});

test("release.yml runs on a version's tag, and publishes only what was tested and bears that version", () => {
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
