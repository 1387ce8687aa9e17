import { expect, test } from "vitest";
import { runDoctor } from "./support/doctor.ts";
import { writeRulesFile } from "./support/rules.ts";

test("the doctor tells the rules", async () => {
  const file = writeRulesFile('never = ["role=golden"]\nunprotect = "never"');
  const { code, lines } = await runDoctor(["--demo"], { HCLOUD_IMAGES_RULES: file.rulesFile });
  expect(lines).toContain(
    "ok    rules: The operator's rules, which nothing overrides: images that match role=golden are never deleted, binned or unprotected; protection is never lifted.",
  );
  expect(code).toBe(0);
});

test.each([
  ["a file of which only comments are left", "# nothing", "it has no rules"],
  ["an unknown rule", "nevr = []", 'unknown rule "nevr". Did you mean "never"?'],
  ["a limit that nothing counts", "max_images_per_day = 3", "HCLOUD_IMAGES_AUDIT_FILE is not set"],
])("the doctor fails for %s, and says that every change will be refused", async (_, rules, why) => {
  const { code, lines } = await runDoctor(["--demo"], {
    HCLOUD_IMAGES_RULES: writeRulesFile(rules).rulesFile,
  });
  const failed = lines.find((line) => line.startsWith("FAIL"));
  expect(failed).toContain(why);
  expect(failed).toContain("Every change will be refused");
  expect(code).toBe(1);
});
