import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));

/** What tries thousands of cases: faults in all places, attacks, random arguments and changes. `npm run check` runs it. */
const RELIABILITY = ["test/reliability/**/*.test.ts", "test/**/*-{random,fuzz}.test.ts"];

export default defineConfig({
  define: { __VERSION__: JSON.stringify(version) },
  test: {
    projects: [
      { extends: true, test: { name: "sources", include: ["test/**/*.test.ts"], exclude: RELIABILITY } },
      { extends: true, test: { name: "reliability", include: RELIABILITY } },
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
