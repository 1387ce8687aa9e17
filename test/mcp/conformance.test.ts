/** The official conformance suite, which speaks HTTP only, against the built command behind a bridge. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../support/folder.ts";
import { startBridge } from "../support/http-bridge.ts";

const require = createRequire(import.meta.url);

interface Check {
  id: string;
  status: "SUCCESS" | "FAILURE" | "WARNING" | "SKIPPED" | "INFO";
  errorMessage?: string;
  /** The suite wants a tool of its own for this check, which only a server made for the suite has. */
  details?: { untestable?: boolean };
}

/** The scenarios that ask for nothing that only a server made for the suite has. */
const SCENARIOS: Record<string, string[]> = {
  "2026-07-28": [
    "server-stateless",
    "caching",
    "tools-list",
    "prompts-list",
    "resources-list",
    "sep-2164-resource-not-found",
    "completion-complete",
    "input-required-result-unsupported-methods",
  ],
  "2025-11-25": [
    "server-initialize",
    "ping",
    "tools-list",
    "prompts-list",
    "resources-list",
    "completion-complete",
  ],
};

const UNTESTABLE = [
  "sep-2575-server-rejects-undeclared-capability",
  "sep-2575-missing-capability-http-400",
  "sep-2575-http-server-no-independent-requests-on-stream",
  "sep-2575-server-no-log-without-loglevel",
];

const SUITE = findSuite();
const why = SUITE === null ? " (skipped: it is not installed, or Node is older than 22)" : "";

describe.skipIf(SUITE === null)(`the conformance suite${why}`, () => {
  const cases = Object.entries(SCENARIOS).flatMap(([version, names]) =>
    names.map((name) => [version, name] as const),
  );

  test.each(cases)("%s %s", async (version, scenario) => {
    const checks = await run(await startBridge(), version, scenario);
    expect(checks.map(({ status }) => status)).toContain("SUCCESS");
    const left = checks.filter(({ details }) => !details?.untestable);
    const failed = left.filter(({ status }) => status === "FAILURE" || status === "WARNING");
    expect(failed.map(({ id, errorMessage }) => `${id}: ${errorMessage}`)).toEqual([]);
    const untestable = checks.filter((check) => !left.includes(check)).map(({ id }) => id);
    expect(untestable).toEqual(scenario === "server-stateless" ? UNTESTABLE : []);
  });
});

async function run(url: string, version: string, scenario: string): Promise<Check[]> {
  const folder = temporaryFolder();
  const options = ["--url", url, "--scenario", scenario, "--spec-version", version, "--output-dir", folder];
  const suite = spawn(process.execPath, [String(SUITE), "server", ...options], { stdio: "ignore" });
  await once(suite, "close");
  const [results = ""] = readdirSync(folder);
  return JSON.parse(readFileSync(join(folder, results, "checks.json"), "utf8"));
}

function findSuite(): string | null {
  if (Number.parseInt(process.versions.node, 10) < 22) return null;
  try {
    return require.resolve("@modelcontextprotocol/conformance/dist/index.js");
  } catch {
    return null;
  }
}
