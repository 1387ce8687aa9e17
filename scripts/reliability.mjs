// A vitest reporter: compares a whole run of test/reliability with docs/reliability.md, or writes the page with --update.
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
    // Windows has fewer figures, because it has no signals that end a process.
    if (this.isPartial || process.platform === "win32") return;
    const files = readdirSync(FOLDER).filter((file) => file.endsWith(".test.ts"));
    const ran = files.map((file) =>
      modules.find((module) => module.moduleId.endsWith(`/${FOLDER}/${file}`) && module.ok()),
    );
    if (!ran.every((module) => module !== undefined)) return;

    const written = existsSync(DOCUMENT) ? readFileSync(DOCUMENT, "utf8") : "";
    const rows = ran.flatMap((module) =>
      [...module.children.allTests()].flatMap((test) => formatRow(test, written)),
    );
    const text = formatDocument(rows);
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
 * Returns the row of a test that reports figures. A skipped test keeps the row that it has.
 * @param {import("vitest/node").TestCase} test
 * @param {string} written
 */
function formatRow(test, written) {
  const file = basename(test.module.moduleId);
  const name = test.name.replaceAll("|", "\\|");
  const start = `| [${file.replace(".test.ts", "")}](../${FOLDER}/${file}) | ${name} | `;
  if (test.result().state === "skipped") return written.split("\n").filter((row) => row.startsWith(start));
  const figures = Object.entries(test.meta().figures ?? {});
  const told = figures.map(([what, figure]) => `${what}: **${figure.toLocaleString("en-US")}**`);
  return told.length > 0 ? [`${start}${told.join("<br>")} |`] : [];
}

/** @param {string[]} rows */
function formatDocument(rows) {
  return `# Reliability

The tests in [${FOLDER}](../${FOLDER}) tried the following in their last run. They write this page (\`npm run generate\`), and
\`npm run check\` fails when the page differs from their results. They drive the server through a real MCP client or over stdio.
The cloud is the simulator over HTTP, with [faults](faults.md). Every run gives the same figures: seeds are fixed, and a fake clock
gives the time. \`npm run soak\` measures what takes long: 100,000 calls, memory, leaks and the time of a cancel.

| file | test | figures |
|---|---|---|
${rows.join("\n")}
`;
}
