import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openRules } from "../src/tools/operator-rules.ts";
import { writeRulesFile } from "./support/rules.ts";
import { callMessage, INITIALIZE, spawnCommand } from "./support/spawned.ts";

test("docs/rules.md shows a file that can be used, and names every rule", () => {
  const text = readFileSync(new URL("../docs/rules.md", import.meta.url), "utf8");
  const [, example = ""] = /```toml\n([\s\S]*?)```/.exec(text) ?? [];
  const { rulesFile: path, auditFile } = writeRulesFile(example);
  const { rules, problem } = openRules(path, { auditFile, demo: false }).read();
  expect(problem).toBeUndefined();
  expect(rules).toMatchObject({ keep_at_least: 2, binFirst: true, keepProtection: true });
  const named = [...text.matchAll(/^\| `(\w+)`/gm)].map(([, rule]) => rule ?? "");
  expect(example.match(/^(\w+)(?= =)|(?<=^\[)\w+(?=\.)/gm)).toEqual(expect.arrayContaining(named));
});

test("the built server applies the file that HCLOUD_IMAGES_RULES names", async () => {
  const { rulesFile: path } = writeRulesFile('unprotect = "never"\nnever = ["env"]');
  const server = spawnCommand(["--demo"], { HCLOUD_IMAGES_RULES: path });
  server.send(INITIALIZE);
  expect(await server.nextLine()).toMatch(/\benv\b/);
  server.send(callMessage(2, "hcloud_delete_image", { id: 362118904 }));
  expect(await server.nextLine()).toContain("rule never: env");
});
