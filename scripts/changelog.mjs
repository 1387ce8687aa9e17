// Gives what is unreleased in CHANGELOG.md the version of package.json and a date: a step of npm version. With --notes it
// prints what the changelog says of that version.
import { readFileSync, writeFileSync } from "node:fs";

const UNRELEASED = "## [Unreleased]\n";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const changelog = readFileSync("CHANGELOG.md", "utf8");

if (process.argv.includes("--notes")) {
  console.log(section(version));
} else {
  if (!changelog.includes(UNRELEASED)) throw new Error(`CHANGELOG.md has no line ${UNRELEASED.trim()}`);
  const [day] = new Date().toISOString().split("T");
  writeFileSync("CHANGELOG.md", changelog.replace(UNRELEASED, `${UNRELEASED}\n## [${version}] - ${day}\n`));
}

/** @param {string} version */
function section(version) {
  const found = changelog.split(/^## /m).find((part) => part.startsWith(`[${version}]`));
  if (!found) throw new Error(`CHANGELOG.md says nothing of version ${version}`);
  return found.slice(found.indexOf("\n")).trim();
}
