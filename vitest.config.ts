import { readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));

export default defineConfig({
  define: { __VERSION__: JSON.stringify(version) },
  test: {
    include: ["test/**/*.test.ts"],
    reporters: ["default", "./scripts/reliability.mjs", "./scripts/closing-line.mjs"],
    testTimeout: 20_000,
    coverage: {
      provider: "v8",
      include: ["src/**"],
      exclude: ["src/**/types.ts"],
      reporter: ["text"],
      thresholds: { lines: 90 },
    },
  },
});
