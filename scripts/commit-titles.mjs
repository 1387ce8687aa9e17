// Checks the titles of the commits that main does not have. Exits with code 1 if a title is too long or has another form.
import { execFileSync } from "node:child_process";

const MAX_CHARS = 72;
const TYPES = "build|chore|ci|docs|feat|fix|perf|refactor|revert|style|test";
// The title of a commit by `npm version` is only the version.
const FORM = new RegExp(`^((${TYPES})(\\([a-z0-9-]+\\))?!?: \\S.*[^.\\s]|\\d+\\.\\d+\\.\\d+)$`);
const BASES = ["refs/remotes/origin/main", "refs/heads/main"];

const bases = BASES.filter(
  (ref) => ref !== runGit("symbolic-ref", "--quiet", "HEAD") && runGit("rev-parse", "--verify", ref),
);
const log =
  bases.length > 0 ? runGit("log", "--no-merges", "--format=%h %s", "HEAD", "--not", ...bases) : undefined;
if (log === undefined) {
  console.log("SKIPPED: the commit titles, for want of a git history with the branch main to compare with");
} else {
  const commits = log.split("\n").filter(Boolean);
  const wrong = commits.flatMap(
    (commit) => findProblem(commit.replace(/^\S+ /, ""))?.concat(`: ${commit}`) ?? [],
  );
  for (const line of wrong) console.error(line);
  console.log(`Commit titles: ${commits.length} checked, ${wrong.length} wrong`);
  if (wrong.length > 0) process.exitCode = 1;
}

/** Returns the problem of a title; undefined if there is none. @param {string} title */
function findProblem(title) {
  const { length } = Array.from(title);
  if (length > MAX_CHARS) return `${length} characters, at most ${MAX_CHARS}`;
  return FORM.test(title) ? undefined : "must be type(scope): imperative, without a full stop";
}

/**
 * Returns the output of git; undefined if git fails, as without a repository.
 * @param {string[]} args
 */
function runGit(...args) {
  try {
    return execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return undefined;
  }
}
