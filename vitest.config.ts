/** The projects of the tests: quick ones (sources), slow ones, and the client's tests on the bundled undici. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));

/** Tests that try thousands of cases, wait, or need a browser. `npm run check` runs them. */
const SLOW = [
  "test/{reliability,app}/**/*.test.ts",
  "test/**/*-{random,fuzz}.test.ts",
  "test/call/forms-{answered,codes,large,matrix,modes,rest}.test.ts",
  "test/call/audit-concurrent.test.ts",
  "test/housekeeping/restic.test.ts",
  "test/mcp/{crash,quick-reads}.test.ts",
  "test/tools/{lenient-arguments,plan-ten-thousand,retention-guard-during}.test.ts",
  "test/view/forms-hostile.test.ts",
];

export default defineConfig({
  define: { __VERSION__: JSON.stringify(version) },
  test: {
    projects: [
      // Without isolation, a worker loads each module once for all its files, which halves the time.
      {
        extends: true,
        test: { name: "sources", include: ["test/**/*.test.ts"], exclude: SLOW, isolate: false },
      },
      // Other work on the machine can make these tests several times slower.
      { extends: true, test: { name: "slow", include: SLOW, testTimeout: 180_000 } },
      {
        // The build bundles only a part of undici, so the client's tests also run on that part.
        extends: true,
        resolve: { alias: { undici: resolve("dist/undici.js") } },
        test: { name: "built-undici", include: ["test/hcloud/client-*.test.ts"] },
      },
    ],
    reporters: ["default", "./scripts/reliability.mjs", "./scripts/closing-line.mjs"],
    testTimeout: 30_000,
    // The tests mostly wait for other processes.
    maxWorkers: "100%",
    // On a busy machine, another process can take longer than the default of one second.
    expect: { poll: { timeout: 15_000 } },
    coverage: {
      provider: "v8",
      include: ["src/**"],
      exclude: ["src/**/types.ts"],
      reporter: ["text"],
      thresholds: { lines: 90 },
    },
  },
});
