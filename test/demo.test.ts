/** What a new user sees first. Needs `npm run build`. */

import { expect, test } from "vitest";
import { spawnCommand } from "./support/spawned.ts";

async function run(...args: string[]) {
  const demo = spawnCommand(args, {}, { command: "scripts/demo.mjs" });
  demo.child.stdin.end();
  return { code: await demo.ended, lines: demo.lines };
}

test("the demo fits a terminal, shows plan, form, savings and a refusal, and ends by itself", async () => {
  const { code, lines } = await run();
  expect(code).toBe(0);
  expect(lines.length).toBeLessThanOrEqual(45);
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  const text = lines.join("\n");
  expect(text).toMatch(
    /Would delete 5 of 28 snapshots[\s\S]*1 {2}No, change nothing\n {2}2 {2}Yes, delete 5/,
  );
  expect(text).toMatch(/Deleted 5 snapshots: 48\.22 GB, saves 0\.69 EUR a month\.[\s\S]*\(protected\)/);
});

test("the long tour shows every kind of call and ends by itself", async () => {
  const { code, lines } = await run("--all");
  expect(code).toBe(0);
  expect(lines.length).toBeGreaterThan(200);
});
