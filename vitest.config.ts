import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));

/** What tries thousands of cases (faults, attacks, random arguments and changes), waits, or needs a browser. `npm run check` runs it. */
const SLOW = [
  "test/{reliability,app}/**/*.test.ts",
  "test/**/*-{random,fuzz}.test.ts",
  "test/call/forms-{answered,codes,large,matrix,modes,rest}.test.ts",
  "test/call/audit-at-once.test.ts",
  "test/housekeeping/restic.test.ts",
  "test/mcp/{crash,quick-reads}.test.ts",
  "test/tools/{lenient-arguments,plan-ten-thousand,retention-guard-during}.test.ts",
  "test/view/forms-hostile.test.ts",
];

export default defineConfig({
  define: { __VERSION__: JSON.stringify(version) },
  test: {
    projects: [
      // Without isolation, a module is loaded once for all files of a worker: it takes half the time.
      {
        extends: true,
        test: { name: "sources", include: ["test/**/*.test.ts"], exclude: SLOW, isolate: false },
      },
      { extends: true, test: { name: "slow", include: SLOW } },
      {
        // The build ships undici in part; what the client asks of it holds for that part as well.
        extends: true,
        resolve: { alias: { undici: resolve("dist/undici.js") } },
        test: { name: "built-undici", include: ["test/hcloud/client-*.test.ts"] },
      },
    ],
    reporters: ["default", "./scripts/reliability.mjs", "./scripts/closing-line.mjs"],
    testTimeout: 30_000,
    // The tests wait for other processes most of the time.
    maxWorkers: "100%",
    // Waiting for a process can take longer than the usual second on a busy machine.
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
