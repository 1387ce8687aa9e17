import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runDoctor } from "./support/doctor.ts";
import { temporaryFolder } from "./support/folder.ts";

test("doctor accepts an audit file that can be written, and does not create it", async () => {
  const file = join(temporaryFolder(), "audit.jsonl");
  const { code, lines } = await runDoctor(["--demo"], { HCLOUD_IMAGES_AUDIT_FILE: file });
  expect(lines).toContainEqual(expect.stringMatching(/^ok {4}audit: .*HCLOUD_IMAGES_AUDIT_FILE/));
  expect(code).toBe(0);
  expect(existsSync(file)).toBe(false);
});

test.each([
  ["is a folder", () => temporaryFolder(), "EISDIR"],
  ["has no folder", () => join(temporaryFolder(), "none", "audit.jsonl"), "ENOENT"],
])("doctor fails for an audit file that %s", async (_, place, why) => {
  const { code, lines } = await runDoctor(["--demo"], { HCLOUD_IMAGES_AUDIT_FILE: place() });
  expect(lines.find((line) => line.startsWith("FAIL"))).toMatch(new RegExp(`^FAIL {2}audit: .*\\(${why}\\)`));
  expect(code).toBe(1);
});
