/** The figures that tests of test/reliability report for docs/reliability.md. */

declare module "vitest" {
  interface TaskMeta {
    /** Counts or short texts by name, the same in every run. */
    figures?: Record<string, string | number>;
  }
}

export {};
