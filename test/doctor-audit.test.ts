import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { doctor } from "./support/doctor.ts";

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "doctor-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("the doctor finds an audit file that can be written, without making it", async () => {
  const file = join(emptyFolder(), "audit.jsonl");
  const { code, lines } = await doctor(["--demo"], { HCLOUD_IMAGES_AUDIT_FILE: file });
  expect(lines).toContain("ok    audit: changes are written down in the file of HCLOUD_IMAGES_AUDIT_FILE");
  expect(code).toBe(0);
  expect(existsSync(file)).toBe(false);
});

test.each([
  ["is a folder", () => emptyFolder(), "EISDIR"],
  ["has no folder", () => join(emptyFolder(), "none", "audit.jsonl"), "ENOENT"],
])("the doctor finds an audit file that %s", async (_, place, why) => {
  const { code, lines } = await doctor(["--demo"], { HCLOUD_IMAGES_AUDIT_FILE: place() });
  expect(lines.find((line) => line.startsWith("FAIL"))).toMatch(
    new RegExp(`^FAIL {2}audit: .*\\(${why}\\), so every change will be refused\\. Mend `),
  );
  expect(code).toBe(1);
});
