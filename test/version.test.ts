/** `npm version` on a copy of the project. */

import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "./support/folder.ts";
import { npm, ROOT } from "./support/npm.ts";

const LEFT_OUT = ["node_modules", "dist", "coverage", ".git"];

/** The project without what is made or installed; packages are used where they are. */
function copy(): string {
  const place = join(temporaryFolder(), "copy");
  cpSync(ROOT, place, { recursive: true, filter: (path) => !LEFT_OUT.includes(basename(path)) });
  symlinkSync(join(ROOT, "node_modules"), join(place, "node_modules"), "junction");
  execFileSync("git", ["init", "--quiet"], { cwd: place });
  return place;
}

test("npm version moves every place that bears the version, and dates the changelog", () => {
  const place = copy();
  const read = (file: string) => readFileSync(join(place, file), "utf8");
  const json = (file: string) => JSON.parse(read(file));
  const { version: old } = json("package.json");

  npm(["version", "patch", "--no-git-tag-version"], place, temporaryFolder());

  const { version: next } = json("package.json");
  expect(next).not.toBe(old);
  const lock = json("package-lock.json");
  const server = json("server.json");
  const said = execFileSync(process.execPath, ["dist/index.js", "--version"], {
    cwd: place,
    encoding: "utf8",
  });
  expect({
    lock: [lock.version, lock.packages[""].version],
    manifest: json("manifest.json").version,
    server: [server.version, server.packages[0].version],
    command: said.trim(),
  }).toEqual({ lock: [next, next], manifest: next, server: [next, next], command: next });
  expect(read("CHANGELOG.md")).toMatch(
    new RegExp(
      `^## \\[Unreleased\\]\\n\\n## \\[${next.replaceAll(".", "\\.")}\\] - \\d{4}-\\d\\d-\\d\\d\\n`,
      "m",
    ),
  );

  const notes = execFileSync(process.execPath, ["scripts/changelog.mjs", "--notes"], {
    cwd: place,
    encoding: "utf8",
  });
  expect(notes).toMatch(/^### /);
  expect(notes).not.toContain("\n## ");

  // Whoever writes the version anywhere else has to have it moved, too.
  const others = readdirSync(place, { recursive: true, encoding: "utf8" })
    .filter((path) => !/^(node_modules|dist|\.git|test|package-lock\.json|CHANGELOG\.md)\b/.test(path))
    .filter((path) => /\.(json|md|mjs|ts|yml)$/.test(path));
  expect(others.length).toBeGreaterThan(20);
  const left = new RegExp(`(?<![\\d.])${old.replaceAll(".", "\\.")}(?![\\d.])`);
  expect(others.filter((path) => left.test(read(path)))).toEqual([]);
}, 60_000);
