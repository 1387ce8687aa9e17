import { readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));

/**
 * The tests that judge mutants. Excluded are those of the built command, which contains no mutant, and the one that reads the
 * source: it fails on every source with mutants in it.
 */
export default defineConfig({
  define: { __VERSION__: JSON.stringify(version) },
  test: {
    include: [
      "test/{call,housekeeping,tools,view}/**/*.test.ts",
      "test/hcloud/{change,images,retry,error}*.test.ts",
    ],
    exclude: ["test/call/{audit,audit-*,context,sentences}.test.ts"],
    testTimeout: 30_000,
    expect: { poll: { timeout: 15_000 } },
  },
});
