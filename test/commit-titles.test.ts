/** scripts/commit-titles.mjs on a git repository of its own. */

import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "./support/folder.ts";
import { ROOT } from "./support/npm.ts";

/** A repository whose branch main has one commit, with a title that no new commit may have. */
function repository() {
  const place = temporaryFolder();
  const git = (...args: string[]) => execFileSync("git", args, { cwd: place, stdio: "pipe" });
  const commit = (title: string) => git("commit", "--quiet", "--allow-empty", `--message=${title}\n\nBody.`);
  git("init", "--quiet", "--initial-branch=main");
  for (const setting of ["user.name=a", "user.email=a@example.com", "commit.gpgsign=false"])
    git("config", ...setting.split("="));
  commit("old");
  return { place, git, commit };
}

function check(place: string, env: NodeJS.ProcessEnv = process.env) {
  const script = join(ROOT, "scripts/commit-titles.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], {
    cwd: place,
    env: { ...env, GIT_CEILING_DIRECTORIES: join(place, "..") },
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

const LONGEST = `fix: ${"x".repeat(67)}`;

test("commit titles of a branch are accepted up to 72 characters in the form of Conventional Commits", () => {
  const { place, git, commit } = repository();
  git("switch", "--quiet", "--create", "topic");
  for (const title of [LONGEST, "feat(report)!: sum up servers", "docs: write größe", "1.2.3"]) commit(title);
  expect(check(place)).toEqual({ status: 0, stdout: "Commit titles: 4 checked, 0 wrong\n", stderr: "" });
});

test.each([
  [`${LONGEST}x`, "73 characters, at most 72"],
  ["wip: more", "must be type(scope): imperative"],
  ["Add more", "must be type(scope): imperative"],
  ["fix:more", "must be type(scope): imperative"],
  ["fix: mend this.", "must be type(scope): imperative"],
])("a commit with the title %j fails the check with the reason", (title, why) => {
  const { place, git, commit } = repository();
  git("switch", "--quiet", "--create", "topic");
  commit("fix: a bug");
  commit(title);
  const { status, stdout, stderr } = check(place);
  expect({ status, stdout }).toEqual({ status: 1, stdout: "Commit titles: 2 checked, 1 wrong\n" });
  expect(stderr).toContain(why);
  expect(stderr.trimEnd().split("\n")).toEqual([expect.stringMatching(new RegExp(` ${title}$`))]);
});

test("commits on main are compared with main of the cloned repository", () => {
  const { place } = repository();
  const clone = join(temporaryFolder(), "clone");
  execFileSync("git", ["clone", "--quiet", place, clone]);
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], { cwd: clone });
  git("commit", "--quiet", "--allow-empty", "--no-gpg-sign", "--message=new");
  expect(check(clone)).toMatchObject({ status: 1, stdout: "Commit titles: 1 checked, 1 wrong\n" });
});

test.each([
  ["on main without a remote", () => repository().place],
  ["without a repository", () => temporaryFolder()],
])("commit titles are skipped with a line that gives the reason %s", (_, make) => {
  expect(check(make())).toEqual({ status: 0, stdout: expect.stringMatching(/^SKIPPED: .*\n$/), stderr: "" });
});

test("commit titles are skipped with a line that gives the reason without git", () => {
  const result = check(repository().place, { PATH: temporaryFolder() });
  expect(result).toEqual({ status: 0, stdout: expect.stringMatching(/^SKIPPED: .*\n$/), stderr: "" });
});
