import { expect, test } from "vitest";
import { runDoctor } from "./support/doctor.ts";
import { writeRulesFile } from "./support/rules.ts";

test("doctor states the operator's rules", async () => {
  const file = writeRulesFile('never = ["role=golden"]\nunprotect = "never"');
  const { code, lines } = await runDoctor(["--demo"], { HCLOUD_IMAGES_RULES: file.rulesFile });
  expect(lines).toContain(
    "ok    rules: The operator's rules, which nothing overrides: images that match role=golden are never deleted, binned or unprotected; protection is never lifted.",
  );
  expect(code).toBe(0);
});

test.each([
  ["only comments", "# nothing", "HCLOUD_IMAGES_RULES"],
  ["an unknown rule", "nevr = []", '"never"'],
  ["a limit that nothing counts", "max_images_per_day = 3", "HCLOUD_IMAGES_AUDIT_FILE"],
])("doctor fails for rules with %s", async (_, rules, why) => {
  const { code, lines } = await runDoctor(["--demo"], {
    HCLOUD_IMAGES_RULES: writeRulesFile(rules).rulesFile,
  });
  const failed = lines.find((line) => line.startsWith("FAIL"));
  expect(failed).toContain(why);
  expect(failed).toMatch(/^FAIL {2}rules: /);
  expect(code).toBe(1);
});
