// A vitest reporter: a run of all that is in test/reliability is compared with docs/reliability.md, or writes it with --update.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";

const FOLDER = "test/reliability";
const DOCUMENT = "docs/reliability.md";

export default class Reliability {
  /** @param {import("vitest/node").Vitest} vitest */
  onInit(vitest) {
    this.isPartial = vitest.config.testNamePattern !== undefined;
    this.update = vitest.config.snapshotOptions.updateSnapshot === "all";
  }

  /** @param {ReadonlyArray<import("vitest/node").TestModule>} modules */
  onTestRunEnd(modules) {
    // Windows knows no signals to end a process by, and so has fewer figures.
    if (this.isPartial || process.platform === "win32") return;
    const files = readdirSync(FOLDER).filter((file) => file.endsWith(".test.ts"));
    const ran = files.map((file) =>
      modules.find((module) => module.moduleId.endsWith(`/${FOLDER}/${file}`) && module.ok()),
    );
    if (!ran.every((module) => module !== undefined)) return;

    const written = existsSync(DOCUMENT) ? readFileSync(DOCUMENT, "utf8") : "";
    const rows = ran.flatMap((module) =>
      [...module.children.allTests()].flatMap((test) => rowOf(test, written)),
    );
    const text = documentOf(rows);
    if (written === text) return;
    if (this.update) {
      writeFileSync(DOCUMENT, text);
      console.log(`${DOCUMENT} written`);
    } else {
      console.error(`${DOCUMENT} is stale: run npm run generate`);
      process.exitCode = 1;
    }
  }
}

/**
 * The row of a test that told something. One that was skipped, for want of what it needs, keeps the row it has.
 * @param {import("vitest/node").TestCase} test
 * @param {string} written
 */
function rowOf(test, written) {
  const file = basename(test.module.moduleId);
  const name = test.fullName.replaceAll(" > ", " ").replaceAll("|", "\\|");
  const start = `| [${file.replace(".test.ts", "")}](../${FOLDER}/${file}) | ${name} | `;
  if (test.result().state === "skipped") return written.split("\n").filter((row) => row.startsWith(start));
  const figures = Object.entries(test.meta().figures ?? {});
  const told = figures.map(([what, figure]) => `${what}: **${figure.toLocaleString("en-US")}**`);
  return told.length > 0 ? [`${start}${told.join("<br>")} |`] : [];
}

/** @param {string[]} rows */
function documentOf(rows) {
  return `# Reliability

What the tests of [${FOLDER}](../${FOLDER}) tried in the last run, and what came of it. This page is written by them
(\`npm run generate\`), and \`npm run check\` fails when it says something else than they do. They drive the server
through a real MCP client or over stdio; the cloud is the simulator, over HTTP, with faults put into it
([faults.md](faults.md)). The same figures come out of every run: seeds are fixed, and time is that of a clock that the
tests turn. What takes long (100,000 calls, memory, leaks, the time a cancel takes) is measured by \`npm run soak\`.

| file | test | figures |
|---|---|---|
${rows.join("\n")}
`;
}
