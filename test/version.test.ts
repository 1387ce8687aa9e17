/** `npm version`, on a copy of the project and on the least that it needs. */

import { execFileSync } from "node:child_process";
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "./support/folder.ts";
import { ROOT, runNpm } from "./support/npm.ts";
import { copyProject } from "./support/project-copy.ts";

test("npm version changes every place with the version, and dates the changelog", () => {
  const { place, read, json, write, node } = copyProject(["node_modules"]);
  const { version: old } = json("package.json");
  // In a release there is nothing unreleased.
  write("CHANGELOG.md", read("CHANGELOG.md").replace("## [Unreleased]\n", "$&\n### Fixed\n\n- A bug.\n"));

  runNpm(["version", "patch", "--no-git-tag-version"], place, temporaryFolder());

  const { version: next } = json("package.json");
  expect(next).not.toBe(old);
  const lock = json("package-lock.json");
  const server = json("server.json");
  expect({
    lock: [lock.version, lock.packages[""].version],
    manifest: json("manifest.json").version,
    server: [server.version, server.packages[0].version],
    command: node("dist/index.js", "--version").trim(),
  }).toEqual({ lock: [next, next], manifest: next, server: [next, next], command: next });
  expect(read("CHANGELOG.md")).toMatch(
    new RegExp(
      `^## \\[Unreleased\\]\\n\\n## \\[${next.replaceAll(".", "\\.")}\\] - \\d{4}-\\d\\d-\\d\\d\\n`,
      "m",
    ),
  );

  const notes = node("scripts/changelog.mjs", "--notes");
  expect(notes).toMatch(/^### Fixed\n\n- A bug\.\n/);
  expect(notes).not.toContain("\n## ");

  // A new place with the version must be changed by npm version, too.
  const others = readdirSync(place, { recursive: true, encoding: "utf8" })
    .filter((path) => !/^(node_modules|dist|\.git|test|package-lock\.json|CHANGELOG\.md)\b/.test(path))
    .filter((path) => /\.(json|md|mjs|ts|yml)$/.test(path));
  expect(others.length).toBeGreaterThan(20);
  const left = new RegExp(`(?<![\\d.])${old.replaceAll(".", "\\.")}(?![\\d.])`);
  expect(others.filter((path) => left.test(read(path)))).toEqual([]);
}, 60_000);

/** A package of version 0.1.0 in a git repository, whose `npm version` does to this changelog what the project's does. */
function packageWith(changelog: string) {
  const place = temporaryFolder();
  const git = (...args: string[]) => execFileSync("git", args, { cwd: place, encoding: "utf8" });
  const scripts = { version: "node changelog.mjs && git add CHANGELOG.md" };
  writeFileSync(join(place, "package.json"), JSON.stringify({ name: "a", version: "0.1.0", scripts }));
  writeFileSync(join(place, "CHANGELOG.md"), changelog);
  copyFileSync(join(ROOT, "scripts/changelog.mjs"), join(place, "changelog.mjs"));
  git("init", "--quiet");
  for (const setting of [
    "user.name=a",
    "user.email=a@example.com",
    "commit.gpgsign=false",
    "tag.gpgsign=false",
  ])
    git("config", ...setting.split("="));
  git("add", ".");
  git("commit", "--quiet", "--message=All");
  const release = () => runNpm(["version", "0.1.0", "--allow-same-version"], place, temporaryFolder());
  return { git, release, changelog: () => readFileSync(join(place, "CHANGELOG.md"), "utf8") };
}

test("npm version makes the first release of the initial version of package.json, once", () => {
  const { git, release, changelog } = packageWith("# Changelog\n\n## [Unreleased]\n\n- All.\n");
  release();
  const dated = expect.stringMatching(
    /^# Changelog\n\n## \[Unreleased\]\n\n## \[0\.1\.0\] - \d{4}-\d\d-\d\d\n\n- All\.\n$/,
  );
  expect(changelog()).toEqual(dated);
  expect(git("describe", "--exact-match").trim()).toBe("v0.1.0");
  expect(git("status", "--porcelain")).toBe("");
  expect(release).toThrow("CHANGELOG.md has version 0.1.0 already");
  expect(changelog()).toEqual(dated);
});

test("npm version refuses a release that the changelog does not describe", () => {
  const { git, release } = packageWith(
    "# Changelog\n\n## [Unreleased]\n\n## [0.0.9] - 2026-01-01\n\n- All.\n",
  );
  expect(release).toThrow("CHANGELOG.md says nothing under ## [Unreleased]");
  expect(git("tag")).toBe("");
});
