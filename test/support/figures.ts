/** What the tests of test/reliability tell about their outcome, of which docs/reliability.md is made. */

declare module "vitest" {
  interface TaskMeta {
    /** By name: a count, or a few words; the same in every run. */
    figures?: Record<string, string | number>;
  }
}

export {};
