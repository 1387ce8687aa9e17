// Moves the unreleased entries of CHANGELOG.md under the version of package.json and a date: a step of npm version.
// With --notes, prints the entries of that version.
import { readFileSync, writeFileSync } from "node:fs";

const UNRELEASED = "## [Unreleased]\n";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const changelog = readFileSync("CHANGELOG.md", "utf8");

if (process.argv.includes("--notes")) {
  const notes = findSection(version);
  if (!notes) throw new Error(`CHANGELOG.md says nothing of version ${version}: run npm version`);
  console.log(notes);
} else {
  if (findSection(version) !== undefined) throw new Error(`CHANGELOG.md has version ${version} already`);
  if (!findSection("Unreleased")) throw new Error(`CHANGELOG.md says nothing under ${UNRELEASED.trim()}`);
  const [day] = new Date().toISOString().split("T");
  writeFileSync("CHANGELOG.md", changelog.replace(UNRELEASED, `${UNRELEASED}\n## [${version}] - ${day}\n`));
}

/**
 * Returns the text of a section; undefined if there is none.
 * @param {string} name
 */
function findSection(name) {
  const found = changelog.split(/^## /m).find((part) => part.startsWith(`[${name}]`));
  return found?.slice(found.indexOf("\n")).trim();
}
