import { chmodSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { expectFailure, expectMistake, failureCode, question } from "../support/answers.ts";
import { aged, DELETE, many, PLAN } from "../support/cleanup.ts";
import { startHarness } from "../support/harness.ts";
import { startWithRules } from "../support/rules.ts";

const images = many(5);

describe("a rules file that cannot be used", () => {
  test.each<[what: string, rules: string, ...facts: string[]]>([
    ["an unknown rule", "nevr = []", "unknown", '"nevr"', '"never"'],
    ["an invalid selector", 'never = ["role in (a"]', "never[0]: "],
    ["a syntax error", "min_age_days = \nkeep", "line 1", "TOML"],
    ["a value of another type", 'min_age_days = "3 days"', "min_age_days: ", "1 to 10000", '"3 days"'],
    ["a limit of 0", "max_images_per_call = 0", "max_images_per_call: ", "1 to 100000"],
    ["an unknown word", 'delete = "never"', "delete: ", "bin first, direct"],
    ["an unknown tool", 'tools = ["hcloud_delete_imges"]', '"hcloud_delete_images"'],
    ["an unknown criterion of a policy", "[policies.nightly]\nolder = 3", "unknown", '"older"'],
    ["a policy without a criterion", '[policies.nightly]\ntype = "snapshot"', "criterion", "label_selector"],
    ["a policy with ids", "[policies.nightly]\nids = [1]", "policies.nightly.ids: "],
    ["no text at all", " \n", "empty"],
  ])("a rules file with %s refuses every change, and reading works", async (_, rules, ...problem) => {
    const { call, simulator, mcp } = await startWithRules(rules, { images });
    expectFailure(await call("hcloud_delete_image", { id: 1001 }), "rules_unusable", ...problem);
    for (const [tool, args] of [
      [DELETE, { ids: [1001] }],
      ["hcloud_update_image", { id: 1001, description: "new" }],
      ["hcloud_edit_image_labels", { ids: [1001], set: { a: "b" } }],
      ["hcloud_change_image_protection", { id: 1001, delete: true }],
    ] as const) {
      expect(failureCode(await call(tool, args)), tool).toBe("rules_unusable");
    }
    expect((await call("hcloud_list_images")).data["total"]).toBe(5);
    const plan = await call(PLAN, { older_than_days: 3 });
    expect(plan.data["confirm"]).toBeUndefined();
    expect(plan.data["next"]).toContain("HCLOUD_IMAGES_RULES");
    expect(mcp.getInstructions()).toContain("HCLOUD_IMAGES_RULES");
    for (const fact of problem) expect((await call("hcloud_report_images")).data["rules"]).toContain(fact);
    expect(simulator.writes()).toEqual([]);
  });

  test.each([
    ["a relative path", "rules.toml", "absolute"],
    ["a path of no file", "/nowhere/rules.toml", "(ENOENT)"],
    ["a folder", "/", "not a file"],
  ])("a rules file with %s refuses every change", async (_, rulesFile, problem) => {
    const { call } = await startHarness({ images, rulesFile });
    expectFailure(await call("hcloud_delete_image", { id: 1001 }), "rules_unusable", problem);
    expect((await call("hcloud_get_image", { id: 1001 })).data["id"]).toBe(1001);
  });

  test("an unusable rules file voids codes until its content is as before", async () => {
    const rules = "min_age_days = 1";
    const { call, file, simulator } = await startWithRules(rules, { images });
    const { confirm } = question(await call("hcloud_delete_image", { id: 1005 }));
    file.remove();
    expectFailure(await call("hcloud_delete_image", { id: 1005, confirm }), "rules_unusable", "(ENOENT)");
    file.replace("min_age_days = 1 # emptied half-way\nkeep_at");
    expectFailure(await call("hcloud_delete_image", { id: 1005, confirm }), "rules_unusable");
    expect(simulator.writes()).toEqual([]);
    file.replace(rules);
    expect((await call("hcloud_delete_image", { id: 1005, confirm })).data["status"]).toBe("done");
  });

  test.skipIf(process.getuid?.() === 0)("a rules file that cannot be read refuses every change", async () => {
    const { call, file } = await startWithRules("min_age_days = 1", { images });
    chmodSync(file.rulesFile, 0);
    expectFailure(await call("hcloud_delete_image", { id: 1001 }), "rules_unusable", "(EACCES)");
  });
});

describe("rule tools", () => {
  test("the rule tools limits the tools that the server offers", async () => {
    const { call, mcp, file } = await startWithRules(`tools = ["hcloud_report_images", "${PLAN}"]`, {
      images,
    });
    const names = async () => (await mcp.listTools()).tools.map(({ name }) => name);
    expect(await names()).toEqual([PLAN, "hcloud_report_images"]);
    expectFailure(
      await call("hcloud_delete_image", { id: 1001 }),
      "forbidden_by_rule",
      "hcloud_delete_image",
    );
    const plan = await call(PLAN, { older_than_days: 3 });
    expect(plan.data["next"]).toContain(`the operator's rules do not offer ${DELETE}`);
    expect(plan.data["confirm"]).toBeUndefined();
    file.replace('tools = ["hcloud_get_image"]');
    expect(await names()).toEqual(["hcloud_get_image"]);
  });
});

describe("policies of the rules file", () => {
  const RULES =
    "[policies.nightly]\nolder_than_days = 3\nkeep_last = 2\n[policies.staging]\nlabel_selector = 'env=staging'";

  test("a plan uses a named policy of the rules file", async () => {
    const { call } = await startWithRules(RULES, { images });
    const { data } = await call(PLAN, { policy: "nightly" });
    expect(data["policy"]).toContain("older than 3 days");
    expect(data["to_delete"]).toMatchObject({ images: 2 });
    expect((await call(PLAN, { policy: "nightly", explain: true })).data["total"]).toBe(5);
  });

  test("a named policy must exist, and allows no other policy argument", async () => {
    const { call } = await startWithRules(RULES, { images });
    expectMistake(await call(PLAN, { policy: "nightley" }), "policy", '"nightley"', '"nightly"');
    expectMistake(await call(PLAN, { policy: "nightly", keep_last: 1 }), "policy", "alone");
    expectMistake(await call(PLAN, { policy: "__proto__" }), "policy", '"__proto__"');
  });
});

test("the instructions and the report state the rules", async () => {
  const rules =
    'never = ["role=golden"]\nmin_age_days = 3\nkeep_at_least = 2\nmax_images_per_call = 20\nunprotect = "never"\ndelete = "bin first"\n';
  const { call, mcp } = await startWithRules(rules, { images: [aged(1, 3)] });
  const told =
    "The operator's rules, which nothing overrides: images that match role=golden are never deleted, binned or unprotected; no image younger than 3 days is deleted; 2 available images of each type, server and architecture are kept; one call deletes, bins or unprotects at most 20 images; only images from the bin are deleted, after their day; protection is never lifted.";
  expect(mcp.getInstructions()).toContain(told);
  expect((await call("hcloud_report_images")).data["rules"]).toBe(told);
});

test("the argument that names a policy is listed only when the rules file has policies", async () => {
  const { mcp, file } = await startWithRules("min_age_days = 1", { images });
  const listed = async () => {
    const { tools } = await mcp.listTools();
    return Object.keys(tools.find(({ name }) => name === PLAN)?.inputSchema.properties ?? {});
  };
  expect(await listed()).not.toContain("policy");
  file.replace("[policies.nightly]\nolder_than_days = 3");
  expect(await listed()).toContain("policy");
});
