// A vitest reporter that ends the output with the line: N passed, N failed, N skipped.

export default class ClosingLine {
  /**
   * @param {ReadonlyArray<import("vitest/node").TestModule>} modules
   * @param {ReadonlyArray<unknown>} errors
   */
  onTestRunEnd(modules, errors) {
    const count = { passed: 0, failed: errors.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      count.failed += module.errors().length;
      for (const test of module.children.allTests()) count[test.result().state]++;
    }
    const line = `${count.passed} passed, ${count.failed + count.pending} failed, ${count.skipped} skipped\n`;
    // Vitest prints the coverage table after this call.
    process.once("exit", () => process.stdout.write(line));
  }
}
